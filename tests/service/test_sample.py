"""The sample company is told to fresh databases, and read models, the log and clients show whether it is believable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from eventsourcing.persistence import Notification
from flask import Flask
from flask.testing import FlaskClient

from aggregates.event import Event
from aggregates.lead import LeadConvertedToDeal
from aggregates.signal import KINDS, SignalRecorded
from service.cli import main
from service.ledger.ledger import Ledger
from service.maintenance.verification import verify
from service.sample.contacts import ORGANIZATIONS, PERSONS, SELLERS
from service.sample.stages import CONTRACT_STAGES, SALES
from service.sample.story import OPPORTUNITIES, STEPS, InUse, tell
from service.sample.workdays import Workdays
from tests.databases import Databases, SqliteDatabases, environment_of
from tests.service.sampled import NOW, begun, told
from tests.service.serving import client_of, founded, ledger_of, serving


@pytest.fixture
def company(databases: Databases) -> Iterator[Flask]:
    """The service with the sample company in it."""
    with databases.fresh(told) as url, serving(url, lambda: NOW) as app:
        yield app


@pytest.fixture
def client(company: Flask) -> FlaskClient:
    """The administrator's client."""
    return client_of(company)


def asked(client: FlaskClient, path: str) -> Any:
    """The data of an answer that went well."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def asked_ours(client: FlaskClient, path: str) -> Any:
    """An answer of our own interface that went well."""
    answer = client.get(f"/api/ledger/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def events_of(company: Flask) -> list[Event]:
    """All that happened."""
    ledger = ledger_of(company)
    return [cast(Event, ledger.mapper.to_domain_event(stored)) for stored in logged(ledger)]


def logged(ledger: Ledger) -> list[Notification]:
    """The whole log."""
    return list(ledger.event_log.select_notifications(1, 10_000))


def typed(*arguments: str) -> Result:
    """What comes of words typed at the console."""
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
def test_the_command_makes_the_company_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(database_url).items():
        monkeypatch.setenv(name, value)
    made = typed("sample", "--if-empty")
    again, quietly = typed("sample"), typed("sample", "--if-empty")
    assert (made.exit_code, again.exit_code, quietly.exit_code) == (0, 1, 0)
    assert "The administrator's token, which is shown only now: " in made.stdout
    assert "35 leads in the inbox, 5 archived leads, 16 open deals, 6 won deals, 3 lost deals" in made.stdout
    assert "18 leads that are ready to be converted, 62 signals, 6 notes" in made.stdout
    assert "16 activities to be done, 19 activities that are done" in made.stdout
    assert "there are leads in this database already; the sample company needs one of its own" in again.stderr
    assert quietly.stdout == ""


def test_a_database_in_use_is_refused_and_left_as_it_is(databases: Databases) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        before = ledger_of(app).event_log.max_notification_id()
        with pytest.raises(InUse, match="something happened in this database on"):
            tell(ledger_of(app), NOW, lambda _: None)
        assert ledger_of(app).event_log.max_notification_id() == before


@pytest.mark.slow
def test_a_story_that_is_broken_off_leaves_nothing_and_can_be_told_anew(databases: Databases) -> None:
    def break_off(_: int) -> None:
        raise KeyboardInterrupt

    with databases.fresh(begun) as url, serving(url) as app:
        with pytest.raises(KeyboardInterrupt):
            tell(ledger_of(app), NOW, break_off)
        assert asked(client_of(app), "/v1/leads") == []
        steps: list[int] = []
        tell(ledger_of(app), NOW, steps.append)
        assert sum(steps) == STEPS
        assert len(asked(client_of(app), "/v1/leads?limit=500")) == 35


def test_leads_come_in_by_all_doors_and_differ(client: FlaskClient) -> None:
    inbox, archive = asked(client, "/v1/leads?limit=500"), asked(client, "/v1/leads/archived?limit=500")
    assert (len(inbox), len(archive)) == (35, 5)
    assert {lead["source_name"] for lead in inbox} == {
        "API",
        "Deal",
        "Import",
        "Leadbooster",
        "Live chat",
        "Manually created",
        "Prospector",
        "Web forms",
        "Website visitors",
    }
    assert {lead["was_seen"] for lead in inbox} == {True, False}
    assert {lead["value"] and lead["value"]["currency"] for lead in inbox} == {"NOK", "EUR", None}
    assert {label for lead in inbox for label in lead["label_ids"]} == {
        label["id"] for label in asked(client, "/v1/leadLabels")
    }
    assert len({lead["owner_id"] for lead in inbox}) == len(SELLERS)
    assert sum(lead["source_deal_id"] is not None for lead in inbox) == 6
    assert any(lead["expected_close_date"] for lead in inbox)


def test_leads_come_from_ror_og_mer_and_from_everybody_else_who_is_known(client: FlaskClient) -> None:
    organizations = {row["id"]: row for row in asked(client, "/api/v2/organizations?limit=500")}
    persons = asked(client, "/api/v2/persons?limit=500")
    assert {row["name"] for row in organizations.values()} == ORGANIZATIONS.keys()
    assert {row["name"] for row in persons} == PERSONS.keys()
    leads = asked(client, "/v1/leads?limit=500")
    assert "Rør og mer" in {organizations[lead["organization_id"]]["name"] for lead in leads if lead["organization_id"]}
    assert all(row["address"]["value"].startswith(row["address"]["route"]) for row in organizations.values())
    assert all(row["website"].endswith(".example") for row in organizations.values())
    assert all(row["emails"][0]["value"].endswith(".example") for row in persons)
    for ways in ("emails", "phones"):
        assert len({row[ways][0]["value"] for row in persons}) == len(persons)


def test_deals_stand_at_all_stages_of_both_pipelines_and_are_won_and_lost(client: FlaskClient) -> None:
    deals = asked(client, "/api/v2/deals?limit=500")
    archived = asked(client, "/api/v2/deals/archived?limit=500")
    assert (len(deals), len(archived)) == (24, 1)
    stages = {row["id"]: row for row in asked(client, "/api/v2/stages?limit=500")}
    names = {stages[deal["stage_id"]]["name"] for deal in deals if deal["status"] == "open"}
    assert names >= SALES.keys()
    assert {row["name"] for row in stages.values()} == SALES.keys() | CONTRACT_STAGES.keys()
    assert {stages[deal["stage_id"]]["name"] for deal in deals} >= CONTRACT_STAGES.keys()
    assert {row["is_deal_rot_enabled"] for row in stages.values()} == {True, False}
    lost = [deal for deal in deals + archived if deal["status"] == "lost"]
    assert len(lost) == 3
    assert all(deal["lost_reason"] for deal in lost)
    assert sum(deal["status"] == "won" for deal in deals) == 6
    assert sum(deal["expected_close_date"] is not None for deal in deals) > 10


def test_most_deals_were_leads_and_one_came_back_as_the_same_deal(company: Flask, client: FlaskClient) -> None:
    deals = asked(client, "/api/v2/deals?limit=500&include_fields=source_lead_id")
    assert sum(deal["source_lead_id"] is not None for deal in deals) >= 20
    recorded = [event.topic for event in logged(ledger_of(company))]
    assert recorded.count("DealReturned") == 2
    assert recorded.count("DealRevertedToLead") == 8
    assert recorded.count("LeadConvertedToDeal") == 30


def test_everybody_says_why_a_lead_is_confirmed_and_why_it_is_taken_back(company: Flask) -> None:
    ledger = ledger_of(company)
    events = [ledger.mapper.to_domain_event(stored) for stored in logged(ledger)]
    told = [event.metadata for event in events if event.metadata.client == "sample"]  # type: ignore[attr-defined]
    assert {metadata.user_id for metadata in told} == {1, 2, 3, 4}
    for event in events:
        if type(event).__name__ in ("LeadConvertedToDeal", "DealRevertedToLead"):
            assert event.metadata.reason  # type: ignore[attr-defined]
            assert event.metadata.user_id in (2, 3, 4)  # type: ignore[attr-defined]


def test_five_months_pass_in_order_and_end_now(company: Flask) -> None:
    ledger = ledger_of(company)
    times = [ledger.mapper.to_domain_event(stored).at for stored in logged(ledger)]  # type: ignore[attr-defined]
    assert times == sorted(times)
    assert times[0] == "2026-06-24T07:00:00.000000Z"
    assert "2026-11-23T07:00" < times[-1] <= "2026-11-23T12:30:00.000000Z"
    assert {datetime.fromisoformat(at).weekday() for at in times} == set(range(5))
    assert {at[:7] for at in times} == {f"2026-{month:02}" for month in range(6, 12)}


@pytest.mark.slow
def test_a_replay_makes_the_same_company(company: Flask) -> None:
    proof = verify(ledger_of(company), lambda _: None, most=5)
    assert proof.differences == []
    assert proof.rows > 1000


@pytest.mark.slow
def test_the_same_now_tells_the_same_story(sqlite_databases: SqliteDatabases) -> None:
    stories = []
    for _ in range(2):
        with sqlite_databases.fresh(begun) as url, serving(url) as app:
            ledger = ledger_of(app)
            tell(ledger, NOW, lambda _: None)
            events = [ledger.mapper.to_domain_event(stored) for stored in logged(ledger)]
            stories.append([(type(event), event.at, getattr(event, "title", None)) for event in events])  # type: ignore[attr-defined]
    assert stories[0] == stories[1]


def test_leads_stand_in_every_state_of_readiness_and_each_rule_alone_makes_some_ready(client: FlaskClient) -> None:
    inbox = asked_ours(client, "inbox?limit=500")["items"]
    assert Counter(lead["readiness"] for lead in inbox) == {"ready": 18, "not_yet": 9, "unknown": 8}
    met = set()
    for lead in inbox:
        readiness = asked_ours(client, f"leads/{lead['id']}/readiness")
        assert readiness["verdict"] == lead["readiness"]
        met.add(tuple(rule["rule"] for rule in readiness["rules"] if rule["met"]))
    assert met >= {(), ("Fit",), ("Interest",), ("Qualification",), ("First stage",)}


def test_conversions_record_the_verdict_and_against_advice_the_reason(company: Flask) -> None:
    conversions = [event for event in events_of(company) if isinstance(event, LeadConvertedToDeal)]
    assert Counter(event.verdict for event in conversions) == {"ready": 19, "not_yet": 7, "unknown": 4}
    assert all(event.metadata and event.metadata.reason for event in conversions if event.verdict == "not_yet")


def test_something_of_every_kind_is_learned(company: Flask) -> None:
    kinds = {event.kind for event in events_of(company) if isinstance(event, SignalRecorded)}
    assert kinds == {*KINDS, "x_met_at_fair"}


def test_insights_tell_which_rules_predicted_a_win(client: FlaskClient) -> None:
    figures = {(item["group"], item["met"]): item for item in asked_ours(client, "insights?by=rule")["items"]}
    for rule in ("Fit", "Interest", "First stage"):
        met, not_met = figures[rule, True], figures[rule, False]
        assert met["win_rate"] > not_met["win_rate"]
        assert met["reversal_rate"] < not_met["reversal_rate"]
    assert figures["Qualification", True]["reversal_rate"] == 0.5


def test_some_deals_are_worth_taking_back(client: FlaskClient) -> None:
    first, *others = asked_ours(client, "pipelines/1/board")["stages"]
    waiting = {deal["title"]: deal["is_rotting"] for deal in first["deals"]}
    assert waiting.pop("Innsatsvarer til bryggekjeler")
    assert not any(waiting.values())
    denied = [deal["title"] for stage in others for deal in stage["deals"] if denies_interest(client, deal["id"])]
    assert denied == ["Vaskerenner til formingsrom", "Sanitærutstyr til rekkehus på Arna"]


def denies_interest(client: FlaskClient, deal_id: int) -> bool:
    """Whether the last answer that tells of interest shows none."""
    told = asked_ours(client, f"timeline?deal_id={deal_id}&limit=500")["items"]
    interest = [happening["data"].get("interest") for happening in told if happening["event"] == "SignalRecorded"]
    return next((shown for shown in interest if shown is not None), True) is False


def test_there_are_things_done_to_do_and_overdue_about_leads_and_deals(client: FlaskClient) -> None:
    activities = asked(client, "/api/v2/activities?limit=500")
    assert {each["type"] for each in activities} == {"call", "meeting", "task", "deadline", "email", "lunch"}
    assert {each["lead_id"] is None for each in activities} == {True, False}
    assert all(each["lead_id"] or each["deal_id"] for each in activities)
    assert all(each["org_id"] or each["participants"] for each in activities)
    to_do = [each["due_date"] for each in activities if not each["done"]]
    assert (len(activities) - len(to_do), len(to_do)) == (19, 16)
    assert sum(due < "2026-11-23" for due in to_do) == 6
    assert all(date.fromisoformat(each["due_date"]).weekday() < 5 for each in activities)
    assert {each["owner_id"] for each in activities} == {2, 3, 4}


def test_notes_are_pinned_to_leads_and_deals(client: FlaskClient) -> None:
    notes = asked(client, "/v1/notes?limit=100")
    pins = Counter((note["pinned_to_lead_flag"], note["pinned_to_deal_flag"]) for note in notes)
    assert pins == {(True, False): 2, (False, True): 2, (False, False): 2}
    assert all(note["lead_id"] or note["deal_id"] for note in notes)


def test_no_opportunity_is_told_twice_and_each_goes_on_from_day_to_day() -> None:
    assert len({opportunity.title for opportunity in OPPORTUNITIES}) == len(OPPORTUNITIES) == 65
    for opportunity in OPPORTUNITIES:
        days = [step.days_ago for step in opportunity.steps]
        assert days == sorted(days, reverse=True), opportunity.title
        assert opportunity.contact in PERSONS.keys() | ORGANIZATIONS.keys()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-23T12:30:00+00:00", "2026-11-23T12:30:00+00:00"),
        ("2026-11-23T22:30:00+00:00", "2026-11-23T15:00:00+00:00"),
        ("2026-11-24T05:00:00+00:00", "2026-11-23T15:00:00+00:00"),
        ("2026-11-24T09:30:00+02:00", "2026-11-23T15:00:00+00:00"),
        ("2026-11-22T10:00:00+00:00", "2026-11-20T15:00:00+00:00"),
        ("2026-11-23T08:59:00+00:00", "2026-11-20T15:00:00+00:00"),
    ],
    ids=["at work", "in the evening", "at night", "early, elsewhere", "on a Sunday", "early on a Monday"],
)
def test_a_story_ends_at_the_last_working_moment_and_never_leaves_working_hours(now: str, end: str) -> None:
    days = Workdays(datetime.fromisoformat(now))
    assert days.end.isoformat() == end
    assert timedelta(days=150) < days.end - days.beginning < timedelta(days=156)
    for days_ago in range(150):
        moment = days.moment(days_ago, Random(days_ago))
        assert days.beginning < moment <= days.end
        assert moment.weekday() < 5
        assert 7 <= moment.hour < 15
