"""Deals that were confirmed too early are suggested with reasons, and whoever takes one back has them recorded."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import ledger_of
from tests.service.whole import check_read_models

PATH = "/deals/suggested-reversals"


def let_rot(company: Company, stage_id: int = 1, days: int | None = 7) -> None:
    body = {"is_deal_rot_enabled": days is not None, "days_to_rotten": days}
    assert company.client.patch(f"/api/v2/stages/{stage_id}", json=body).status_code == 200


def signal(company: Company, deal_id: int, kind: str, **facts: Any) -> None:
    company.post(f"{OURS}/deals/{deal_id}/signals", kind=kind, **facts)


def suggestions(company: Company, **query: Any) -> dict[int, list[str]]:
    """The reasons by deal."""
    items = company.get(PATH, **query)["items"]
    return {item["id"]: [reason["reason"] for reason in item["reasons"]] for item in items}


def test_a_deal_left_alone_in_the_first_stage_is_suggested_with_why(company: Company) -> None:
    let_rot(company)
    left, moved = company.deal("Bathroom"), company.deal("Kitchen", stage_id=2)
    company.wait(days=7, hours=23)
    assert suggestions(company) == {}
    company.wait(hours=1)
    assert suggestions(company) == {left: ["left_alone"]}
    (item,) = company.get(PATH)["items"]
    assert (item["person"]["name"], item["days_in_stage"], item["stage_id"]) == ("Kari Nordmann", 8, 1)
    (reason,) = item["reasons"]
    assert reason["words"] == (
        "it is still in First email sent, nobody has answered, and nothing has happened for 8 days, "
        "where deals rot after 7"
    )
    (evidence,) = reason["evidence"]
    assert (evidence["days_to_rotten"], evidence["last_event_at"][:10]) == (7, "2100-01-04")
    let_rot(company, days=None)
    assert suggestions(company) == {}
    assert moved


def test_whatever_happens_to_an_opportunity_keeps_its_deal(company: Company) -> None:
    let_rot(company)
    ways: list[Any] = [
        lambda deal_id: company.client.patch(f"/api/v2/deals/{deal_id}", json={"title": "Pumps"}),
        lambda deal_id: company.post("/v1/notes", content="He thinks", deal_id=deal_id),
        lambda deal_id: company.post("/api/v2/activities", subject="Call", type="call", deal_id=deal_id),
        lambda deal_id: signal(company, deal_id, "email_opened"),
    ]
    deals = [company.deal("Bathroom") for _ in ways]
    company.wait(days=6)
    for way, deal_id in zip(ways, deals, strict=True):
        way(deal_id)
    company.wait(days=6)
    assert suggestions(company) == {}
    company.wait(days=2)
    assert suggestions(company).keys() == {deals[0], deals[1], deals[3]}, "something is to be done for the third"


def test_a_plan_keeps_a_deal_until_its_day_is_over(company: Company) -> None:
    let_rot(company)
    deal_id, done = company.deal("Bathroom"), company.deal("Kitchen")
    plan = {"subject": "Visit", "type": "meeting", "due_date": "2100-01-20"}
    company.post("/api/v2/activities", deal_id=deal_id, **plan)
    company.post("/api/v2/activities", deal_id=done, **plan, done=True)
    company.wait(days=16)
    assert deal_id not in suggestions(company)
    company.wait(days=1)
    assert suggestions(company)[deal_id] == ["left_alone"]


def test_an_answer_keeps_a_deal_and_what_we_do_alone_does_not(company: Company) -> None:
    let_rot(company)
    answered, asked = company.deal("Bathroom"), company.deal("Kitchen")
    signal(company, answered, "email_answered")
    signal(company, asked, "email_sent")
    company.wait(days=30)
    assert suggestions(company) == {asked: ["left_alone"]}


def test_signals_of_disinterest_count_in_any_stage_until_newer_ones_show_interest(company: Company) -> None:
    lead_id = company.lead("Bathroom")
    company.post(f"{OURS}/leads/{lead_id}/signals", kind="call_held", interest=False)
    deal_id = company.post(f"{OURS}/leads/{lead_id}/convert", stage_id=3, reason="All the same")["deal_id"]
    other = company.deal("Kitchen")
    assert suggestions(company) == {deal_id: ["no_interest"]}
    company.wait(hours=1)
    signal(company, deal_id, "email_answered", interest=True)
    assert suggestions(company) == {}
    signal(company, deal_id, "email_answered", interest=False, occurred_at="2100-01-03T08:00:00Z")
    assert suggestions(company) == {}, "that was before"
    company.wait(hours=1)
    signal(company, other, "meeting_held", interest=False)
    (item,) = company.get(PATH)["items"]
    assert (item["id"], item["reasons"][0]["words"]) == (
        other,
        "the last signal that tells of interest (meeting held) denies it",
    )
    assert item["reasons"][0]["evidence"][0]["kind"] == "meeting_held"
    company.client.patch(f"/api/v2/deals/{other}", json={"status": "won"})
    assert suggestions(company) == {}


def test_taking_a_deal_back_records_what_spoke_for_it(company: Company) -> None:
    let_rot(company)
    doubted, trusted = company.deal("Bathroom"), company.deal("Kitchen", stage_id=2)
    company.wait(days=9)
    (item,) = company.get(PATH)["items"]
    for deal_id in (doubted, trusted):
        company.post(f"{OURS}/deals/{deal_id}/revert", reason="Not now")
    happened = [company.get("/timeline", deal_id=deal_id, order="oldest")["items"][1] for deal_id in (doubted, trusted)]
    (reason,) = item["reasons"]
    assert happened[0]["data"]["reasons"] == [reason["words"]]
    assert happened[0]["data"]["evidence"] == [{"reason": "left_alone", **reason["evidence"][0]}]
    assert happened[0]["sentence"] == f"Administrator took the deal back to the inbox: {reason['words']}"
    assert (happened[1]["data"]["reasons"], happened[1]["data"]["evidence"]) == ([], [])
    assert happened[1]["sentence"] == "Administrator took the deal back to the inbox"
    assert suggestions(company) == {}


def test_suggestions_come_page_by_page_and_by_pipeline(company: Company) -> None:
    let_rot(company)
    service = company.post("/api/v2/pipelines", name="Service")["data"]["id"]
    stage = company.post("/api/v2/stages", name="Visit", pipeline_id=service)["data"]["id"]
    let_rot(company, stage, 2)
    places = [{"stage_id": 1}, {"stage_id": stage}, {"stage_id": 2}, {"stage_id": stage}, {"stage_id": 1}]
    deals = [company.deal("Bathroom", **place) for place in places]
    signal(company, deals[2], "x_refused", interest=False)
    company.wait(days=10)
    seen, cursor = [], None
    while True:
        page = company.get(PATH, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == deals
    assert list(suggestions(company, pipeline_id=service)) == [deals[1], deals[3]]
    assert list(suggestions(company, pipeline_id=1)) == [deals[0], deals[2], deals[4]]
    assert suggestions(company, pipeline_id=99) == {}


def test_a_deal_about_nobody_cannot_go_back_and_is_not_suggested(company: Company) -> None:
    let_rot(company)
    assert company.deal("Bathroom", person_id=None)
    company.wait(days=30)
    assert suggestions(company) == {}


@pytest.mark.parametrize("query", [{"pipeline_id": "x"}, {"limit": 0}, {"cursor": "x"}, {"stage_id": 1}])
def test_what_cannot_be_asked_is_refused(company: Company, query: dict[str, Any]) -> None:
    answer = company.client.get(OURS + PATH, query_string=query)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


class Known:
    """What a test knows of a deal: the long way to whether it should go back."""

    def __init__(self, now: datetime) -> None:
        self.stage_id, self.touched, self.signals = 1, now, list[tuple[str, bool | None, datetime]]()

    def reasons(self, now: datetime) -> list[str]:
        answered = any(kind == "email_answered" for kind, _, _ in self.signals)
        alone = self.stage_id == 1 and not answered and now - self.touched >= timedelta(days=3)
        denied = max((at for _, interest, at in self.signals if interest is False), default=None)
        shown = max((at for _, interest, at in self.signals if interest), default=None)
        unwanted = denied is not None and (shown is None or shown < denied)
        return ["left_alone"] * alone + ["no_interest"] * unwanted


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_suggestions_are_what_looking_at_every_deal_tells(company: Company, seed: int) -> None:
    chance = random.Random(seed)
    let_rot(company, days=2)
    known: dict[int, Known] = {}
    for _ in range(60):
        company.wait(hours=chance.choice((1, 7, 30)))
        if len(known) < 5:
            known[company.deal("Bathroom")] = Known(company.now)
        deal_id = chance.choice(list(known))
        deal = known[deal_id]
        match chance.choice(("nothing", "nothing", "signal", "signal", "move", "round trip")):
            case "signal":
                kind, interest = chance.choice(("email_sent", "email_answered")), chance.choice((None, True, False))
                at = company.now - timedelta(hours=chance.choice((0, 0, 20)))
                facts = {} if interest is None else {"interest": interest}
                signal(company, deal_id, kind, occurred_at=at.isoformat(), **facts)
                deal.signals.append((kind, interest, at))
                deal.touched = company.now
            case "move":
                stage_id = chance.choice((1, 2))
                company.client.patch(f"/api/v2/deals/{deal_id}", json={"stage_id": stage_id})
                deal.touched = company.now if stage_id != deal.stage_id else deal.touched
                deal.stage_id = stage_id
            case "round trip":
                lead_id = company.post(f"{OURS}/deals/{deal_id}/revert")["lead_id"]
                company.post(f"{OURS}/leads/{lead_id}/convert", reason="All the same")
                deal.stage_id, deal.touched = 1, company.now
        expected = {number: reasons for number, deal in sorted(known.items()) if (reasons := deal.reasons(company.now))}
        assert suggestions(company) == expected
    check_read_models(ledger_of(company.client.application))
