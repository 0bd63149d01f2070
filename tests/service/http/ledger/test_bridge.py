"""A bridge leads from what a pipeline's stages added up to at one moment to what they did at another, exactly."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from aggregates.deal import DealEvent
from aggregates.event import EVENTS
from projections.board_changes import ENTERED_OR_LEFT
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.serving import ledger_of

Sums = dict[tuple[int, str], tuple[int, Decimal | int]]
"""So many deals, and what they add up to, by stage and currency; where they name none, it is left out."""

Changes = dict[tuple[int, str, str], tuple[int, Decimal | int]]
"""The same by stage, currency and sort of change."""


def exactly(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)


def ask(client: FlaskClient, pipeline_id: int, since: Any, until: Any = None, **query: Any) -> Any:
    moments = {"from": since, **({} if until is None else {"to": until})}
    return exactly(client.get(f"{OURS}/pipelines/{pipeline_id}/bridge", query_string={**moments, **query}))


def pages(client: FlaskClient, pipeline_id: int, since: Any, until: Any, limit: int) -> Iterator[Any]:
    page = ask(client, pipeline_id, since, until, limit=limit)
    yield page
    while page["next_cursor"]:
        page = ask(client, pipeline_id, since, until, limit=limit, cursor=page["next_cursor"])
        yield page


def shown(client: FlaskClient, pipeline_id: int, position: int) -> Sums:
    """What the board of then shows."""
    board = client.get(f"{OURS}/pipelines/{pipeline_id}/board", query_string={"as_of": position, "limit": 1})
    if board.status_code == 404:
        return {}
    return {
        (stage["id"], total["currency"]): (total["count"], total["sum"])
        for stage in exactly(board)["stages"]
        for total in stage["totals"]
    }


def told(bridge: Any, end: str) -> Sums:
    totals = [(stage["id"], total) for stage in bridge["stages"] for total in stage["totals"] if total["currency"]]
    sums = {(stage_id, total["currency"]): (total[end]["count"], total[end]["sum"]) for stage_id, total in totals}
    return {key: each for key, each in sums.items() if each[0]}


def changes(bridge: Any) -> Changes:
    return {
        (stage["id"], total["currency"], change["change"]): (change["count"], change["sum"] or Decimal(0))
        for stage in bridge["stages"]
        for total in stage["totals"]
        for change in total["changes"]
    }


def added_up(lines: list[Any]) -> Changes:
    found: defaultdict[tuple[int, str, str], list[Any]] = defaultdict(list)
    for line in lines:
        found[line["stage_id"], line["currency"], line["change"]].append((line["count"], line["sum"] or Decimal(0)))
    return {key: (sum(count for count, _ in some), sum(amount for _, amount in some)) for key, some in found.items()}


def check_exact(client: FlaskClient, pipeline_id: int, since: int, until: int, limit: int = 100) -> None:
    """Opening and all changes make the closing, both are the board's, and all lines make the changes."""
    found = list(pages(client, pipeline_id, since, until, limit))
    bridge, lines = found[0], [line for page in found for line in page["items"]]
    assert all(page["stages"] == bridge["stages"] for page in found)
    assert told(bridge, "opening") == shown(client, pipeline_id, since)
    assert told(bridge, "closing") == shown(client, pipeline_id, until)
    assert added_up(lines) == changes(bridge)
    assert [line["position"] for line in lines] == sorted(line["position"] for line in lines)
    assert all(since < line["position"] <= until for line in lines)
    for stage in bridge["stages"]:
        for total in stage["totals"]:
            for what in ("count", "sum"):
                parts = [total["opening"][what], *(change[what] for change in total["changes"])]
                assert total["closing"][what] is None or sum(parts) == total["closing"][what], (stage["id"], total)


def end(company: Company) -> int:
    return ledger_of(company.client.application).event_log.max_notification_id() or 0


def patch(company: Company, deal_id: int, **facts: Any) -> None:
    answer = company.client.patch(f"/api/v2/deals/{deal_id}", json=facts)
    assert answer.status_code == 200, answer.text


def revert(company: Company, deal_id: int) -> str:
    lead_id: str = company.post(f"{OURS}/deals/{deal_id}/revert", reason="Too early")["lead_id"]
    return lead_id


def summed(company: Company, since: int, *, pipeline_id: int = 1) -> list[tuple[Any, ...]]:
    """All that changed in one pipeline, in short."""
    check_exact(company.client, pipeline_id, since, end(company))
    found = changes(ask(company.client, pipeline_id, since))
    return [(*key, count, int(amount)) for key, (count, amount) in sorted(found.items(), key=repr)]


AtOnce = Callable[[Company, int], object]

EACH: list[tuple[str, AtOnce, list[tuple[Any, ...]]]] = [
    ("a new deal", lambda c, _: c.deal("Pumps", value=5, currency="NOK"), [(1, "NOK", "new", 1, 5)]),
    ("a raised value", lambda c, deal: patch(c, deal, value=150), [(1, "NOK", "raised", 0, 50)]),
    ("a lowered value", lambda c, deal: patch(c, deal, value=99.5), [(1, "NOK", "lowered", 0, 0)]),
    (
        "a deal moved on",
        lambda c, deal: patch(c, deal, stage_id=3),
        [(1, "NOK", "moved_out", -1, -100), (3, "NOK", "moved_in", 1, 100)],
    ),
    (
        "another currency and value at once",
        lambda c, deal: patch(c, deal, value=7, currency="EUR"),
        [(1, "EUR", "currency_in", 1, 7), (1, "NOK", "currency_out", -1, -100)],
    ),
    ("a deal that is won", lambda c, deal: patch(c, deal, status="won"), [(1, "NOK", "won", -1, -100)]),
    ("a deal that is lost", lambda c, deal: patch(c, deal, status="lost"), [(1, "NOK", "lost", -1, -100)]),
    ("a deal put aside", lambda c, deal: patch(c, deal, is_archived=True), [(1, "NOK", "archived", -1, -100)]),
    ("a deal taken back", revert, [(1, "NOK", "reverted", -1, -100)]),
    ("a deleted deal", lambda c, deal: c.client.delete(f"/api/v2/deals/{deal}"), [(1, "NOK", "deleted", -1, -100)]),
    ("another title", lambda c, deal: patch(c, deal, title="Pumps", probability=20), []),
    (
        "a deal raised, moved and won by one command",
        lambda c, deal: patch(c, deal, value=130, stage_id=2, status="won"),
        [
            (1, "NOK", "moved_out", -1, -130),
            (1, "NOK", "raised", 0, 30),
            (2, "NOK", "moved_in", 1, 130),
            (2, "NOK", "won", -1, -130),
        ],
    ),
]


@pytest.mark.parametrize(("done", "expected"), [each[1:] for each in EACH], ids=[each[0] for each in EACH])
def test_each_sort_of_change_is_told_by_its_name(company: Company, done: AtOnce, expected: list[Any]) -> None:
    deal_id = company.deal("Boiler", value=100, currency="NOK")
    since = end(company)
    done(company, deal_id)
    assert summed(company, since) == expected


def test_what_comes_back_is_told_by_how_it_comes(company: Company) -> None:
    reopened, fetched, taken = (company.deal("Boiler", value=each, currency="NOK") for each in (1, 20, 300))
    patch(company, reopened, status="lost")
    patch(company, fetched, is_archived=True)
    lead_id = revert(company, taken)
    since = end(company)
    patch(company, reopened, status="open")
    patch(company, fetched, is_archived=False)
    company.post(f"{OURS}/leads/{lead_id}/convert", stage_id=2)
    first = company.lead("Never a deal", value={"amount": 4000, "currency": "NOK"})
    company.post(f"{OURS}/leads/{first}/convert", stage_id=1)
    assert summed(company, since) == [
        (1, "NOK", "converted", 1, 4000),
        (1, "NOK", "reopened", 1, 1),
        (1, "NOK", "unarchived", 1, 20),
        (2, "NOK", "converted", 1, 300),
    ]


def test_a_first_value_raises_a_deal_that_had_none(company: Company) -> None:
    lead_id = company.lead("Boiler")
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert", stage_id=1)["deal_id"]
    since = end(company)
    patch(company, deal_id, value=10, currency="NOK")
    assert summed(company, since) == [(1, "NOK", "raised", 1, 10), (1, None, "raised", -1, 0)]


def test_a_deal_that_goes_to_another_pipeline_leaves_the_one_and_enters_the_other(company: Company) -> None:
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    stage = company.post("/api/v2/stages", name="Asked", pipeline_id=other)["data"]["id"]
    deal_id, since = company.deal("Boiler", value=100, currency="NOK"), end(company)
    patch(company, deal_id, stage_id=stage)
    assert summed(company, since) == [(1, "NOK", "moved_out", -1, -100)]
    assert summed(company, since, pipeline_id=other) == [(stage, "NOK", "moved_in", 1, 100)]


def test_a_line_tells_who_when_why_and_from_what_to_what(company: Company) -> None:
    deal_id = company.deal("Boiler", value=100, currency="NOK")
    since = end(company)
    company.wait(hours=1)
    patch(company, deal_id, value=150.25)
    revert(company, deal_id)
    raised, reverted = ask(company.client, 1, since)["items"]
    deal = {"id": deal_id, "title": "Boiler"}
    who = {"id": 1, "name": "Administrator"}
    assert raised == {
        **{"position": since + 1, "event": "DealEdited", "when": "2100-01-04T09:00:00.000000Z", "who": who},
        **{"reason": None, "change": "raised", "stage_id": 1, "currency": "NOK", "count": 0, "deal": deal},
        "sum": Decimal("50.25"),
        "fields": [
            {
                "field": "value",
                "before": {"amount": 100, "currency": "NOK"},
                "after": {"amount": Decimal("150.25"), "currency": "NOK"},
            }
        ],
    }
    assert (reverted["reason"], reverted["change"], reverted["sum"]) == ("Too early", "reverted", Decimal("-150.25"))


def test_a_stage_that_was_deleted_meanwhile_is_told_by_its_name(company: Company) -> None:
    stage = company.post("/api/v2/stages", name="Asked", pipeline_id=1)["data"]["id"]
    deal_id = company.deal("Boiler", stage_id=stage, value=100, currency="NOK")
    since = end(company)
    patch(company, deal_id, stage_id=1)
    assert company.client.delete(f"/api/v2/stages/{stage}").status_code == 200
    assert summed(company, since) == [(1, "NOK", "moved_in", 1, 100), (stage, "NOK", "moved_out", -1, -100)]
    assert [stage["name"] for stage in ask(company.client, 1, since)["stages"]][-1] == "Asked"


def test_times_mean_what_they_mean_to_the_board(company: Company) -> None:
    company.deal("Before", value=1, currency="NOK")
    company.wait(hours=1)
    company.deal("At nine", value=20, currency="NOK")
    company.wait(hours=1)
    company.deal("At ten", value=300, currency="NOK")
    bridge = ask(company.client, 1, "2100-01-04T10:00:00+01:00", "2100-01-04T10:00:00Z")
    assert told(bridge, "opening") == {(1, "NOK"): (2, 21)}
    assert told(bridge, "closing") == {(1, "NOK"): (3, 321)}


def random_commands(company: Company, chance: random.Random, count: int) -> list[int]:
    """Whatever can happen to deals and stages, some of it refused. Answers the pipelines."""
    client = company.client
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    stages = [
        *range(1, 6),
        *(company.post("/api/v2/stages", name=each, pipeline_id=other)["data"]["id"] for each in "AB"),
    ]
    deals, leads = [company.deal("First", value=10, currency="NOK")], [company.lead("First")]
    for _ in range(count):
        deal, value = chance.choice(deals), chance.choice([0, 0.5, 1234.56, -10, 999999999999, 3])
        money = {"value": int(value), "currency": chance.choice(["NOK", "EUR", "JPY"])}
        match chance.randrange(12):
            case 0:
                deals.append(company.deal("Boiler", stage_id=chance.choice(stages[:5]), **money))
            case 1:
                leads.append(company.lead("Boiler", value=chance.choice([None, {"amount": value, "currency": "NOK"}])))
            case 2 | 3:
                body = {"stage_id": chance.choice(stages)}
                answer = client.post(f"{OURS}/leads/{chance.choice(leads)}/convert", json=body)
                deals += [answer.json["deal_id"]] if answer.status_code == 200 else []
            case 4:
                answer = client.post(f"{OURS}/deals/{deal}/revert", json={})
                leads += [answer.json["lead_id"]] if answer.status_code == 200 else []
            case 5:
                client.patch(f"/api/v2/deals/{deal}", json={"is_archived": chance.random() < 0.5})
            case 6:
                client.delete(f"/api/v2/deals/{deal}")
            case 7:
                client.patch(f"/api/v2/stages/{stages[-1]}", json={"pipeline_id": chance.choice([1, other])})
            case 8:
                client.delete(f"/api/v2/stages/{stages[-1]}")
            case _:
                wanted = {**money, "stage_id": chance.choice(stages), "status": chance.choice(["open", "won", "lost"])}
                some = chance.sample(sorted(wanted.items()), chance.randint(1, len(wanted)))
                client.patch(f"/api/v2/deals/{deal}", json=dict(some))
    return [1, other]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_a_bridge_between_any_two_moments_is_exact(company: Company, seed: int) -> None:
    chance = random.Random(seed)
    pipelines = random_commands(company, chance, 90)
    last = end(company)
    check_exact(company.client, 1, 0, last)
    for _ in range(5):
        between = sorted(chance.randint(20, last) for _ in range(2))
        for pipeline_id in pipelines:
            bridge = ask(company.client, pipeline_id, *between)
            check_exact(company.client, pipeline_id, int(bridge["from"]), int(bridge["to"]), chance.choice([3, 100]))


def test_what_a_user_may_not_see_is_in_no_sum_and_no_line(company: Company) -> None:
    _, colleague = a_colleague(company.client.application)
    mine = [company.deal("Mine", value=each, currency="NOK", visible_to=1) for each in (1000, 20000)]
    ours = company.deal("Ours", value=1, currency="NOK")
    since = end(company)
    for deal_id in (*mine, ours):
        patch(company, deal_id, value=77)
    patch(company, mine[0], stage_id=2)
    patch(company, mine[1], status="won")
    check_exact(colleague, 1, since, end(company))
    assert changes(ask(colleague, 1, since)) == {(1, "NOK", "raised"): (0, 76)}
    assert [line["deal"]["id"] for line in ask(colleague, 1, since)["items"]] == [ours]
    assert len(ask(company.client, 1, since)["items"]) == 6


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("from=3&to=2", "to: it must not be before from"),
        ("from=2100-01-04T09:00:00Z&to=2100-01-04T08:00:00Z", "to: it must not be before from"),
        ("from=2100-01-04T08:00:00Z&to=1", "to: it must not be before from"),
        ("from=999", "from: the log ends at position"),
        ("from=1&to=2100-01-05T08:00:00Z", "to: that time has not come yet: it is 2100-01-04T08:00:00"),
        ("from=yesterday", "from: it must be a position of the log, or a time such as 2026-12-31T10:00:00Z"),
        ("to=1", "from: Missing data for required field"),
        ("from=1&since=2", "since: Unknown field"),
        ("from=1&cursor=abc", "the cursor is not one that this list gave out"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(company: Company, query: str, reason: str) -> None:
    answer = company.client.get(f"{OURS}/pipelines/1/bridge?{query}")
    assert (answer.status_code, answer.json["detail"][: len(reason)]) == (400, reason)


def test_a_pipeline_that_never_was_or_was_not_there_yet_is_not_found(company: Company) -> None:
    until = end(company)
    other = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    for path in (f"/pipelines/99/bridge?from={until}", f"/pipelines/{other}/bridge?from=1&to={until}"):
        answer = company.client.get(OURS + path)
        assert (answer.status_code, answer.json["detail"]) == (404, "there is no such pipeline")
    assert ask(company.client, other, until)["stages"] == []


def test_a_cursor_leads_on_between_the_same_two_moments_though_the_log_has_grown(company: Company) -> None:
    since = end(company)
    for title in "ABC":
        company.deal(title, value=1, currency="NOK")
    first = ask(company.client, 1, since, limit=2)
    company.deal("D", value=1, currency="NOK")
    second = ask(company.client, 1, since, limit=2, cursor=first["next_cursor"])
    assert [line["deal"]["title"] for line in second["items"]] == ["C"]
    assert second["stages"] == first["stages"]


def test_every_event_of_a_deal_is_known_to_bring_it_onto_the_board_take_it_off_or_do_neither() -> None:
    stays = {"DealEdited", "DealAssigned", "DealLabelled", "DealEstimated", "DealMovedToStage"}
    known = {event.__name__ for event in ENTERED_OR_LEFT} | stays
    assert {name for name, event in EVENTS.items() if issubclass(event, DealEvent)} == known
