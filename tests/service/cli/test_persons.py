"""An operator hands over, keeps and erases what is held about somebody, and renews the keys to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.databases import Databases, environment_of
from tests.service.privacy.canaries import MARK, Planted
from tests.service.serving import client_of, founded, serving

GROUNDS = ("--reason", "Asked for it by letter", "--legal-basis", "GDPR Art. 17(1)(b)")


def operate(url: str, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, words, env=environment_of(url), input=answer)


@pytest.fixture
def told(databases: Databases) -> Iterator[tuple[str, Planted]]:
    with databases.fresh(founded) as url:
        with serving(url) as app:
            planted = Planted(client_of(app))
        yield url, planted


def test_all_that_is_held_about_a_person_is_written_into_a_file(told: tuple[str, Planted], tmp_path: Path) -> None:
    url, planted = told
    assert operate(url, "person", "data", "1", "--out", str(tmp_path / "kari.json")).exit_code == 0
    held = json.loads((tmp_path / "kari.json").read_text("utf-8"))
    assert held["person_id"] == planted.person
    assert all(word in json.dumps(held) for word in planted.words)
    assert MARK in operate(url, "person", "data", "1").stdout
    unknown = operate(url, "person", "data", "999", "--out", str(tmp_path / "nobody.json"))
    assert (unknown.exit_code, "no such person" in unknown.output) == (1, True)
    assert not (tmp_path / "nobody.json").exists()


def test_an_erasure_asks_first_and_says_what_it_did(told: tuple[str, Planted]) -> None:
    url, _ = told
    refused = operate(url, "person", "erase", "1", *GROUNDS, answer="n\n")
    assert refused.exit_code == 1
    assert MARK in operate(url, "person", "data", "1").stdout
    done = operate(url, "person", "erase", "1", *GROUNDS, answer="y\n")
    assert done.exit_code == 0, done.output
    assert "Person 1 is erased" in done.output
    assert MARK not in operate(url, "person", "data", "1").stdout
    again = operate(url, "person", "erase", "1", *GROUNDS, "--yes")
    assert (again.exit_code, "erased already" in again.output) == (1, True)


@pytest.mark.slow
def test_where_a_name_stands_elsewhere_the_exit_code_says_so(told: tuple[str, Planted]) -> None:
    url, planted = told
    with serving(url) as app:
        name = client_of(app).get("/api/v2/persons/1").json["data"]["name"]
        note = {"content": f"Knows {name}", "person_id": planted.other}
        assert client_of(app).post("/v1/notes", json=note).status_code == 200
    done = operate(url, "person", "erase", "1", *GROUNDS, "--yes")
    assert done.exit_code == 1
    assert ", NoteAdded: data.content\n" in done.output


def test_nothing_is_erased_on_hold_or_without_reason_and_basis(told: tuple[str, Planted]) -> None:
    url, _ = told
    assert operate(url, "person", "erase", "1", "--reason", "x", "--yes").exit_code == 2
    assert operate(url, "person", "erase", "1", "--legal-basis", "x", "--yes").exit_code == 2
    assert operate(url, "person", "hold", "1", "--reason", " ").exit_code == 2
    assert operate(url, "person", "hold", "1", "--reason", "A lawsuit").exit_code == 0
    held = operate(url, "person", "erase", "1", *GROUNDS, "--yes")
    assert (held.exit_code, "legal hold" in held.output) == (1, True)
    assert operate(url, "person", "release", "1", "--reason", "It is over").exit_code == 0
    assert operate(url, "person", "erase", "1", *GROUNDS, "--yes").exit_code == 0


def test_keys_are_renewed_and_everything_can_still_be_read(told: tuple[str, Planted]) -> None:
    url, _ = told
    before = json.loads(operate(url, "person", "data", "1").stdout)
    renewed = operate(url, "keys", "renew")
    assert renewed.exit_code == 0, renewed.output
    assert "back it up again" in renewed.output
    after = json.loads(operate(url, "person", "data", "1").stdout)
    assert after["recorded"] == before["recorded"]


def test_words_of_others_are_erased_by_the_number_that_an_erasure_told(told: tuple[str, Planted]) -> None:
    url, planted = told
    with serving(url) as app:
        client = client_of(app)
        note = client.post("/v1/notes", json={"content": "Wrong", "person_id": planted.other}).json["data"]["id"]
        noted = client.get("/api/ledger/v1/events?types=NoteAdded&limit=500").json["items"][-1]["position"]
    done = operate(url, "redact", str(noted), *GROUNDS, answer="y\n")
    assert (done.exit_code, f"The words of note {note} are erased" in done.output) == (0, True), done.output
    again = operate(url, "note", "erase", str(note), *GROUNDS, "--yes")
    assert (again.exit_code, "erased already" in again.output) == (1, True)
