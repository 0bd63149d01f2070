"""Random commands, wise and unwise, against the service and a simple model: both agree, and the whole stays whole."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.service.agreement import check_board, check_shown
from tests.service.model import BROKEN_RULE, DONE, GONE, Board, Opportunity, Value
from tests.service.serving import client_of, founded, serving
from tests.service.whole import check_whole, length_of_log

TITLES = st.sampled_from(["Boiler", "Åsgård 📦", "Sprinklers; '--"])
VALUES: st.SearchStrategy[Value | None] = st.sampled_from(
    [None, ("0", "NOK"), ("1234.56", "NOK"), ("0.5", "EUR"), ("-10", "EUR"), ("7", "JPY"), ("999999999999", "NOK")]
)
STAGES = st.sampled_from([1, 2, 3, 4, 5, 99])
PERCENT = st.sampled_from([None, 0, 33, 100])
MOST_PERSONS, MOST_AT_WORK = 3, 4
WHICH = st.integers(0, 10**6)


class Company(RuleBasedStateMachine):
    """A company at work over HTTP; any command may hit any opportunity, whatever its form."""

    databases: ClassVar[Databases]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        url = self._open.enter_context(self.databases.fresh(founded))
        self.app = self._open.enter_context(serving(url))
        self.client = client_of(self.app)
        self.all: list[Opportunity] = []
        self.persons: dict[int, bool] = {}
        self.board = Board(dict.fromkeys(range(1, 6), 100))

    @initialize()
    def begin(self) -> None:
        self.add_person()
        self.add_lead(0, "Boiler", ("1234.56", "NOK"))
        self.add_lead(0, "Sprinklers", None)
        self.look_after_lead(0, was_seen=True, is_archived=True)
        for is_linked in (True, False):
            self.add_deal(0, "Pumps", ("10", "EUR"), stage_id=2, is_linked=is_linked, percent=None)

    @precondition(lambda self: len(self.persons) < MOST_PERSONS)
    @rule()
    def add_person(self) -> None:
        self.persons[self.ask(DONE, "POST", "/api/v2/persons", {"name": "Kari"})["id"]] = True

    @precondition(lambda self: len(self.persons) == MOST_PERSONS)
    @rule(which=WHICH)
    def delete_person(self, which: int) -> None:
        person_id = self.a_person(which)
        status = DONE if self.persons[person_id] else GONE
        self.ask(status, "DELETE", f"/api/v2/persons/{person_id}")
        self.persons[person_id] = False

    @precondition(lambda self: self.at_work < MOST_AT_WORK)
    @rule(which=WHICH, title=TITLES, value=VALUES)
    def add_lead(self, which: int, title: str, value: Value | None) -> None:
        lead = Opportunity("lead", title, self.a_person(which), value)
        body = {"title": title, "person_id": lead.person_id, "value": wire(value)}
        if self.persons[self.a_person(which)]:
            lead.lead_id = self.ask(201, "POST", "/v1/leads", body)["id"]
            self.all.append(lead)
        else:
            self.ask(BROKEN_RULE, "POST", "/v1/leads", body)

    @precondition(lambda self: self.at_work < MOST_AT_WORK)
    @rule(which=WHICH, title=TITLES, value=VALUES, stage_id=STAGES, is_linked=st.booleans(), percent=PERCENT)
    def add_deal(
        self, which: int, title: str, value: Value | None, stage_id: int, is_linked: bool, percent: int | None
    ) -> None:
        person_id = self.a_person(which) if is_linked else None
        deal = Opportunity("deal", title, person_id, value, stage_id=stage_id, probability=percent)
        body = {"title": title, "person_id": person_id, "stage_id": stage_id, "probability": percent, **flat(value)}
        if stage_id in self.board.stages and (person_id is None or self.persons[person_id]):
            deal.deal_id = self.ask(DONE, "POST", "/api/v2/deals", body)["id"]
            self.all.append(deal)
        else:
            self.ask(BROKEN_RULE, "POST", "/api/v2/deals", body)

    @rule(which=WHICH, title=TITLES, value=VALUES)
    def edit_lead(self, which: int, title: str, value: Value | None) -> None:
        self.patch_lead(which, {"title": title, "value": wire(value)}, title=title, value=value)

    @rule(which=WHICH, was_seen=st.booleans(), is_archived=st.booleans())
    def look_after_lead(self, which: int, was_seen: bool, is_archived: bool) -> None:
        facts = {"was_seen": was_seen, "is_archived": is_archived}
        self.patch_lead(which, facts, **facts)

    @rule(which=WHICH)
    def unlink_lead(self, which: int) -> None:
        self.patch_lead(which, {"person_id": None}, person_id=None)

    @rule(which=WHICH)
    def delete_lead(self, which: int) -> None:
        lead = self.one(which)
        self.ask(lead.delete("lead"), "DELETE", f"/v1/leads/{lead.lead_id or uuid4()}")

    @rule(which=WHICH, stage_id=st.none() | STAGES)
    def convert(self, which: int, stage_id: int | None) -> None:
        lead = self.one(which)
        body = {} if stage_id is None else {"stage_id": stage_id}
        path = f"/api/v2/leads/{lead.lead_id or uuid4()}/convert"
        done = self.ask(lead.convert(stage_id, self.board.stages), "POST", f"{path}/deal", body)
        if done is not None:
            self.became(lead, "deal_id", self.ask(DONE, "GET", f"{path}/status/{done['conversion_id']}"))

    @rule(which=WHICH, stage_id=STAGES, title=TITLES)
    def convert_with_details(self, which: int, stage_id: int, title: str) -> None:
        lead = self.one(which)
        status = lead.convert(stage_id, self.board.stages, title)
        body = {"stage_id": stage_id, "title": title, "reason": "He called"}
        path = f"/api/ledger/v1/leads/{lead.lead_id or uuid4()}/convert"
        answer = self.client.post(path, json=body)
        ours = {BROKEN_RULE: {BROKEN_RULE, 409}, GONE: {409 if lead.was_a_lead else GONE}}.get(status, {status})
        assert answer.status_code in ours, answer.text
        if status == DONE:
            self.became(lead, "deal_id", answer.get_json())

    @rule(which=WHICH)
    def revert(self, which: int) -> None:
        deal = self.one(which)
        path = f"/api/v2/deals/{deal.deal_id or 10**6}/convert"
        done = self.ask(deal.revert(), "POST", f"{path}/lead")
        if done is not None:
            self.became(deal, "lead_id", self.ask(DONE, "GET", f"{path}/status/{done['conversion_id']}"))

    @rule(which=WHICH, title=TITLES, value=VALUES.filter(bool), percent=PERCENT)
    def edit_deal(self, which: int, title: str, value: Value, percent: int | None) -> None:
        facts = {"title": title, "probability": percent, **flat(value)}
        self.patch_deal(which, facts, title=title, value=value, probability=percent)

    @rule(which=WHICH, stage_id=STAGES)
    def move(self, which: int, stage_id: int) -> None:
        if stage_id in self.board.stages:
            self.patch_deal(which, {"stage_id": stage_id}, stage_id=stage_id)
        else:
            status = BROKEN_RULE if self.one(which).form == "deal" else GONE
            self.ask(status, "PATCH", f"/api/v2/deals/{self.one(which).deal_id or 10**6}", {"stage_id": stage_id})

    @rule(which=WHICH, status=st.sampled_from(["won", "lost", "open"]))
    def close_or_reopen(self, which: int, status: str) -> None:
        facts = {"status": status, **({"lost_reason": "for dyrt"} if status == "lost" else {})}
        self.patch_deal(which, facts, status=status)

    @rule(which=WHICH, is_archived=st.booleans())
    def archive_deal(self, which: int, is_archived: bool) -> None:
        self.patch_deal(which, {"is_archived": is_archived}, is_archived=is_archived)

    @rule(which=WHICH)
    def unlink_deal(self, which: int) -> None:
        self.patch_deal(which, {"person_id": None}, person_id=None)

    @rule(which=WHICH)
    def delete_deal(self, which: int) -> None:
        deal = self.one(which)
        self.ask(deal.delete("deal"), "DELETE", f"/api/v2/deals/{deal.deal_id or 10**6}")

    @rule(stage_id=st.integers(1, 5), percent=st.sampled_from([0, 50, 100]), deals_tell=st.booleans())
    def weigh(self, stage_id: int, percent: int, deals_tell: bool) -> None:
        self.ask(DONE, "PATCH", f"/api/v2/stages/{stage_id}", {"deal_probability": percent})
        self.ask(DONE, "PATCH", "/api/v2/pipelines/1", {"is_deal_probability_enabled": deals_tell})
        self.board.stages[stage_id], self.board.deals_tell = percent, deals_tell

    def teardown(self) -> None:
        with self._open:
            check_whole(self.app)
            check_board(self.client, self.board, self.all)
            for each in self.all:
                check_shown(self.client, each)

    @property
    def at_work(self) -> int:
        return sum(each.form != "deleted" for each in self.all)

    def one(self, which: int) -> Opportunity:
        """One of those that came last, so that much happens to few."""
        return self.all[-1 - which % min(len(self.all), MOST_AT_WORK)]

    def a_person(self, which: int) -> int:
        return list(self.persons)[which % len(self.persons)]

    def patch_lead(self, which: int, facts: dict[str, Any], **changes: Any) -> None:
        lead = self.one(which)
        self.ask(lead.edit("lead", **changes), "PATCH", f"/v1/leads/{lead.lead_id or uuid4()}", facts)

    def patch_deal(self, which: int, facts: dict[str, Any], **changes: Any) -> None:
        deal = self.one(which)
        self.ask(deal.edit("deal", **changes), "PATCH", f"/api/v2/deals/{deal.deal_id or 10**6}", facts)

    def became(self, opportunity: Opportunity, identity: str, told: dict[str, Any]) -> None:
        known = getattr(opportunity, identity)
        others = [getattr(each, identity) for each in self.all if each is not opportunity]
        assert told[identity] == known if known else told[identity] not in others
        setattr(opportunity, identity, told[identity])

    def ask(self, status: int, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The data of the answer, which must have that status; a refusal stores nothing."""
        length = length_of_log(self.app)
        answer = self.client.open(path, method=method, json=body)
        assert answer.status_code == status, f"{method} {path} {body}: {answer.text}"
        if status >= BROKEN_RULE:
            assert length_of_log(self.app) == length
            return None
        return answer.get_json()["data"]


def wire(value: Value | None) -> dict[str, Any] | None:
    return value and {"amount": json.loads(value[0]), "currency": value[1]}


def flat(value: Value | None) -> dict[str, Any]:
    return {"value": json.loads(value[0]), "currency": value[1]} if value else {}


def at_work(databases: Databases, runs: int, steps: int) -> None:
    profile = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(type("AtWork", (Company,), {"databases": databases}), settings=profile)


@pytest.mark.slow
def test_whatever_is_commanded_service_and_model_agree(databases: Databases, rounds: Rounds) -> None:
    for _ in rounds(1):
        at_work(databases, runs=12, steps=60)
