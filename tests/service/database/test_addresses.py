"""Whatever is wrong with a database's address, nothing that is said of it has a part of the password."""

from __future__ import annotations

import logging

import pytest

from service.settings import Settings
from tests.service.losing import operate
from tests.service.serving import client_of, serving

SECRETS = ("hunter", "tooseven")


@pytest.mark.parametrize("words", [("serve", "--port", "1"), ("migrate",), ("verify",), ("user", "list"), ("sample",)])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter-tooseven@host:notaport/name",
        "postgresql://user:hunter@tooseven@127.0.0.1:1/name",
        "postgresql://user:hunter/tooseven@127.0.0.1:1/name",
        "postgresql://user:hunter@tooseven/x@127.0.0.1:1/name",
        "postgresql://user:hunter%zztooseven@127.0.0.1:1/name",
        "postgresql://user:hunter:tooseven@127.0.0.1:1/name",
        "postgresql://user:hunter?tooseven@127.0.0.1:1/name",
        "postgresql://user:hunter#tooseven@127.0.0.1:1/name",
        "postgresql://user:hunter tooseven@127.0.0.1:1/name",
        "postgresql:/user:hunter-tooseven@host/name",
        "postgres//user:hunter-tooseven@host/name",
        "user:hunter-tooseven@host/name",
        "mysql://user:hunter-tooseven@host/name",
        "nosuch+driver://user:hunter-tooseven@host/name",
        "postgresql+nosuchdriver://user:hunter-tooseven@127.0.0.1:1/name",
        "postgresql://127.0.0.1:1/name?user=user&password=hunter-tooseven",
        "postgresql://127.0.0.1:1/name?user=user&passwrod=hunter-tooseven",
        "postgresql://user:hunter-tooseven@127.0.0.1:1/name?sslmode=wrong",
        "sqlite://user:hunter-tooseven@host/file.db",
        "sqlite:///file.db?password=hunter-tooseven",
    ],
)
def test_no_command_prints_a_part_of_the_password(url: str, words: tuple[str, ...]) -> None:
    keys = {"LEADLEDGER_DATA_KEYS": "data-keys", "LEADLEDGER_SIGNING_KEY": "signing-key"}
    refused = operate(url, *words, environment={"LEADLEDGER_DATABASE_URL": url, **keys})
    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert refused.output.startswith("Error: ")
    assert refused.output.count("\n") == 1
    assert not any(secret in refused.output for secret in SECRETS), refused.output


def test_neither_answers_nor_logs_have_the_password_of_a_database_that_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = "postgresql://user:hunter-tooseven@127.0.0.1:1/name"
    with serving(url) as app:
        for path in ("/health/ready", "/v1/leads"):
            answer = client_of(app).get(path)
            assert answer.status_code == 503
            assert not any(secret in answer.text for secret in SECRETS)
    assert "away" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


def test_settings_that_are_shown_in_an_error_or_a_debugger_hide_what_is_secret() -> None:
    shown = repr(Settings("postgresql://user:hunter-tooseven@host/name", api_token="a-secret-token"))
    assert not any(secret in shown for secret in (*SECRETS, "a-secret-token"))
