"""What an operator types does what it says, and what goes wrong is said in one sentence."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from projections.users import USERS
from service.cli import main
from service.database.database import Database
from tests.databases import Databases, environment_of
from tests.served import LEADLEDGER
from tests.service.serving import TOKEN, client_of, founded, serving


def operate(url: str, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, words, env={**environment_of(url), **environment})


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(founded) as url:
        yield url


def test_who_mistypes_a_command_is_told_of_it_whether_it_was_imported_or_not() -> None:
    for word, meant in (("serv", "serve"), ("rebild", "rebuild")):
        result = CliRunner().invoke(main, [word])
        assert (result.exit_code, f"'{meant}'" in result.output) == (2, True), result.output


def may_enter(url: str, token: str) -> bool:
    with serving(url) as app:
        return client_of(app, token).get("/v1/leads").status_code == 200


@pytest.mark.slow
def test_migrating_an_empty_database_founds_it_and_shows_a_token_once(database_url: str) -> None:
    first = operate(database_url, "migrate")
    assert first.exit_code == 0, first.output
    token = first.output.split()[-1]
    assert may_enter(database_url, token)

    again = operate(database_url, "migrate")
    assert again.exit_code == 0
    assert token not in again.output


def test_the_token_of_the_environment_becomes_the_first_one_and_is_not_shown(database_url: str) -> None:
    migrated = operate(database_url, "migrate", LEADLEDGER_API_TOKEN="from-the-environment")
    assert "from-the-environment" not in migrated.output
    assert may_enter(database_url, "from-the-environment")


def test_a_token_lets_in_from_its_issue_until_it_is_revoked(url: str) -> None:
    issued = operate(url, "token", "issue", "1", "--name", "for a robot")
    token = issued.stdout.strip()
    assert may_enter(url, token)
    assert may_enter(url, TOKEN)

    listed = operate(url, "token", "list").stdout
    assert token not in listed
    (line,) = (line for line in listed.splitlines() if "for a robot" in line)
    assert operate(url, "token", "revoke", line.split()[0]).exit_code == 0

    assert not may_enter(url, token)
    assert may_enter(url, TOKEN)
    assert "for a robot" not in operate(url, "token", "list").stdout


def test_a_token_is_issued_for_a_purpose_and_rotated(url: str) -> None:
    issued = operate(
        url, "token", "issue", "1", "--name", "reports", "--scope", "read", "--scope", "audit", "--days", "1"
    )
    before = issued.stdout.strip()
    with serving(url) as app:
        assert client_of(app, before).post("/v1/leads", json={}).status_code == 403
    (line,) = [line for line in operate(url, "token", "list").stdout.splitlines() if "reports" in line]
    assert "  read, audit  expires 2" in line
    assert line.endswith("  never used")
    rotated = operate(url, "token", "rotate", line.split()[0], "--overlap", "0")
    assert rotated.exit_code == 0
    assert may_enter(url, rotated.stdout.strip())
    assert not may_enter(url, before)
    for words, because in (
        (("token", "rotate", line.split()[0]), "was rotated already"),
        (("token", "rotate", "nothing"), "there is no token nothing"),
        (("token", "issue", "1", "--scope", "all"), "is not one of"),
    ):
        refused = operate(url, *words)
        assert refused.exit_code != 0
        assert because in refused.output


def test_users_are_added_listed_and_turned_away(url: str) -> None:
    for name in ("Ola", "Kari"):
        added = operate(url, "user", "add", "--name", name, "--email", f"{name}@example.no")
        assert added.exit_code == 0, added.output
    token = operate(url, "token", "issue", "3").stdout.strip()
    assert may_enter(url, token)
    assert operate(url, "user", "deactivate", "3").exit_code == 0
    assert not may_enter(url, token)
    assert operate(url, "user", "list").stdout.splitlines()[1:] == [
        "2  Ola <Ola@example.no>",
        "3  Kari <Kari@example.no>  inactive",
    ]


@pytest.mark.slow
def test_verify_ends_well_only_where_all_rows_are_as_the_log_says(url: str) -> None:
    sound = operate(url, "verify")
    assert sound.exit_code == 0
    assert "What tells of people can be read.\n" in sound.stdout
    database = Database(url)
    with database.writing() as connection:
        connection.execute(update(USERS).values(name="somebody else"))
    database.close()
    spoilt = operate(url, "verify")
    assert spoilt.exit_code == 1
    assert "users user_id=1" in spoilt.output
    assert "'somebody else' and should be 'Administrator'" in spoilt.output

    assert operate(url, "rebuild").exit_code == 0
    assert operate(url, "verify").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("token", "revoke", "nothing"), "there is no token nothing"),
        (("token", "issue", "99"), "there is no such user"),
        (("user", "deactivate", "99"), "there is no such user"),
        (("user", "add", "--name", "A", "--email", "a@b.no", "--currency", "XYZ"), "there is no currency 'XYZ'"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(url: str, words: tuple[str, ...], said: str) -> None:
    refused = operate(url, *words)
    assert refused.exit_code == 1
    assert refused.output.strip() == f"Error: {said}"


@pytest.mark.parametrize("command", ["serve", "migrate", "rebuild", "verify"])
@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://localhost/leads",
        "sqlite://",
        "sqlite:////no/such/folder/file.db",
        "postgresql://nobody@127.0.0.1:1/nothing",
        "postgresql://nobody@127.0.0.1:notaport/nothing",
    ],
)
def test_a_database_that_cannot_be_used_is_named_and_nothing_else(command: str, url: str) -> None:
    refused = operate(url, command)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert refused.output.count("\n") == 1
    assert "Errno" not in refused.output


def test_a_place_where_no_database_can_be_is_named(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none" / "file.db", f"there is no folder {tmp_path / 'none'} for the database; make it"),
        (tmp_path, f"{tmp_path} is a folder; name a file in it as the database"),
    ):
        for words in (("user", "list"), ("migrate",), ("sample",), ("serve",), ("audit", "checkpoint")):
            refused = operate(f"sqlite:///{path}", *words)
            assert refused.exit_code == 1
            assert refused.output.startswith(f"Error: {said}"), words
            assert refused.output.count("\n") == 1


def test_where_nothing_is_said_the_database_is_in_a_folder_that_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert operate("", "migrate").exit_code == 0
    assert operate("", "user", "list").output.startswith("1  Administrator")
    assert (tmp_path / "var" / "leadledger.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_a_token_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/leadledger.db"
    for token in ("x", "x" * 15):
        for words in (("migrate",), ("serve",), ("serve", "--read-only"), ("sample",)):
            refused = operate(url, *words, LEADLEDGER_API_TOKEN=token)
            assert refused.exit_code == 1
            assert "must have at least 16 characters" in refused.output, words
    assert operate(url, "migrate", LEADLEDGER_API_TOKEN="x" * 16).exit_code == 0
    assert may_enter(url, "x" * 16)


def test_an_address_lets_one_user_in_at_a_time(url: str) -> None:
    def add(email: str) -> Result:
        return operate(url, "user", "add", "--name", "Kari", "--email", email)

    assert add("Kari@example.no").stdout.strip() == "2"
    for email in ("Kari@example.no", "kari@EXAMPLE.no", " kari@example.no "):
        assert add(email).output.strip() == "Error: user 2 has that e-mail address already"
    assert operate(url, "user", "deactivate", "2").exit_code == 0
    assert add("kari@example.no").stdout.strip() == "3"


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_an_address_that_cannot_be_had_is_named_before_anything_else_happens(host: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = operate(f"sqlite:///{tmp_path}/leadledger.db", "serve", "--host", host, "--port", str(port))
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: cannot listen on {host} port {port}: ")
    assert refused.output.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)
    refused = operate(f"sqlite:///{path}", "migrate")
    assert refused.exit_code == 1
    assert refused.output.count("\n") == 1
    assert path.read_text() == "Dear customer, " * 100


@pytest.mark.parametrize("words", [(), ("serve",), ("migrate",), ("verify",), ("token", "issue"), ("user", "add")])
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    explained = operate("", *words, "--help")
    assert explained.exit_code == 0
    assert "Usage:" in explained.output


@pytest.mark.slow
def test_a_reader_who_has_seen_enough_is_no_error(url: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [LEADLEDGER, "user", "list"]
    environment = {**os.environ, **environment_of(url)}
    told = subprocess.run(command, check=False, stdout=writing, stderr=subprocess.PIPE, env=environment)
    os.close(writing)
    assert (told.returncode, told.stderr) == (1, b"")
