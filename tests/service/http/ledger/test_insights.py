"""What converting leads brought is told by source, channel, owner, month and rule, as of now and of ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.http.ledger.conftest import OURS, Company

NOTHING: dict[str, Any] = {
    "leads_in": 0,
    "ready": 0,
    "converted": 0,
    "reverted": 0,
    "won": 0,
    "lost": 0,
    "conversion_rate": None,
    "reversal_rate": None,
    "win_rate": None,
    "median_seconds_to_convert": None,
}


def a_story(company: Company) -> None:
    """Four leads: one is won after an hour, one lost after three, one taken back, and one left alone."""
    won = company.lead("Rør", channel=1)
    lost, undone = company.lead("Flis", channel=1), company.lead("VVS", channel=2)
    company.wait(hours=1)
    for lead_id in (won, undone):
        company.post(f"{OURS}/leads/{lead_id}/convert")
    company.client.patch("/api/v2/deals/1", json={"status": "won"})
    company.post(f"{OURS}/deals/2/revert")
    company.wait(hours=2)
    company.post(f"{OURS}/leads/{lost}/convert", reason="He insists")
    company.client.patch("/api/v2/deals/3", json={"status": "lost"})
    company.wait(days=40)
    company.lead("Next month")


def test_what_became_of_leads_is_told_by_source_and_of_all(company: Company) -> None:
    assert company.get("/insights")["total"] == NOTHING
    a_story(company)
    told = company.get("/insights")
    figures = {
        "leads_in": 4,
        "ready": 2,
        "converted": 3,
        "reverted": 1,
        "won": 1,
        "lost": 1,
        "conversion_rate": 0.75,
        "reversal_rate": 1 / 3,
        "win_rate": 0.5,
        "median_seconds_to_convert": 3600,
    }
    assert (told["by"], told["total"]) == ("source", figures)
    assert told["items"] == [{"group": "API", "name": None, "met": None, **figures}]


def test_groups_are_channels_owners_and_months(company: Company) -> None:
    a_story(company)
    leads_in = {
        by: [(item["group"], item["name"], item["leads_in"]) for item in company.get("/insights", by=by)["items"]]
        for by in ("channel", "owner", "cohort")
    }
    assert leads_in == {
        "channel": [(1, None, 2), (2, None, 1), (None, None, 1)],
        "owner": [(1, "Administrator", 4)],
        "cohort": [("2100-01", None, 3), ("2100-02", None, 1)],
    }


def test_rules_are_held_against_what_became_of_the_leads_they_judged(company: Company) -> None:
    a_story(company)
    told = company.get("/insights", by="rule")
    assert [(item["group"], item["met"], item["won"], item["lost"]) for item in told["items"]] == [
        ("First stage", False, 1, 1),
        ("Fit", True, 1, 0),
        ("Fit", False, 0, 1),
        ("Interest", False, 1, 1),
        ("Qualification", False, 1, 1),
    ]
    assert told["total"]["leads_in"] == 4


def test_the_past_is_told_as_it_was(company: Company) -> None:
    a_story(company)
    before = company.get("/insights", as_of="2100-01-04T08:30:00Z")
    assert (before["total"]["leads_in"], before["total"]["converted"]) == (3, 0)
    assert company.get("/insights", as_of=before["as_of"]) == before
    after = company.get("/insights", as_of="2100-01-04T09:00:00Z")
    assert [after["total"][name] for name in ("leads_in", "converted", "reverted", "won")] == [3, 2, 1, 1]
    assert company.get("/insights", as_of=0)["total"] == NOTHING
    assert company.get("/insights", as_of=company.get("/insights")["as_of"]) == company.get("/insights")


def test_only_leads_that_came_in_between_two_moments_count(company: Company) -> None:
    a_story(company)
    asked = {"from": "2100-01-05T00:00:00Z"}
    assert company.get("/insights", **asked)["total"] == {**NOTHING, "leads_in": 1, "conversion_rate": 0}
    assert company.get("/insights", to="2100-01-05T00:00:00Z")["total"]["leads_in"] == 3
    assert company.get("/insights", **asked, to="2100-01-06T00:00:00Z")["total"] == NOTHING
    came = "2100-01-04T08:00:00Z"
    assert company.get("/insights", **{"from": came}, to=came)["total"]["leads_in"] == 3


@pytest.mark.parametrize(
    "query",
    [
        {"by": "weather"},
        {"from": "2100-01-05"},
        {"from": "2100-01-05T00:00:00Z", "to": "2100-01-04T23:59:59Z"},
        {"as_of": "yesterday"},
        {"as_of": "-1"},
        {"since": "2100-01-05T00:00:00Z"},
    ],
)
def test_what_cannot_be_asked_is_refused(company: Company, query: dict[str, str]) -> None:
    answer = company.client.get(f"{OURS}/insights", query_string=query)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
