"""Many clients ask for the same thing at the same instant: one of them gets it, and nothing is half done."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from projections.deals import DEALS
from projections.leads import LEADS
from tests.databases import Databases
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole, current

CLIENTS = 8
COUNTERS = 4
ROUNDS = 3

Ask = tuple[str, str, dict[str, Any] | None]


@pytest.fixture
def services(databases: Databases) -> Iterator[Sequence[Flask]]:
    """Two services on one database, as two processes are: they share nothing else."""
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        yield one, other


def at_once(services: Sequence[Flask], asks: Sequence[Ask]) -> list[TestResponse]:
    """Ask everything at the same instant, each by a client in a thread of its own, half of them at each service."""
    start = threading.Barrier(len(asks))

    def ask(number: int) -> TestResponse:
        method, path, body = asks[number]
        client = client_of(services[number % len(services)])
        start.wait()
        return client.open(path, method=method, json=body)

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(ask, range(len(asks))))


def created(answer: TestResponse) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.get_json()["data"]["id"]


def a_lead(services: Sequence[Flask]) -> str:
    client = client_of(services[0])
    person_id = created(client.post("/api/v2/persons", json={"name": "Kari"}))
    return str(created(client.post("/v1/leads", json={"title": "Boiler", "person_id": person_id})))


def a_deal(services: Sequence[Flask]) -> int:
    """The deal that a lead became."""
    answer = client_of(services[0]).post(f"/api/v2/leads/{a_lead(services)}/convert/deal", json={})
    assert answer.status_code == 200
    return int(max(row["deal_id"] for row in current(ledger_of(services[0]), DEALS)))


def statuses(answers: Sequence[TestResponse]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def assert_told_that_it_is_gone(answers: Sequence[TestResponse]) -> None:
    for answer in answers:
        if answer.status_code == 404:
            body = answer.get_json()
            assert (body["error"], body["error_info"]) == ("Entity was not found", "Object was not found.")


@pytest.mark.slow
def test_of_many_who_convert_a_lead_one_succeeds(services: Sequence[Flask]) -> None:
    for deals in range(1, ROUNDS + 1):
        lead_id = a_lead(services)
        answers = at_once(services, [("POST", f"/api/v2/leads/{lead_id}/convert/deal", {})] * CLIENTS)
        assert statuses(answers) == {200: 1, 404: CLIENTS - 1}
        assert_told_that_it_is_gone(answers)
        assert sorted(row["deal_id"] for row in current(ledger_of(services[1]), DEALS)) == list(range(1, deals + 1))
    check_whole(services[0])


def test_of_many_who_take_a_deal_back_one_succeeds(services: Sequence[Flask]) -> None:
    for leads in range(1, ROUNDS + 1):
        deal_id = a_deal(services)
        answers = at_once(services, [("POST", f"/api/v2/deals/{deal_id}/convert/lead", None)] * CLIENTS)
        assert statuses(answers) == {200: 1, 404: CLIENTS - 1}
        assert_told_that_it_is_gone(answers)
        assert len(current(ledger_of(services[1]), LEADS)) == leads
    check_whole(services[0])


def test_a_lead_is_converted_or_deleted_and_never_both(services: Sequence[Flask]) -> None:
    for _ in range(ROUNDS):
        lead_id = a_lead(services)
        convert: Ask = ("POST", f"/api/v2/leads/{lead_id}/convert/deal", {})
        delete: Ask = ("DELETE", f"/v1/leads/{lead_id}", None)
        answers = at_once(services, [convert, convert, delete, delete] * (CLIENTS // 4))
        assert statuses(answers) == {200: 1, 404: CLIENTS - 1}
        was_converted = any(answer.status_code == 200 and answer.request.method == "POST" for answer in answers)
        (lead,) = [row for row in current(ledger_of(services[0]), LEADS) if row["lead_id"] == lead_id]
        deals = [row for row in current(ledger_of(services[0]), DEALS) if row["lead_id"] == lead_id]
        assert (lead["place"], len(deals)) == (("deal", 1) if was_converted else ("deleted", 0))
    check_whole(services[0])


def test_an_edit_comes_before_the_conversion_and_goes_along_or_is_told_that_the_lead_is_gone(
    services: Sequence[Flask],
) -> None:
    for _ in range(ROUNDS):
        lead_id = a_lead(services)
        asks: list[Ask] = [("PATCH", f"/v1/leads/{lead_id}", {"title": f"Edit {number}"}) for number in range(CLIENTS)]
        asks[CLIENTS // 2] = ("POST", f"/api/v2/leads/{lead_id}/convert/deal", {})
        answers = at_once(services, asks)
        assert answers[CLIENTS // 2].status_code == 200
        assert set(statuses(answers)) <= {200, 404}
        edits = {
            answer.get_json()["data"]["title"] for answer in answers if "title" in (answer.get_json()["data"] or {})
        }
        (deal,) = [row for row in current(ledger_of(services[0]), DEALS) if row["lead_id"] == lead_id]
        assert deal["title"] in (edits or {"Boiler"})
    check_whole(services[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/persons", {"name": "Kari"}),
        ("/api/v2/organizations", {"name": "Rør og varme AS"}),
        ("/api/v2/deals", {"title": "Boiler"}),
        ("/api/v2/stages", {"name": "Nearly there", "pipeline_id": 1}),
    ],
)
def test_no_number_is_given_twice_and_none_is_left_out(
    services: Sequence[Flask], path: str, body: dict[str, Any]
) -> None:
    first = created(client_of(services[0]).post(path, json=body))
    answers = at_once(services, [("POST", path, body)] * CLIENTS * 2)
    assert sorted(map(created, answers)) == list(range(first + 1, first + 1 + CLIENTS * 2))
    check_whole(services[0])


def test_refused_commands_leave_the_others_of_their_group_alone(services: Sequence[Flask]) -> None:
    lead_id = a_lead(services)
    asks: list[Ask] = [("PATCH", f"/v1/leads/{lead_id}", {"was_seen": True}) for _ in range(CLIENTS)]
    asks[1::2] = [("POST", "/v1/leads", {"title": "Nobody's"})] * (CLIENTS // 2)
    answers = at_once(services, asks)
    assert statuses(answers[::2]) == {200: CLIENTS // 2}
    assert statuses(answers[1::2]) == {400: CLIENTS // 2}
    assert [row["was_seen"] for row in current(ledger_of(services[0]), LEADS)] == [True]
    check_whole(services[0])


def test_a_conversion_tells_of_the_signals_that_came_before_it_and_of_no_others(services: Sequence[Flask]) -> None:
    for _ in range(ROUNDS):
        lead_id = a_lead(services)
        told: Ask = ("POST", f"/api/ledger/v1/leads/{lead_id}/signals", {"kind": "email_sent", "external_id": "mail"})
        convert: Ask = ("POST", f"/api/v2/leads/{lead_id}/convert/deal", {})
        answers = at_once(services, [told, convert, told, convert, told, convert])
        assert statuses(answers[::2]) == {201: 3}
        assert len({answer.get_json()["id"] for answer in answers[::2]}) == 1
        assert statuses(answers[1::2]) == {200: 1, 404: 2}
        story = client_of(services[0]).get(f"/api/ledger/v1/timeline?lead_id={lead_id}&order=oldest").get_json()
        events = [happening["event"] for happening in story["items"]]
        converted = story["items"][events.index("LeadConvertedToDeal")]
        was_known = events.index("SignalRecorded") < events.index("LeadConvertedToDeal")
        assert converted["data"]["verdict"] == ("ready" if was_known else "unknown")
        assert ("LeadBecameReady" in events) == was_known
    check_whole(services[0])


def test_a_policy_that_one_process_adopts_counts_in_every_other_at_once(services: Sequence[Flask]) -> None:
    one, other = map(client_of, services)
    for word in ("boiler", "tiles", "boiler"):
        line = {"name": "Sold", "words": [word]}
        rules = [{"name": "Fit", "kind": "fit", "product_lines": [line]}]
        body = {"policy": {"default": {"combine": "any", "rules": rules}}}
        assert one.put("/api/ledger/v1/policy", json=body).status_code == 200
        lead_id = a_lead([services[1]])
        shown = other.get("/api/ledger/v1/inbox?limit=1").get_json()["items"][0]
        assert (shown["id"], shown["readiness"]) == (lead_id, "ready" if word == "boiler" else "unknown")
    check_whole(services[0])


@pytest.mark.slow
def test_of_eighty_who_count_on_what_they_have_read_none_is_lost(services: Sequence[Flask]) -> None:
    deal = created(
        client_of(services[0]).post("/api/v2/deals", json={"title": "Boiler", "value": 0, "currency": "NOK"})
    )
    path, start, refused = f"/api/v2/deals/{deal}", threading.Barrier(COUNTERS), Counter[int]()

    def count(number: int) -> None:
        client = client_of(services[number % len(services)])
        start.wait()
        for _ in range(80 // COUNTERS):
            while True:
                seen = client.get(path)
                more = {"value": seen.get_json()["data"]["value"] + 1}
                answer = client.patch(path, json=more, headers={"If-Match": seen.headers["ETag"]})
                if answer.status_code == 200:
                    assert answer.get_json()["data"]["value"] == more["value"]
                    break
                assert answer.status_code == 412, answer.text
                refused[number] += 1

    with ThreadPoolExecutor(COUNTERS) as threads:
        list(threads.map(count, range(COUNTERS)))
    assert client_of(services[0]).get(path).get_json()["data"]["value"] == 80
    assert refused, "nobody was too late: this proves nothing"
    check_whole(services[0])


@pytest.mark.slow
def test_many_rounds_of_everything_at_once_leave_a_whole_ledger(services: Sequence[Flask]) -> None:
    lead_id = a_lead(services)
    client = client_of(services[0])
    client.post(f"/api/v2/leads/{lead_id}/convert/deal", json={})
    asks: list[Ask] = [
        ("POST", f"/api/v2/leads/{lead_id}/convert/deal", {}),
        ("POST", "/api/v2/deals/1/convert/lead", None),
        ("PATCH", f"/v1/leads/{lead_id}", {"title": "As a lead"}),
        ("PATCH", "/api/v2/deals/1", {"title": "As a deal", "value": 10, "currency": "NOK"}),
        ("PATCH", "/api/v2/deals/1", {"stage_id": 3}),
        ("POST", "/api/v2/deals", {"title": "Another", "value": 5, "currency": "EUR"}),
        ("GET", "/api/v2/deals", None),
        ("GET", "/v1/leads", None),
    ]
    for _ in range(40):
        assert set(statuses(at_once(services, asks * 2))) <= {200, 404}
    check_whole(services[0])


def test_what_a_stage_adds_up_to_fits_the_deals_it_shows_while_they_move(services: Sequence[Flask]) -> None:
    deals = {"title": "Pumps", "value": 10, "currency": "NOK"}
    moved = [created(client_of(services[0]).post("/api/v2/deals", json=deals)) for _ in range(4)]
    moves: list[Ask] = [("PATCH", f"/api/v2/deals/{deal}", {"stage_id": stage}) for stage in (2, 1) for deal in moved]
    look: Ask = ("GET", "/api/ledger/v1/pipelines/1/board", None)
    for _ in range(ROUNDS):
        for board in at_once(services, [*moves, *[look] * 8])[len(moves) :]:
            for stage in board.get_json()["stages"]:
                assert stage["count"] == len(stage["deals"])
                assert [total["sum"] for total in stage["totals"]] == [10 * stage["count"]] * bool(stage["count"])


def test_a_lead_that_arrives_twenty_times_at_once_under_one_external_id_counts_once(services: Sequence[Flask]) -> None:
    person = {"name": "Kari", "emails": [{"value": "kari@berg.no"}]}
    told = {"title": "Boiler", "source": "Chatbot", "external_id": "chat-7", "person": person}
    answers = at_once(services, [("POST", "/api/ledger/v1/leads", told)] * 20)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    for path in ("/v1/leads", "/api/v2/persons"):
        assert len(client_of(services[0]).get(path).get_json()["data"]) == 1
    check_whole(services[0])
