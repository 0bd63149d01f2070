"""The register of sources that leads come from: what every company has, and what administrators add."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.lead_source import LEAD_SOURCES
from projections.lead_sources import source_named
from service.maintenance.replay import rebuild
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague
from tests.service.serving import ledger_of

PATH = f"{OURS}/lead-sources"


def names(company: Company, **query: Any) -> list[str]:
    return [source["name"] for source in company.get("/lead-sources", **query)["items"]]


def test_every_company_has_the_usual_sources_which_no_event_tells_of(company: Company) -> None:
    assert names(company) == list(LEAD_SOURCES) == names(company, as_of=0)
    assert {source["id"] for source in company.get("/lead-sources")["items"]} == {None}


def test_a_source_that_is_added_stands_behind_the_usual_ones_on_both_routes(company: Company) -> None:
    added = company.post(PATH, name="Trade fair")
    assert added == {"id": 1, "name": "Trade fair"}
    assert company.get("/lead-sources")["items"][-1] == added
    listed = company.client.get("/v1/leadSources").get_json()["data"]
    assert listed == [{"name": name} for name in (*LEAD_SOURCES, "Trade fair")]


@pytest.mark.parametrize("name", ["web  FORMS", "Manual", "trade fair"])
def test_a_source_that_is_there_in_other_case_or_words_is_refused(company: Company, name: str) -> None:
    company.post(PATH, name="Trade fair")
    answer = company.client.post(PATH, json={"name": name})
    assert answer.status_code == 409
    assert "already" in answer.get_json()["detail"]


def test_a_source_that_is_given_up_leaves_the_register_and_stays_in_its_past(company: Company) -> None:
    number = company.post(PATH, name="Trade fair")["id"]
    end = ledger_of(company.client.application).event_log.max_notification_id()
    assert company.client.delete(f"{PATH}/{number}").get_json() == {"id": number}
    assert names(company) == list(LEAD_SOURCES)
    assert names(company, as_of=end)[-1] == "Trade fair"
    assert company.client.delete(f"{PATH}/{number}").status_code == 404
    assert company.post(PATH, name="Trade fair")["id"] == number + 1


def test_a_source_that_was_added_can_be_renamed_but_not_to_one_that_is_there(company: Company) -> None:
    path = f"{PATH}/{company.post(PATH, name='Trade fair')['id']}"
    assert company.client.patch(path, json={"name": "Trade Fair"}).get_json() == {"id": 1, "name": "Trade Fair"}
    assert company.client.patch(path, json={"name": "web forms"}).status_code == 409
    assert company.client.patch(path, json={"name": "Trade fairs"}).status_code == 200
    assert names(company)[-1] == "Trade fairs"


def test_only_administrators_change_the_register(company: Company) -> None:
    number = company.post(PATH, name="Trade fair")["id"]
    _, hers = a_colleague(company.client.application)
    assert hers.post(PATH, json={"name": "Fair"}).status_code == 403
    assert hers.patch(f"{PATH}/{number}", json={"name": "Fair"}).status_code == 403
    assert hers.delete(f"{PATH}/{number}").status_code == 403
    assert hers.get(PATH).status_code == 200


def by_source(source: str) -> dict[str, Any]:
    rule = {"name": "Fair", "kind": "qualification", "sources": [source], "signals": ["meeting_held"]}
    return {"policy": {"default": {"combine": "any", "rules": [rule]}}}


def test_a_policy_may_ask_for_any_source_of_the_register(company: Company) -> None:
    company.post(PATH, name="Trade fair")
    assert company.client.put(f"{OURS}/policy", json=by_source("Trade fair")).status_code == 200
    met = {"source": "trade fair", "person": {"id": 1}, "signals": [{"kind": "meeting_held"}]}
    lead_id = company.post(f"{OURS}/leads", title="Boiler", **met)["lead_id"]
    assert company.get(f"/leads/{lead_id}/readiness")["verdict"] == "ready"


@pytest.mark.parametrize("source", ["Fax", "prospector", "Manual"])
@pytest.mark.parametrize(("method", "path"), [("PUT", "/policy"), ("POST", "/policy/dry-run")])
def test_a_policy_names_a_source_as_the_register_does(company: Company, method: str, path: str, source: str) -> None:
    answer = company.client.open(OURS + path, method=method, json=by_source(source))
    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(f"leads do not come from '{source}'; the register of sources has Man")


def test_a_rebuilt_register_is_the_same(company: Company) -> None:
    company.post(PATH, name="Trade fair")
    before = names(company)
    ledger = ledger_of(company.client.application)
    rebuild(ledger, lambda _: None)
    assert names(company) == before
    with ledger.reading() as reading:
        assert source_named(reading, "TRADE fair") == (1, "Trade fair")
