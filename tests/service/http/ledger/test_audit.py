"""Auditors ask for checkpoints, the key and proofs, and check them without us."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.evidence.checkpoints import Checkpoint
from service.evidence.merkle import is_consistent, is_included
from service.evidence.signed_notes import Verifier, opened
from service.privacy.renewal import renew
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import ledger_of


def text(company: Company, path: str, **query: Any) -> str:
    answer = company.client.get(f"{OURS}/audit/{path}", query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain"), answer.text
    return answer.text


def checkpoint(company: Company, note: str | None = None) -> Checkpoint:
    key = Verifier.parse(text(company, "key"))
    return Checkpoint.parse(opened(note or text(company, "checkpoint"), [key]))


def test_a_checkpoint_is_signed_with_the_key_that_is_served_and_covers_all_there_is(company: Company) -> None:
    company.lead("Boiler")
    log = ledger_of(company.client.application).event_log
    assert checkpoint(company).size == log.max_notification_id()


def test_a_proof_leads_from_an_event_to_the_checkpoint_an_auditor_keeps(company: Company) -> None:
    company.lead("Boiler")
    kept = checkpoint(company)
    company.lead("Tiles")
    proof = company.get("/audit/proofs/inclusion", position=5, size=kept.size)
    path = [b64decode(node) for node in proof["path"]]
    assert is_included(b64decode(proof["leaf"]), 4, kept.size, path, kept.root)


def test_a_later_log_is_proven_to_continue_what_an_auditor_has_seen(company: Company) -> None:
    kept = checkpoint(company)
    company.lead("Boiler")
    now = checkpoint(company)
    proof = company.get("/audit/proofs/consistency", **{"from": kept.size})
    assert proof["to"] == now.size > kept.size
    path = [b64decode(node) for node in proof["path"]]
    assert is_consistent(kept.size, now.size, path, kept.root, now.root)


def test_a_proof_as_text_has_its_checkpoint_with_it(company: Company) -> None:
    note = text(company, "checkpoint")
    proof = text(company, "proofs/inclusion", position=2, format="text")
    head, _, signed = proof.partition("\n\n")
    assert signed == note
    assert head.splitlines()[:2] == ["c2sp.org/tlog-proof@v1", "index 1"]
    path = [b64decode(node) for node in head.splitlines()[2:]]
    kept = checkpoint(company, signed)
    leaf = b64decode(company.get("/audit/proofs/inclusion", position=2)["leaf"])
    assert is_included(leaf, 1, kept.size, path, kept.root)


@pytest.mark.parametrize(
    "asked",
    [
        "inclusion",
        "inclusion?position=0",
        "inclusion?position=x",
        "inclusion?position=999999",
        "inclusion?position=5&size=4",
        "inclusion?position=5&size=999999",
        "inclusion?position=5&size=7&format=text",
        "inclusion?position=5&format=pdf",
        "consistency",
        "consistency?from=0",
        "consistency?from=5&to=4",
        "consistency?from=5&to=999999",
        "consistency?from=999999",
    ],
)
def test_a_proof_that_there_is_not_is_refused_with_the_reason(company: Company, asked: str) -> None:
    answer = company.client.get(f"{OURS}/audit/proofs/{asked}")
    assert answer.status_code == 400
    assert answer.json["errors"]


def test_every_checkpoint_that_was_signed_is_listed_the_newest_first(company: Company) -> None:
    notes = [text(company, "checkpoint")]
    for title in ("Boiler", "Tiles"):
        company.lead(title)
        notes.append(text(company, "checkpoint"))
    first = company.get("/audit/checkpoints", limit=2)
    rest = company.get("/audit/checkpoints", limit=2, cursor=first["next_cursor"])
    listed = [*first["items"], *rest["items"]]
    assert [each["note"] for each in listed][: len(notes)] == notes[::-1]
    assert [each["size"] for each in listed] == [checkpoint(company, each["note"]).size for each in listed]
    assert {each["life"] for each in listed} == {1}
    assert rest["next_cursor"] is None


def test_the_verifier_is_given_out_as_the_file_that_the_command_writes(company: Company) -> None:
    answer = company.client.get(f"{OURS}/audit/verifier")
    assert answer.mimetype == "text/x-python"
    assert answer.text == CliRunner().invoke(main, "audit verifier --out -").output


def test_when_the_keys_were_renewed_last_is_told(company: Company) -> None:
    before = company.get("/audit/renewal")
    company.wait(days=1)
    assert company.get("/audit/renewal") == before
    renew(ledger_of(company.client.application), lambda _: None)
    after = company.get("/audit/renewal")
    assert after["keys"] == before["keys"] > 0
    assert after["renewed_at"] > before["renewed_at"]


def test_where_no_key_can_be_kept_nothing_is_signed_and_the_answer_says_why(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "not" / "there" / "key"
    monkeypatch.setattr(ledger_of(company.client.application).notary, "_key_path", nowhere)
    answer = company.client.get(f"{OURS}/audit/checkpoint")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, None)
    assert answer.json["detail"] == "a file with keys cannot be used: No such file or directory"


def test_the_command_line_tells_the_same(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    note, key = text(company, "checkpoint"), text(company, "key")
    url = ledger_of(company.client.application).database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("LEADLEDGER_DATABASE_URL", url)

    def said(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["audit", *words])
        return result.exit_code, result.output

    assert said("checkpoint") == (0, note)
    assert said("checkpoint", "--key") == (0, key)
    assert said("prove", "2") == (0, text(company, "proofs/inclusion", position=2, format="text"))
    assert said("prove", "99999")[0] == 1
    assert said("prove", "0")[0] == 2
    assert said("seal")[1].endswith("events are sealed.\n")
