"""Turns the steps of a story into ordinary commands, each given by the user whose step it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from aggregates.lead_source import API, MANUALLY_CREATED
from projections.engine.reading import Reading
from projections.lead_labels import lead_labels
from service.commands import (
    activities,
    conversions,
    deals,
    leads,
    notes,
    organizations,
    persons,
    pipelines,
    signals,
    stages,
    users,
)
from service.commands import lead_labels as labels
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.writing import Writing
from service.sample.contacts import ORGANIZATIONS, PERSONS, SELLERS
from service.sample.inbox import LABELS
from service.sample.stages import CONTRACT_STAGES, CONTRACTS, SALES, Patience
from service.sample.steps import Opportunity, Step
from service.sample.workdays import workday

Identity = TypeVar("Identity", UUID, int)
T = TypeVar("T")

_ADMINISTRATOR = _FIRST_PIPELINE = 1
"""The numbers that founding gives."""

_MANUALLY = "ManuallyCreated"


@dataclass
class _Course:
    """How far an opportunity has come: who has it, its identities, and its activities by their subjects."""

    seller: str
    lead_id: UUID | None = None
    deal_id: int | None = None
    is_deal: bool = False
    activities: dict[str, int] = field(default_factory=dict)

    def form(self) -> dict[str, Any]:
        """What it is now, as notes and activities name it."""
        return {"deal_id": self.deal_id} if self.is_deal else {"lead_id": str(self.lead_id)}


class Company:
    """The sample company at work in one open transaction of a founded database."""

    def __init__(self, ledger: Ledger, writing: Writing, today: date) -> None:
        self._ledger = ledger
        self._writing = writing
        self._today = today
        self._users: dict[str, int] = {}
        self._stages: dict[str, int] = {}
        self._labels: dict[str, str] = {}
        self._organizations: dict[str, int] = {}
        self._persons: dict[str, int] = {}
        self._courses: dict[str, _Course] = {}

    def set_up(self) -> None:
        """Let the sellers in, and lay out labels, pipelines and stages."""
        for name, email in SELLERS.items():
            facts = {"name": name, "email": email, "is_admin": False, **_NORWEGIAN}
            self._users[name] = self._do(partial(users.add, facts=facts))["user_id"]
        for name, color in LABELS.items():
            self._do(partial(labels.add, facts={"name": name, "color": color}))
        self._labels = {row["name"]: row["lead_label_id"] for row in lead_labels(Reading(self._writing.connection))}
        counted = {"is_deal_probability_enabled": True}
        self._do(partial(pipelines.edit, pipeline_id=_FIRST_PIPELINE, facts=counted))
        for stage_id, (name, patience) in enumerate(SALES.items(), start=1):
            self._stages[name] = stage_id
            self._do(partial(stages.edit, stage_id=stage_id, facts=_patient(patience)))
        contracts = self._do(partial(pipelines.add, facts={"name": CONTRACTS, **counted}))["pipeline_id"]
        for name, patience in CONTRACT_STAGES.items():
            facts = {"pipeline_id": contracts, "name": name, **_patient(patience)}
            self._stages[name] = self._do(partial(stages.add, facts=facts))["stage_id"]

    def take(self, opportunity: Opportunity, step: Step) -> None:
        """Let one step happen; whoever has the opportunity takes it."""
        course = self._courses.setdefault(opportunity.title, _Course(opportunity.seller))
        by = self._users[course.seller]
        facts = self._in_ids(step.facts)
        match step.deed:
            case "arrive":
                self._arrive(opportunity, course)
            case "enter":
                facts |= self._told(opportunity, by)
                course.deal_id = self._do(partial(deals.add, facts=facts, origin=_MANUALLY), by)["deal_id"]
                course.is_deal = True
            case "learn" if course.is_deal:
                self._do(partial(signals.record_on_deal, deal_id=_there(course.deal_id), facts=facts), by)
            case "learn":
                self._do(partial(signals.record_on_lead, lead_id=_there(course.lead_id), facts=facts), by)
            case "note":
                pins = {"deal" if course.is_deal else "lead": facts.pop("is_pinned")}
                self._do(partial(notes.add, facts={**facts, **course.form(), "pins": pins}), by)
            case "plan":
                facts |= course.form() | self._with_whom(opportunity)
                course.activities[facts["subject"]] = self._do(partial(activities.add, facts=facts), by)["activity_id"]
            case "finish":
                activity_id = course.activities[facts["subject"]]
                self._do(partial(activities.edit, activity_id=activity_id, facts={"is_done": True}), by)
            case "convert":
                lead_id = _there(course.lead_id)
                conversion = partial(conversions.convert, lead_id=lead_id, facts=facts, needs_reason=True)
                course.deal_id = self._do(conversion, by, step.because).deal_id
                course.is_deal = True
            case "revert":
                reversal = partial(conversions.revert, deal_id=_there(course.deal_id))
                course.lead_id = UUID(self._do(reversal, by, step.because).lead_id)
                course.is_deal = False
            case "change" if course.is_deal:
                self._do(partial(deals.edit, deal_id=_there(course.deal_id), facts=facts), by, step.because)
            case "change":
                self._do(partial(leads.edit, lead_id=_there(course.lead_id), facts=facts), by, step.because)
        course.seller = step.facts.get("owner", course.seller)

    def _arrive(self, opportunity: Opportunity, course: _Course) -> None:
        """Sellers write down what they hear; all else comes in through the administrator's connections."""
        is_manual = opportunity.source == MANUALLY_CREATED
        by = self._users[course.seller] if is_manual else _ADMINISTRATOR
        facts = self._told(opportunity, by)
        origin = _MANUALLY if is_manual else API
        arrival = partial(leads.add, facts=facts, source_name=opportunity.source, origin=origin)
        course.lead_id = UUID(self._do(arrival, by)["lead_id"])

    def _told(self, opportunity: Opportunity, by: int) -> Any:
        """What is known of an opportunity when it begins; a contact who is new is written down first."""
        owner = {"owner_id": self._users[opportunity.seller]}
        person = PERSONS.get(opportunity.contact)
        organization = opportunity.contact if person is None else person.organization
        if organization is not None and organization not in self._organizations:
            facts = {**ORGANIZATIONS[organization].facts(), **owner}
            self._organizations[organization] = self._do(partial(organizations.add, facts=facts), by)["organization_id"]
        linked = {"organization_id": self._organizations[organization]} if organization else {}
        if person is not None and person.name not in self._persons:
            facts = {**person.facts(), **owner, **linked}
            self._persons[person.name] = self._do(partial(persons.add, facts=facts), by)["person_id"]
        if person is not None:
            linked |= {"person_id": self._persons[person.name]}
        return {"title": opportunity.title, **opportunity.value, **owner, **linked}

    def _with_whom(self, opportunity: Opportunity) -> dict[str, Any]:
        """The contact of an opportunity that has begun, as activities name whom they are about."""
        person = PERSONS.get(opportunity.contact)
        if person is None:
            return {"organization_id": self._organizations[opportunity.contact]}
        linked = {"organization_id": self._organizations[person.organization]} if person.organization else {}
        return {"participants": [{"person_id": self._persons[person.name], "primary": True}], **linked}

    def _in_ids(self, facts: Mapping[str, Any]) -> Any:
        """Facts in people's words as commands take them."""
        return dict(self._in_id(name, value) for name, value in facts.items())

    def _in_id(self, name: str, value: Any) -> tuple[str, Any]:
        match name:
            case "owner":
                return "owner_id", self._users[value]
            case "stage":
                return "stage_id", self._stages[value]
            case "labels":
                return "label_ids", [self._labels[label] for label in value]
            case "closes_in":
                return "expected_close_date", (self._today + timedelta(days=value)).isoformat()
            case "due_in":
                return "due_date", workday(self._today + timedelta(days=value)).isoformat()
            case _:
                return name, value

    def _do(self, command: Callable[[Transaction], T], by: int = _ADMINISTRATOR, because: str | None = None) -> T:
        origin = Origin(user_id=by, request_id=uuid4().hex, client="sample", reason=because)
        return self._ledger.carry_out(self._writing, origin, command)


_NORWEGIAN = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}


def _patient(patience: Patience) -> dict[str, Any]:
    return {
        "deal_probability": patience.probability,
        "is_deal_rot_enabled": patience.days_to_rotten is not None,
        "days_to_rotten": patience.days_to_rotten,
    }


def _there(identity: Identity | None) -> Identity:
    assert identity is not None, "the story takes a step that an opportunity has not come to"
    return identity
