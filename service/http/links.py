"""Fields for what a note or an activity is linked to, under the names of the wire (wire reference 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load

from projections.engine.reading import Reading
from projections.opportunities import FORMS, opportunity_of
from service.http.fields import Id, QueryId, Refused

_NO_OPPORTUNITY = ""
"""The id of none."""


class Links(Schema):
    """What a client may say something hangs on: one of lead and deal, an organization."""

    lead_id = fields.UUID(allow_none=True)
    deal_id = Id(allow_none=True)
    organization_id = Id(allow_none=True, data_key="org_id")
    project_id = Refused("there are no projects")

    @post_load
    def with_one_form(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with a lead or a deal at most: an opportunity is never both."""
        if facts.get("lead_id") is not None:
            if facts.get("deal_id") is not None:
                raise ValidationError({"lead_id": ["name a lead or a deal, not both"]})
            facts["lead_id"] = str(facts["lead_id"])
        return facts


class LinkQuery(Schema):
    """What the listed things hang on."""

    lead_id = fields.UUID()
    deal_id = QueryId()
    person_id = QueryId()
    org_id = QueryId()


def only(reading: Reading, query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The columns of links and what they must be: nothing fits a lead or deal that is not there or is the other."""
    wanted: list[tuple[str, Any]] = []
    for kind in FORMS:
        if (number := query.get(f"{kind}_id")) is not None:
            found = opportunity_of(reading, kind, str(number) if kind == "lead" else number)
            wanted.append(("opportunity_id", found or _NO_OPPORTUNITY))
    contacts = {"person_id": "person_id", "org_id": "organization_id"}
    return [*wanted, *((column, query[name]) for name, column in contacts.items() if name in query)]
