"""Text that is typed is taken by the same rules as over HTTP, and refused in one sentence."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.databases import Databases
from tests.service.serving import client_of, founded, serving

USER = ("user", "add", "--name", "Anna", "--email", "anna@x.no")


def operate(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, words, env={"LEADLEDGER_DATABASE_URL": url})


def test_a_user_is_recorded_composed_and_trimmed_and_found_by_either_spelling(databases: Databases) -> None:
    with databases.fresh(founded) as url:
        assert operate(url, "user", "add", "--name", " A\u030ase ", "--email", " a\u030ase@x.no").exit_code == 0
        assert "Åse <åse@x.no>" in operate(url, "user", "list").output
        with serving(url) as app:
            for term in ("A\u030aSE", "åse"):
                found = client_of(app).get("/v1/users/find", query_string={"term": term}).get_json()["data"]
                assert [user["name"] for user in found] == ["Åse"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((*USER[:3], "\u200b", *USER[4:]), "must not be blank"),
        ((*USER[:3], "two\nlines", *USER[4:]), "one line"),
        ((*USER[:3], "x" * 256, *USER[4:]), "255"),
        ((*USER[:3], "a\udcffb", *USER[4:]), "control characters"),
        ((*USER[:5], "anna @x.no"), "without blanks"),
        (("token", "issue", "1", "--name", "\u202exel"), "direction"),
        (("person", "hold", "1", "--reason", "\u2060"), "must not be blank"),
        (("person", "erase", "1", "--yes", "--reason", "x", "--legal-basis", "\u200b"), "must not be blank"),
    ],
)
def test_text_that_a_rule_refuses_ends_the_command(databases: Databases, words: tuple[str, ...], reason: str) -> None:
    with databases.fresh(founded) as url:
        refused = operate(url, *words)
        assert (refused.exit_code, reason in refused.output) == (2, True), refused.output
        assert "Traceback" not in refused.output
        assert operate(url, "user", "list").output.count("\n") == 1
