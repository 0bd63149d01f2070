"""A moment is the end of a command, or all that was shown with one time; what has not come yet is no moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest

from tests.databases import Databases
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.past import Sample
from tests.service.sampled import NOW, told
from tests.service.serving import client_of, serving
from tests.service.whole import length_of_log

HINT = "; a time is written like 2026-12-31T10:00:00Z"

PROOF = f"{OURS}/audit/proof?"
"""Proves the past by the checkpoint that was signed last."""


@pytest.fixture
def now() -> list[datetime]:
    """What time it is, to be changed."""
    return [NOW]


@pytest.fixture
def sample(databases: Databases, now: list[datetime]) -> Iterator[Sample]:
    with databases.fresh(told) as url, serving(url, lambda: now[0]) as app:
        yield Sample(client_of(app))


@pytest.mark.slow
def test_within_a_command_and_now_and_then_every_list_is_that_of_a_commands_end(sample: Sample) -> None:
    assert len(sample.paths) > 30
    assert sample.inside()
    for position in [*sample.inside()[::4], *list(sample.ends)[5::150], length_of_log(sample.client.application)]:
        sample.check(position)


@pytest.mark.slow
def test_the_same_question_about_a_position_has_the_same_answer_whenever_it_is_asked(
    sample: Sample, now: list[datetime]
) -> None:
    end = length_of_log(sample.client.application)
    paths = [path for path in sample.paths if not path.startswith(PROOF)]
    asked = [(path, position) for path in paths for position in (0, end // 3, end)]
    before = [(sample.as_of(*each).json, sample.as_of(*each).headers.get("X-As-Of-Time")) for each in asked]
    now[0] += timedelta(days=40)
    sample.client.patch("/api/v2/persons/1", json={"name": "Another"})
    sample.client.patch("/api/v2/pipelines/1", json={"name": "Another"})
    for deal in sample.client.get("/api/v2/deals?status=open").json["data"]:
        sample.client.patch(f"/api/v2/deals/{deal['id']}", json={"title": "Another", "status": "won"})
    for lead in sample.client.get("/v1/leads").json["data"]:
        sample.client.post(f"{OURS}/leads/{lead['id']}/convert", json={"reason": "All of them"})
    after = [(sample.as_of(*each).json, sample.as_of(*each).headers.get("X-As-Of-Time")) for each in asked]
    assert after == before


def test_what_is_asked_by_time_names_its_time_and_says_the_same_as_its_position(company: Company) -> None:
    company.deal("Boiler")
    company.wait(days=3, seconds=0.5)
    asked = company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    company.wait(seconds=0.25)
    board = company.client.get(f"{OURS}/pipelines/1/board?as_of={asked}")
    assert board.headers["X-As-Of-Time"] == company.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    company.wait(hours=1)
    again = company.client.get(f"{OURS}/pipelines/1/board?as_of={asked}")
    assert again.headers["X-As-Of-Time"] == asked.replace("Z", ".999999Z")
    assert again.headers["X-As-Of-Position"] == board.headers["X-As-Of-Position"]
    assert again.json == board.json
    by_position = company.client.get(f"{OURS}/pipelines/1/board?as_of={board.headers['X-As-Of-Position']}")
    assert [stage["deals"][0].pop("days_in_stage") for stage in (again.json["stages"][0],)] == [3]
    shown = [[deal["id"] for deal in stage["deals"]] for stage in by_position.json["stages"]]
    assert shown == [[deal["id"] for deal in stage["deals"]] for stage in board.json["stages"]]
    assert by_position.json["stages"][0]["deals"][0]["days_in_stage"] == 0


@pytest.mark.parametrize(
    ("written", "is_assumed"),
    [("T08:00:00Z", False), ("T09:00:00%2B01:00", False), ("T08:00:00", True), ("%2008:00:00.5", True), (None, False)],
)
def test_an_answer_says_where_a_time_was_taken_as_one_of_utc(
    company: Company, written: str | None, is_assumed: bool
) -> None:
    lead_id, moment = company.lead("Boiler"), "1" if written is None else f"2100-01-04{written}"
    assumed = [
        client.headers.get("X-Assumed-Time-Zone")
        for client in (
            company.client.get(f"{OURS}/inbox?as_of={moment}"),
            company.client.get(f"{OURS}/events?since={'2100-01-04T08:00:00Z' if written is None else moment}"),
            company.client.post(
                f"{OURS}/leads/{lead_id}/signals",
                json={
                    "kind": "call_held",
                    "occurred_at": unquote("2100-01-04T08:00:00Z" if written is None else moment),
                },
            ),
        )
    ]
    assert assumed == ["UTC" if is_assumed else None] * 3


def test_a_plus_that_became_a_blank_is_explained(company: Company) -> None:
    for path, name in (("inbox", "as_of"), ("events", "since"), ("diff", "from")):
        refused = company.client.get(f"{OURS}/{path}?{name}=2100-01-04T09:00:00+01:00")
        assert refused.status_code == 400
        assert (
            "such as 2026-12-31T10:00:00Z; a + in an address stands for a blank, so write the zone's as %2B"
            in (refused.json["detail"])
        )
    other = company.client.get(f"{OURS}/inbox?as_of=yesterday")
    assert "%2B" not in other.text


def test_a_moment_that_has_not_come_yet_is_refused_with_where_the_log_ends(company: Company) -> None:
    end = length_of_log(company.client.application)
    behind = {end + 1: "", 10**9: "", 2026: HINT, 20261001: HINT, 202610: HINT, 20261001101500: HINT, 20269901: ""}
    for path in (
        "/inbox?as_of=",
        "/insights?as_of=",
        "/timeline?person_id=1&as_of=",
        "/diff?from=",
        "/diff?from=0&to=",
    ):
        for position, hint in behind.items():
            answer = company.client.get(f"{OURS}{path}{position}")
            assert answer.status_code == 400, path
            assert answer.json["detail"].endswith(f": the log ends at position {end}{hint}")
        later = company.client.get(f"{OURS}{path}{(company.now + timedelta(seconds=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}")
        assert later.status_code == 400
        assert later.json["detail"].endswith(": that time has not come yet: it is 2100-01-04T08:00:00.000000Z")
        running = company.client.get(f"{OURS}{path}{company.now.strftime('%Y-%m-%dT%H:%M:%SZ')}")
        assert running.status_code == 200
    for path in ("/v1/leads", "/api/v2/deals"):
        assert company.client.get(f"{path}?as_of={end + 1}").status_code == 400


def test_a_time_that_was_shown_includes_what_it_was_shown_for(company: Company) -> None:
    company.wait(seconds=0.123456)
    lead_id, deal_id = company.lead("Boiler"), company.deal("Kitchen")
    end = length_of_log(company.client.application)
    lead = company.client.get(f"/v1/leads/{lead_id}").json["data"]
    deal = company.client.get(f"/api/v2/deals/{deal_id}").json["data"]
    event = company.get("/events", after=end - 1)["items"][0]
    times = (lead["add_time"], lead["update_time"], deal["add_time"], deal["update_time"], event["when"])
    assert {len(time) for time in times} == {20, 24, 27}
    company.wait(seconds=0.000001)
    company.client.patch(f"/v1/leads/{lead_id}", json={"title": "Changed in the same millisecond"})
    company.wait(hours=1)
    for time in times:
        assert company.client.get(f"/v1/leads/{lead_id}?as_of={time}").status_code == 200
        assert company.client.get(f"/api/v2/deals/{deal_id}?as_of={time}").status_code == 200
        assert end in [item["position"] for item in company.get("/events", until=time)["items"]]
        assert end in [item["position"] for item in company.get("/events", since=time)["items"]]
        differing = [item["id"] for item in company.get("/diff", **{"from": time, "to": time})["items"]]
        assert {lead_id, deal_id} <= set(differing)
        assert company.get("/insights", **{"from": time, "to": time})["total"]["leads_in"] == 1
        shown = company.client.get("/v1/leads", query_string={"updated_since": time}).json["data"]
        assert lead_id in [row["id"] for row in shown]
        for path in ("/api/v2/deals", "/api/v2/deals/archived"):
            assert company.client.get(path, query_string={"updated_since": time}).status_code == 200
    exact = company.client.get(f"/v1/leads/{lead_id}?as_of={event['when']}").json["data"]
    assert exact["title"] == "Boiler"
    coarse = company.client.get(f"/v1/leads/{lead_id}?as_of={lead['add_time']}").json["data"]
    assert coarse["title"] == "Changed in the same millisecond"


@pytest.mark.parametrize(
    "spelled",
    [
        *("2100-01-04T08:00:00Z", "2100-01-04 08:00:00", "2100-01-04T08:00:00", "2100-01-04T08:00:00.0Z"),
        *("2100-01-04T08:00:00.000000Z", "2100-01-04T08:00:00.000000000Z", "2100-01-04T09:00:00+01:00"),
        *("2100-01-04T03:30:00.000-04:30", "2100-01-04T08:00:00-00:00"),
    ],
)
def test_every_form_of_the_wire_names_the_same_time(company: Company, spelled: str) -> None:
    company.wait(hours=1)
    answer = company.client.get(f"{OURS}/inbox", query_string={"as_of": spelled})
    assert answer.status_code == 200
    assert answer.headers["X-As-Of-Time"][:20] == "2100-01-04T08:00:00."


def test_who_saw_the_last_event_can_ask_about_its_time_though_his_clock_is_behind(company: Company) -> None:
    company.lead("Boiler")
    shown = company.get("/events", after=length_of_log(company.client.application) - 1)["items"][0]["when"]
    company.wait(seconds=-90)
    assert [lead["age"] for lead in company.get("/inbox", as_of=shown)["items"]] == [0]
    assert [lead["age"] for lead in company.get("/inbox")["items"]] == [0]
    ahead = company.client.get(f"{OURS}/inbox?as_of=2100-01-04T08:00:01Z")
    assert ahead.status_code == 400
