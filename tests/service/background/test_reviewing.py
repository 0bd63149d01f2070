"""After the rules have changed, the inbox is judged again in the background, and every lead that changed says so."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from service.background.reviewing import go_on
from service.cli import main
from service.commands import reviews
from service.readiness import reactions
from tests.databases import Databases
from tests.service.http.ledger.conftest import OURS, Company, company
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole

__all__ = ["company"]
"""The fixture, which our own interface's room has."""

TILES = {"name": "Tiles", "kind": "fit", "product_lines": [{"name": "Tiles", "words": ["flis"]}]}


def adopt(company: Company, *rules: dict[str, Any]) -> None:
    body = {"policy": {"default": {"combine": "any", "rules": list(rules)}}}
    assert company.client.put(f"{OURS}/policy", json=body).status_code == 200


def readiness(company: Company) -> dict[str, str]:
    return {lead["title"]: lead["readiness"] for lead in company.get("/inbox", sort="added")["items"]}


def batches(company: Company) -> list[int]:
    """How many leads each batch judged, until there was nothing left."""
    ledger, judged = ledger_of(company.client.application), [-1]
    while judged[-1]:
        judged.append(go_on(ledger))
    return judged[1:-1]


def test_a_new_policy_is_applied_to_the_inbox_batch_by_batch(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "BATCH", 2)
    pipes = company.lead("Rør")
    for title in ("Hei", "Fliser", "Rør og flis", "Hallo"):
        company.lead(title)
    assert batches(company) == []
    adopt(company, TILES)
    assert readiness(company)["Rør"] == "ready", "a request judges nothing but what it is about"
    assert go_on(ledger_of(company.client.application)) == 2
    review = {"policy_version": 2, "judged": 2, "changed": 1, "is_completed": False}
    assert company.get("/policy")["review"] == review
    assert batches(company) == [2, 1]
    assert company.get("/policy")["review"] == review | {"judged": 5, "changed": 2, "is_completed": True}
    assert readiness(company) == {
        "Rør": "unknown",
        "Hei": "unknown",
        "Fliser": "ready",
        "Rør og flis": "ready",
        "Hallo": "unknown",
    }
    last = company.get("/timeline", lead_id=pipes)["items"][0]
    assert (last["event"], last["who"]) == ("LeadNoLongerReady", None)
    check_whole(company.client.application)


@pytest.mark.slow
def test_a_policy_that_is_adopted_meanwhile_begins_from_the_beginning(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "BATCH", 1)
    company.lead("Rør")
    company.lead("Hei")
    adopt(company, TILES)
    assert go_on(ledger_of(company.client.application)) == 1
    adopt(company, TILES | {"product_lines": [{"name": "Pipes", "words": ["rør", "hei"]}]})
    assert batches(company) == [1, 1]
    assert readiness(company) == {"Rør": "ready", "Hei": "ready"}
    check_whole(company.client.application)


def test_an_organization_with_more_leads_than_fit_a_request_has_the_others_judged_by_a_review(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "MOST_AT_ONCE", 2)
    number = company.post("/api/v2/organizations", name="Hansen AS")["data"]["id"]
    for title in "ABC":
        company.lead(title, organization_id=number)
    company.client.patch(f"/api/v2/organizations/{number}", json={"name": "Hansen VVS"})
    assert readiness(company) == {"A": "ready", "B": "ready", "C": "unknown"}
    assert batches(company) == [3]
    assert readiness(company) == {"A": "ready", "B": "ready", "C": "ready"}
    check_whole(company.client.application)


def test_an_operator_has_the_inbox_judged_again(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    with databases.fresh(founded) as url:
        monkeypatch.setenv("LEADLEDGER_DATABASE_URL", url)
        with serving(url) as app:
            client = client_of(app)
            client.post("/api/v2/persons", json={"name": "Kari"})
            for title in ("Fliser", "Rør"):
                client.post("/v1/leads", json={"title": title, "person_id": 1})
            body = {"policy": {"default": {"combine": "any", "rules": [TILES]}}}
            client.put(f"{OURS}/policy", json=body)
        answers = [CliRunner().invoke(main, ["judge"]) for _ in range(2)]
        assert [answer.exit_code for answer in answers] == [0, 0]
        judged, changed = (
            "2 leads were judged by version 2",
            "{} of them became ready to be deals, or are so no longer.",
        )
        for answer, number in zip(answers, (2, 0), strict=True):
            assert judged in answer.stdout
            assert changed.format(number) in answer.stdout
