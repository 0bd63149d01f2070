"""The command "bridge" tells on the console what the HTTP interface tells, whole, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.cli import bridge
from tests.databases import Databases
from tests.service.cli.test_commands import operate
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, founded, serving


@pytest.fixture
def company(databases: Databases) -> Iterator[tuple[str, Company, int]]:
    """A database, a company in it, and the position at which its bridge begins."""
    made = Company()
    with databases.fresh(founded) as url, serving(url, made.clock) as app:
        made.client = client_of(app)
        made.person("Kari Nordmann")
        made.deal("Boiler", value=100, currency="NOK")
        since = made.get("/diff", **{"from": 0})["to"]
        made.wait(hours=1)
        made.client.patch("/api/v2/deals/1", json={"value": 1234.5})
        made.post(f"{OURS}/deals/1/revert", reason="Too early")
        yield url, made, since


def told(url: str, *words: str) -> str:
    answer = operate(url, "bridge", *words)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_a_bridge_is_told_as_a_table_and_line_by_line(company: tuple[str, Company, int]) -> None:
    url, _, since = company
    table = told(url, "1", "--from", str(since)).splitlines()
    assert table[0] == f"Sales (pipeline 1) from position {since} to {since + 3}"
    assert [line.split() for line in table[2:7]] == [
        ["First", "email", "sent,", "NOK"],
        ["opening", "1", "100"],
        ["raised", "+0", "+1134.5"],
        ["reverted", "-1", "-1234.5"],
        ["closing", "0", "0"],
    ]
    when = "2100-01-04T09:00:00.000000Z  Administrator"
    assert table[8:] == [
        "What happened",
        f"{since + 1}  {when}  raised, First email sent: +0, +1134.5 NOK  deal 1 “Boiler”",
        "  value: 100 NOK → 1234.5 NOK",
        f"{since + 2}  {when}  reverted, First email sent: -1, -1234.5 NOK  deal 1 “Boiler”",
        "  reason: Too early",
    ]


def test_as_json_it_is_what_the_interface_answers_with_all_lines(
    company: tuple[str, Company, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, made, since = company
    monkeypatch.setattr(bridge, "_AT_ONCE", 1)
    answer: dict[str, Any] = made.get("/pipelines/1/bridge", **{"from": since})
    del answer["next_cursor"]
    assert json.loads(told(url, "1", "--from", str(since), "--json")) == answer
    nothing = json.loads(told(url, "1", "--from", str(since), "--to", str(since), "--json"))
    assert nothing["items"] == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["9", "--from", "1"], "there is no such pipeline"),
        (["1", "--from", "999"], "the log ends at position"),
        (["1", "--from", "2100-01-04T09:00:00Z", "--to", "1"], "--to must not be before --from"),
        (["1", "--from", "1", "--to", "2100-01-05T08:00:00Z"], "that time has not come yet"),
        (["1"], "Missing option '--from'"),
        (["Sales", "--from", "1"], "is not a valid integer"),
    ],
)
def test_what_cannot_be_meant_is_refused(company: tuple[str, Company, int], words: list[str], reason: str) -> None:
    answer = operate(company[0], "bridge", *words)
    assert answer.exit_code in (1, 2)
    assert reason in answer.output
