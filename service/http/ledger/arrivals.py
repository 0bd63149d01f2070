"""The route by which leads arrive through any door: web forms, chats, imports, other services."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from aggregates.lead_source import LONGEST_NAME
from projections.engine.rows import find
from projections.leads import LEADS
from projections.lookalikes import hints
from service.commands import arrivals
from service.http.call import Call
from service.http.fields import Id, Text
from service.http.ledger.signals import NewSignal
from service.http.ledger.values import Money, as_facts
from service.http.problem_details import ledger
from service.http.ways import MOST_WAYS, EmailWay, PhoneWay


class ByIdOrName(Schema):
    """Somebody or something that is known by its id, or told of by name."""

    id = Id()
    name = Text()

    @validates_schema
    def check_one(self, told: dict[str, Any], **_: Any) -> None:
        """An id says it all, and whoever has none has a name."""
        if ("id" in told and len(told) > 1) or not told.keys() & {"id", "name"}:
            raise ValidationError("give just one of id, name")


class ArrivingPerson(ByIdOrName):
    """A person by id, or by name and the ways to reach the person.

    One told of by name is somebody who has any of the e-mail addresses already, or is added.
    """

    emails = fields.List(fields.Nested(EmailWay), validate=MOST_WAYS)
    phones = fields.List(fields.Nested(PhoneWay), validate=MOST_WAYS)


class ArrivingOrganization(ByIdOrName):
    """An organization by id, or by name: the one that has it already, whatever its case, or one that is added."""


class SourceName(Text):
    """The name of a source in the register."""

    def __init__(self, **options: Any) -> None:
        super().__init__(LONGEST_NAME, **options)


class Arrival(Schema):
    """A lead that arrives, with a person, an organization or both.

    ``source`` is one of the register of sources; under the same ``external_id`` a lead arrives from it once.
    """

    title = Text(required=True)
    value = fields.Nested(Money)
    person = fields.Nested(ArrivingPerson)
    organization = fields.Nested(ArrivingOrganization)
    source = SourceName(required=True)
    channel = Id()
    external_id = Text()
    signals = fields.List(fields.Nested(NewSignal), validate=validate.Length(max=50))
    label_ids = fields.List(fields.UUID(), validate=validate.Length(max=100))
    owner_id = Id()

    @post_load
    def as_facts(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts as commands take them."""
        labels = {"label_ids": list(map(str, facts["label_ids"]))} if "label_ids" in facts else {}
        return as_facts({**facts, **labels})


class Duplicate(Schema):
    """A lead, an organization or a person (``what``) that looks the same; ``why`` says by what."""

    what = fields.String(required=True)
    id = fields.Raw(required=True)
    why = fields.String(required=True)


class Arrived(Schema):
    """The lead, whom it is about, where the log tells of it, and what may be there twice; nothing is merged."""

    lead_id = fields.UUID(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    organization_id = fields.Integer(required=True, allow_none=True)
    position = fields.Integer(required=True)
    duplicates = fields.List(fields.Nested(Duplicate), required=True)


@ledger.route("POST", "/leads", body=Arrival, answer=Arrived, status=201)
def add_arrived_lead(call: Call) -> Any:
    """Add a lead that comes from one of the register's sources, with whoever and whatever it brings along.

    All of it is recorded, and its readiness judged, in one transaction. Told again under its external id, it is
    answered as it was the first time, and nothing is recorded.
    """
    facts = call.facts(arrivals.ArrivalFacts)
    return call.execute(lambda tx: asdict(arrivals.arrive(tx, facts)), _arrived)


def _arrived(call: Call, arrived: dict[str, Any]) -> dict[str, Any]:
    """The lead as it came in: whatever happened since, a lead that arrives again is answered as the first time.

    Of one that the caller may not see meanwhile, nothing is told but what it was given as a name.
    """
    with call.reading() as now:
        reading = now.at(arrived["position"])
        lead = find(reading, LEADS, arrived["lead_id"])
        found = [] if lead is None else hints(reading, lead)
    return {
        "lead_id": arrived["lead_id"],
        "person_id": lead and lead["person_id"],
        "organization_id": lead and lead["organization_id"],
        "position": arrived["position"],
        "duplicates": [{"what": hint.what, "id": hint.key, "why": hint.why} for hint in found],
    }
