"""A walk tells an opportunity's whole story, event by event, with what each changed in both its forms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import click
import pytest
from flask.testing import FlaskClient

from service.cli import walk
from service.commands import conversions
from service.ledger.ledger import Origin
from tests.databases import Databases
from tests.service.cli.test_commands import operate
from tests.service.serving import client_of, founded, ledger_of, serving

OURS = "/api/ledger/v1"
NOW = "2100-01-04T08:00:00.000000Z"


def post(client: FlaskClient, path: str, **body: Any) -> Any:
    answer = client.post(path, json=body, headers={"User-Agent": "a browser"})
    assert answer.status_code in (200, 201), answer.text
    return answer.json


@pytest.fixture
def company(databases: Databases) -> Iterator[tuple[str, str]]:
    """A database, and the id of a lead in it that became a deal and came back."""
    with databases.fresh(founded) as url, serving(url, lambda: datetime(2100, 1, 4, 8, tzinfo=UTC)) as app:
        client = client_of(app)
        post(client, "/api/v2/persons", name="Kari Nordmann")
        post(client, "/v1/leads", title="Another", person_id=1)
        value = {"amount": 12.5, "currency": "NOK"}
        lead = post(client, "/v1/leads", title="Boiler", person_id=1, value=value)["data"]["id"]
        # What HTTP refuses today stands in older logs.
        facts: conversions.ConversionFacts = {"title": "Two\x1b[2J boilers", "label_ids": [7]}
        convert = partial(conversions.convert, lead_id=UUID(lead), facts=facts)
        ledger_of(app).execute(Origin(1, "request", "a browser", "They\ncalled"), convert)
        post(client, "/v1/notes", content="They want two", deal_id=1)
        post(client, f"{OURS}/deals/1/signals", kind="email_answered", interest=False)
        post(client, f"{OURS}/deals/1/revert", reason="Next year")
        yield url, lead


def story(url: str, *words: str) -> str:
    told = operate(url, "replay", *words)
    assert told.exit_code == 0, told.output
    return told.stdout


def test_a_walk_tells_of_every_event_who_when_why_and_what_it_changed(company: tuple[str, str]) -> None:
    url, lead = company
    told = story(url, "--lead", lead)
    headings = [line.split("  ", 1)[1] for line in told.splitlines() if not line.startswith(" ")]
    assert headings == [
        f"{NOW}  Administrator  Administrator added the lead “Boiler”",
        f"{NOW}  Administrator  Administrator confirmed the lead: it became deal 1 at First email sent",
        f"{NOW}  Administrator  The deal “Two?[2J boilers” entered Sales at First email sent",
        f"{NOW}  Administrator  Administrator chose the deal’s labels anew",
        f"{NOW}  Administrator  Administrator wrote a note",
        f"{NOW}  Administrator  Administrator noted a signal: email answered, without interest",
        f"{NOW}  Administrator  Administrator took the deal back to the inbox: the last signal that tells of interest "
        "(email answered) denies it",
        f"{NOW}  Administrator  The lead “Two?[2J boilers” is in the inbox again",
    ]
    first = told.splitlines()[1:]
    assert first[0] == "  client: a browser"
    assert "  lead value: nothing → 12.5 NOK" in first
    assert "  lead was_seen: nothing → no" in first
    assert "\x1b" not in told
    converted = told[told.index("confirmed the lead") :].splitlines()[1:5]
    assert converted == [
        "  reason: They called",
        "  client: a browser",
        "  lead place: “inbox” → “deal”",
        "  lead deal_id: nothing → 1",
    ]
    assert "  deal label_ids: [] → [7]" in told
    assert "  deal is_interest_denied: no → yes" in told
    assert "  deal place: “pipeline” → “lead”" in told
    assert "  lead title: “Boiler” → “Two?[2J boilers”" in told


def test_both_forms_and_any_way_of_reading_lead_to_the_same_story(
    company: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, lead = company
    told = story(url, "--lead", lead)
    assert story(url, "--deal", "1") == told
    assert story(url, "--lead", lead.upper()) == told
    monkeypatch.setattr(walk, "_AT_ONCE", 2)
    assert story(url, "--lead", lead) == told


def test_step_waits_between_two_events(company: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    url, lead = company
    told = story(url, "--lead", lead)
    assert story(url, "--lead", lead, "--step") == told, "there is nobody to wait for without a terminal"
    waited: list[str] = []
    monkeypatch.setattr(click, "pause", waited.append)
    story(url, "--lead", lead)
    assert not waited
    story(url, "--lead", lead, "--step")
    assert len(waited) == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--lead", str(uuid4())), "there is no such lead"), (("--deal", "99"), "there is no such deal")],
)
def test_an_opportunity_that_there_never_was_is_said_so(
    company: tuple[str, str], words: tuple[str, ...], said: str
) -> None:
    refused = operate(company[0], "replay", *words)
    assert (refused.exit_code, refused.output.strip()) == (1, f"Error: {said}")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--step",),
        ("--lead", str(uuid4()), "--deal", "1"),
        ("--lead", str(uuid4()), "--to", "3"),
        ("--deal", "1", "--into", "copy.db"),
        ("--deal", "1", "--step", "--to", "3", "--dump", "-"),
        ("--to", "3", "--dump", "-", "--step"),
        ("--to", "3"),
        ("--lead", "7"),
        ("--deal", "0"),
        ("--deal", str(2**63)),
    ],
)
def test_a_use_that_makes_no_sense_is_refused_in_a_sentence(words: tuple[str, ...]) -> None:
    refused = operate("sqlite:////no/such/folder/file.db", "replay", *words)
    assert refused.exit_code == 2
    assert refused.output.splitlines()[-1].startswith("Error: ")
