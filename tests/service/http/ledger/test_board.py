"""The board shows every stage with what stands in it, how long, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice
from typing import Any

import pytest
from sqlalchemy import text

from projections import board as boards
from projections.board import ListedDeal
from projections.engine.reading import Reading
from service.http.kept import Kept, install
from tests.databases import Databases, PostgresDatabases
from tests.service.cutting import proxied
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.http.opportunities import a_colleague, a_deal, ask
from tests.service.serving import client_of, founded, ledger_of, serving


def stages(company: Company, **query: Any) -> list[Any]:
    found: list[Any] = company.get("/pipelines/1/board", **query)["stages"]
    return found


def change(company: Company, path: str, **facts: Any) -> None:
    answer = company.client.patch(f"/api/v2{path}", json=facts)
    assert answer.status_code == 200, answer.text


def test_stages_come_in_order_each_with_its_open_deals(company: Company) -> None:
    first, second = company.deal("Bathroom"), company.deal("Kitchen", stage_id=2, person_id=2)
    won = company.deal("Won")
    change(company, f"/deals/{won}", status="won")
    board = stages(company)
    assert [stage["name"] for stage in board] == [
        "First email sent",
        "Reply received",
        "Meeting",
        "Offer made",
        "Negotiation",
    ]
    assert [[deal["id"] for deal in stage["deals"]] for stage in board] == [[first], [second], [], [], []]
    assert [stage["count"] for stage in board] == [1, 1, 0, 0, 0]
    assert board[1]["deals"][0]["person"] == {"id": 2, "name": "Ola Hansen"}


def test_a_stage_adds_up_its_deals_in_each_currency_exactly(company: Company) -> None:
    change(company, "/stages/1", deal_probability=33)
    company.deal("A", value=100.01, currency="NOK")
    company.deal("B", value=0.1, currency="NOK", probability=50)
    company.deal("C", value=1000, currency="JPY")
    board = company.client.get(f"{OURS}/pipelines/1/board")
    assert stages(company)[0]["totals"] == [
        {"currency": "JPY", "count": 1, "sum": 1000, "weighted_sum": 330},
        {"currency": "NOK", "count": 2, "sum": 100.11, "weighted_sum": 33.0363},
    ]
    assert b'"weighted_sum":33.0363' in board.data


def test_a_deals_own_probability_counts_where_the_pipeline_lets_it(company: Company) -> None:
    change(company, "/stages/1", deal_probability=20)
    change(company, "/pipelines/1", is_deal_probability_enabled=True)
    company.deal("By its stage", value=100, currency="NOK")
    company.deal("By itself", value=100, currency="NOK", probability=50)
    assert stages(company)[0]["totals"][0]["weighted_sum"] == 70


def test_deals_left_alone_for_too_long_rot(company: Company) -> None:
    change(company, "/stages/1", is_deal_rot_enabled=True, days_to_rotten=5)
    old = company.deal("Old")
    company.wait(days=4)
    company.deal("Young")
    elsewhere = company.deal("Where nothing rots")
    change(company, f"/deals/{elsewhere}", stage_id=2)
    company.wait(days=2, hours=1)
    first, second, *_ = stages(company)
    assert [(deal["days_in_stage"], deal["is_rotting"]) for deal in first["deals"]] == [(6, True), (2, False)]
    assert [deal["is_rotting"] for deal in second["deals"]] == [False]
    assert (first["days_to_rotten"], second["days_to_rotten"]) == (5, None)
    change(company, f"/deals/{old}", title="Looked after")
    assert not stages(company)[0]["deals"][0]["is_rotting"]


def test_a_stage_is_rendered_again_where_something_that_it_shows_has_changed_and_no_other_one_is(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up, look_up, board = list[int](), boards.whole_deals, "/pipelines/1/board"

    def look_up_and_tell(reading: Reading, deals: Sequence[ListedDeal]) -> Any:
        looked_up.extend(deal_id for deal_id, *_ in deals)
        return look_up(reading, deals)

    def rendered(**query: Any) -> list[int]:
        looked_up.clear()
        kept = company.get(board, **query)
        again, app = sorted(looked_up), company.client.application
        keeps = app.extensions["kept"]
        install(app, Kept())  # which keeps nothing yet
        app.extensions["kept_answers"].forget()
        assert kept == company.get(board, **query)
        install(app, keeps)
        app.extensions["kept_answers"].forget()
        return again

    monkeypatch.setattr(boards, "whole_deals", look_up_and_tell)
    first, second = company.deal("Pumps", value=100, currency="NOK", probability=50), company.deal("Valves", stage_id=2)
    position = ledger_of(company.client.application).event_log.max_notification_id()
    assert rendered() == rendered(as_of=position) == [first, second]
    assert rendered() == rendered(as_of=position) == []
    change(company, f"/deals/{first}", title="Boiler")
    assert rendered() == [first]
    change(company, "/stages/2", name="They answered", is_deal_rot_enabled=True, days_to_rotten=1)
    assert rendered() == [second]
    change(company, "/pipelines/1", is_deal_probability_enabled=True)
    assert rendered() == [first, second]
    change(company, "/persons/1", name="Kari Hansen")
    assert rendered() == [first, second]
    third = company.deal("Tiles")
    assert rendered() == [first, third]
    assert rendered(limit=1) == [first, second]
    change(company, f"/deals/{third}", stage_id=3)
    company.wait(hours=23)
    assert rendered() == [third]
    company.wait(hours=1)
    assert rendered() == [first, second, third]
    company.wait(hours=-1)
    assert rendered() == [first, second, third]
    assert rendered(as_of=position) == []


@pytest.mark.slow
def test_a_stage_that_is_too_long_goes_on_page_by_page(company: Company) -> None:
    for title in "ABCDE":
        company.deal(title)
    company.deal("Elsewhere", stage_id=2)
    stage = stages(company, limit=2)[0]
    shown, cursor = [deal["title"] for deal in stage["deals"]], stage["next_cursor"]
    assert stage["count"] == 5
    while cursor:
        page = company.get("/pipelines/1/deals", stage_id=1, limit=2, cursor=cursor)
        shown += [deal["title"] for deal in page["items"]]
        cursor = page["next_cursor"]
    assert shown == list("ABCDE")
    assert [deal["title"] for deal in company.get("/pipelines/1/deals", stage_id=2)["items"]] == ["Elsewhere"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/pipelines/99/board", {}, 404),
        ("/pipelines/0/board", {}, 404),
        ("/pipelines/1/board", {"limit": -1}, 400),
        ("/pipelines/1/deals", {}, 400),
        ("/pipelines/1/deals", {"stage_id": 99}, 404),
        ("/pipelines/99/deals", {"stage_id": 1}, 404),
        ("/pipelines/1/deals", {"stage_id": 1, "cursor": "garbage"}, 400),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(
    company: Company, path: str, query: dict[str, Any], status: int
) -> None:
    assert company.client.get(OURS + path, query_string=query).status_code == status


def test_a_cursor_leads_on_in_its_own_stage_only(company: Company) -> None:
    company.deal("A")
    company.deal("B")
    cursor = stages(company, limit=1)[0]["next_cursor"]
    answer = company.client.get(f"{OURS}/pipelines/1/deals", query_string={"stage_id": 2, "cursor": cursor})
    assert answer.status_code == 400


@pytest.mark.slow
def test_a_pipeline_with_more_stages_than_are_asked_for_at_once_shows_them_all(company: Company) -> None:
    number = company.post("/api/v2/pipelines", name="Long")["data"]["id"]
    made = [company.post("/api/v2/stages", name=f"S{n}", pipeline_id=number)["data"]["id"] for n in range(52)]
    deals = [company.deal("First", stage_id=made[0]), company.deal("Last", stage_id=made[-1])]
    board = company.get(f"/pipelines/{number}/board")["stages"]
    assert [stage["id"] for stage in board] == made
    assert [deal["id"] for stage in board for deal in stage["deals"]] == deals


def test_a_board_shows_and_adds_up_the_deals_that_are_asked_for(company: Company) -> None:
    mine = company.deal("Mine", value=100, currency="NOK", label_ids=[1, 12], expected_close_date="2027-01-10")
    company.deal("No label of these", value=1, currency="NOK", label_ids=[2, 121], expected_close_date="2027-01-11")
    euros = company.deal("Euros", value=30, currency="EUR", stage_id=2, expected_close_date="2027-01-31")

    def shown(**query: Any) -> list[int]:
        found = stages(company, **query)
        deals = [deal["id"] for stage in found for deal in stage["deals"]]
        assert len(deals) == sum(stage["count"] for stage in found)
        paged = [company.get("/pipelines/1/deals", stage_id=stage["id"], **query)["items"] for stage in found]
        assert [deal["id"] for page in paged for deal in page] == deals
        return deals

    assert shown(label_id=12) == shown(label_id=1) == [mine]
    assert shown(label_id=11) == []
    assert shown(closes_from="2027-01-31") == [euros]
    assert len(shown(owner_id=1)) == 3
    assert shown(owner_id=2) == []
    assert shown(closes_from="2027-01-10", closes_until="2027-01-10") == [mine]
    assert [total["sum"] for stage in stages(company, closes_from="2027-01-12") for total in stage["totals"]] == [30]
    assert company.client.get(f"{OURS}/pipelines/1/board?closes_from=January").status_code == 400


def test_a_board_is_asked_in_one_round_trip_beside_that_for_who_asks(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.fresh(founded) as url, proxied(url) as (proxy, through), serving(through) as app:
        client, hosts = client_of(app), map("{}.example".format, count())
        a_deal(client, "Pumps")

        def round_trips(moment: str) -> int:
            path, before = f"{OURS}/pipelines/1/board{moment}", proxy.round_trips
            shown = [client.get(path, headers={"Host": next(hosts)}).get_json() for _ in range(3)]
            assert [deal["title"] for deal in shown[2]["stages"][0]["deals"]] == ["Pumps"]
            return proxy.round_trips - before

        position = ledger_of(app).event_log.max_notification_id()
        for moment in ("", f"?as_of={position}"):
            round_trips(moment)
            assert round_trips(moment) == 3 * 2


def test_a_deal_that_is_hidden_while_a_colleague_asks_for_the_board_is_shown_where_it_is_counted(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        client, (_, colleague) = client_of(one), a_colleague(one)
        shown, hidden, look_up = a_deal(client, "Pumps"), a_deal(client, "Valves"), boards.whole_deals

        def hide_and_look_up(*asked: Any) -> Any:
            ask(client_of(other), "PATCH", f"/api/v2/deals/{hidden}", {"visible_to": 1})
            return look_up(*asked)

        def first_stage() -> tuple[int, list[int]]:
            stage = colleague.get(f"{OURS}/pipelines/1/board").get_json()["stages"][0]
            return stage["count"], [deal["id"] for deal in stage["deals"]]

        monkeypatch.setattr(boards, "whole_deals", hide_and_look_up)
        assert first_stage() == (2, [shown, hidden])
        monkeypatch.setattr(boards, "whole_deals", look_up)
        assert first_stage() == (1, [shown])


def test_a_board_of_many_stages_is_asked_in_statements_of_bounded_size(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.fresh(founded) as url, serving(url) as app:
        client, ledger, hosts = client_of(app), ledger_of(app), map("{}.example".format, count())
        made = [ask(client, "POST", "/api/v2/stages", {"name": f"S{n}", "pipeline_id": 1})["id"] for n in range(25)]
        position = ledger.event_log.max_notification_id()

        def longest(moment: str) -> int:
            for host in islice(hosts, 7):  # after which every statement is prepared
                shown = client.get(f"{OURS}/pipelines/1/board{moment}", headers={"Host": host}).get_json()
                assert [stage["id"] for stage in shown["stages"]][-25:] == made
            with ledger.reading() as reading:
                sizes = text("SELECT max(length(statement)) FROM pg_prepared_statements")
                return int(reading.connection.execute(sizes).scalar_one())

        assert longest("") < 30_000
        assert longest(f"?as_of={position}") < 30_000


def test_a_stage_that_another_worker_adds_is_on_the_board_of_one_that_knew_the_others(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        client, board = client_of(one), f"{OURS}/pipelines/1/board"
        before = client_of(other).get(board).get_json()["stages"]
        ask(client, "POST", "/api/v2/stages", {"name": "Signing", "pipeline_id": 1})
        a_deal(client, "Pumps")
        after = client_of(other).get(board).get_json()["stages"]
        assert [stage["name"] for stage in after] == [*(stage["name"] for stage in before), "Signing"]
        assert [deal["title"] for deal in after[0]["deals"]] == ["Pumps"]
        assert client.get(board).get_json()["stages"] == after
