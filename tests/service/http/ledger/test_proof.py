"""Auditors ask for a file that proves what a lead or a deal was, and check it alone, with the key that they have."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import update

from service.cli import main
from service.commands import users
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Origin
from service.log.tables import EVENTS
from tests.service.evidence.attacks import unguarded
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, issued, ledger_of

Told = dict[str, Any]
Check = Callable[[str], tuple[int, list[str]]]


@pytest.fixture
def check(company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """What the verifier says of a file, with the key that the service shows."""
    key = company.client.get(f"{OURS}/audit/key").text

    def checked(content: str) -> tuple[int, list[str]]:
        (tmp_path / "proof").write_text(content, "utf-8")
        capsys.readouterr()
        code = verifier.main(["proof", str(tmp_path / "proof"), "--key", key])
        return code, capsys.readouterr().out.splitlines()

    return checked


def asked(company: Company, **query: Any) -> str:
    answer = company.client.get(f"{OURS}/audit/proof", query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "application/json"), answer.text
    return answer.text


def test_what_a_deal_was_at_a_time_travels_as_one_file(company: Company, check: Check) -> None:
    deal = company.deal("Boiler", value=615000, currency="NOK")
    company.wait(days=1)
    then = f"{company.now:%Y-%m-%dT%H:%M:%SZ}"
    company.wait(days=1)
    company.client.patch(f"/api/v2/deals/{deal}", json={"stage_id": 3, "value": 700000})
    company.wait(days=1)
    code, said = check(asked(company, deal_id=deal, as_of=then))
    assert code == verifier.SOUND
    assert said[0].startswith(f"SOUND: Deal {deal} stood in stage 1 (")
    assert " of pipeline 1), open, with 615000.00 NOK, as of position " in said[0]
    assert ", and at 2100-01-05T08:00:00" in said[0]
    assert said[1].startswith("  1 of its events say so, the last of them DealCreated at position ")
    assert said[2] == "  Its title tells of people, so it is encrypted in what was sealed."
    assert said[3].startswith("  The next one was Deal")
    code, said = check(asked(company, deal_id=deal))
    assert said[0].startswith(f"SOUND: Deal {deal} stood in stage 3 (")
    assert ", open, with 700000.00 NOK, as of position " in said[0]
    assert said[3].startswith("  None came later among the ")


def test_that_nothing_had_come_by_a_time_is_shown_by_a_checkpoint_that_was_signed_later(
    company: Company, check: Check
) -> None:
    deal = company.deal("Boiler")
    early = json.loads(asked(company, deal_id=deal))
    company.wait(days=2)
    then = f"{company.now:%Y-%m-%dT%H:%M:%SZ}"
    company.wait(days=1)
    late = asked(company, deal_id=deal, as_of=then)
    code, said = check(late)
    assert (code, ", and at 2100-01-06T08:00:00" in said[0]) == (verifier.SOUND, True)
    code, said = check(json.dumps({**json.loads(late), "checkpoint": early["checkpoint"], "streams": early["streams"]}))
    assert code == verifier.UNTOLD
    assert "was not signed after the time that is told" in said[0]


def test_what_a_lead_was_and_that_there_was_none_travels_too(company: Company, check: Check) -> None:
    lead = company.lead("Boiler")
    assert check(asked(company, lead_id=lead))[1][0].startswith(f"SOUND: Lead {lead} was in the inbox, with no amount")
    assert check(asked(company, lead_id=lead, as_of=3))[1][0].startswith(f"SOUND: Lead {lead} was not there, as of pos")
    assert check(asked(company, deal_id=999))[1][0].startswith("SOUND: Deal 999 was not there, as of position ")


def test_one_event_travels_with_its_bytes(company: Company, check: Check) -> None:
    code, said = check(asked(company, position=5))
    assert (code, len(said)) == (verifier.SOUND, 2)
    assert said[0].startswith("SOUND: The event at position 5 is one of the ")


def test_an_event_that_was_altered_is_shown_as_it_is_stored_to_who_asks_for_it_unchecked(
    company: Company, check: Check
) -> None:
    deal = company.deal("Boiler", value=5, currency="NOK")
    sound = json.loads(asked(company, deal_id=deal))["streams"][0]["events"][0]
    assert asked(company, position=sound["position"], unchecked="true") == asked(company, position=sound["position"])
    state = b64decode(sound["state"]).replace(b'"5.00"', b'"6.00"')
    with unguarded(ledger_of(company.client.application).database) as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.position == sound["position"]).values(state=state))
    query = {"position": sound["position"]}
    assert company.client.get(f"{OURS}/audit/proof", query_string=query).status_code == 503
    unchecked = asked(company, **query, unchecked="true")
    assert b64decode(json.loads(unchecked)["event"]["state"]) == state
    assert check(unchecked)[0] == verifier.ALTERED


def test_the_command_line_writes_the_same_file(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check: Check
) -> None:
    deal, lead = company.deal("Boiler"), company.lead("Tiles")
    url = ledger_of(company.client.application).database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("LEADLEDGER_DATABASE_URL", url)
    out = str(tmp_path / "written")

    def write(*words: str) -> Result:
        return CliRunner().invoke(main, ["audit", "proof", *words, "--out", out])

    for words, query in (
        (["5"], {"position": 5}),
        (["--deal", str(deal)], {"deal_id": deal}),
        (["--deal", str(deal), "--as-of", "4"], {"deal_id": deal, "as_of": 4}),
        (["--lead", lead], {"lead_id": lead}),
    ):
        done = write(*words)
        assert (done.exit_code, done.output) == (0, f"The proof is in {out}.\n")
        written, served = Path(out).read_text("utf-8"), asked(company, **query)
        assert check(written)[0] == verifier.SOUND
        assert {**json.loads(written), "checkpoint": ""} == {**json.loads(served), "checkpoint": ""}
    for words in ([], ["5", "--deal", "1"], ["--deal", "1", "--lead", lead], ["5", "--as-of", "4"], ["x"]):
        assert write(*words).exit_code == 2
    for words in (["99999"], ["--deal", "1", "--as-of", "99999"]):
        refused = write(*words)
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: ")


@pytest.mark.parametrize(
    "query",
    [
        *("", "position=0", "position=x", "position=99999", "deal_id=1&lead_id=0b9b4d5c-8f0c-4f5e-9b60-0e6a3f1c2d11"),
        *("position=5&as_of=4", "deal_id=1&as_of=99999", "deal_id=1&as_of=2999-01-01T00:00:00Z", "deal_id=0"),
        *("lead_id=5", "deal_id=1&unchecked=true", "position=1&unchecked=perhaps"),
    ],
)
def test_a_proof_that_there_is_not_is_refused_with_the_reason(company: Company, query: str) -> None:
    answer = company.client.get(f"{OURS}/audit/proof?{query}")
    assert answer.status_code == 400
    assert answer.json["errors"]


def test_only_who_may_see_everything_gets_proofs(company: Company) -> None:
    ledger = ledger_of(company.client.application)
    facts = {"name": "Ola", "default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}

    def client(email: str, **rights: bool) -> FlaskClient:
        told = {**facts, "email": email, "is_admin": False, "is_auditor": False, **rights}
        user = ledger.execute(Origin(None, "request", "test"), lambda tx: users.add(tx, told))
        return client_of(company.client.application, issued(ledger, user["user_id"]))

    assert client("ola@example.no").get(f"{OURS}/audit/proof?position=1").status_code == 403
    assert client("anna@example.no", is_auditor=True).get(f"{OURS}/audit/proof?position=1").status_code == 200


def test_what_is_no_proof_is_told_from_one_that_was_altered(company: Company, check: Check, tmp_path: Path) -> None:
    good = asked(company, deal_id=company.deal("Boiler", value=5, currency="NOK"))
    told = json.loads(good)
    created = told["streams"][0]["events"][0]
    state = json.loads(b64decode(created["state"]))
    state["data"]["amount"] = "6.00"
    created["state"] = b64encode(json.dumps(state).encode()).decode()
    assert check(json.dumps(told))[0] == verifier.ALTERED
    for other in (
        "",
        "5",
        "[]",
        "{}",
        '{"format":"leadledger-proof/v2"}',
        '{"format":"leadledger-proof/v1"}',
        "[" * 9999,
    ):
        assert check(other)[0] == verifier.UNTOLD
    assert check(json.dumps({**json.loads(good), "streams": []}))[0] == verifier.ALTERED
    assert verifier.main(["proof", str(tmp_path / "none"), "--key", "x"]) == verifier.UNTOLD
    for usage in (["proof"], ["proof", str(tmp_path / "proof")]):
        with pytest.raises(SystemExit) as ended:
            verifier.main(usage)
        assert ended.value.code == verifier.USAGE
