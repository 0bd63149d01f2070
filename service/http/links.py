"""Leads, deals and organizations that notes and activities are linked to, as the wire names them (wire reference 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.opportunities import FORMS, forms_of, opportunity_of
from service.http.call import Call
from service.http.fields import Id, QueryId, Refused
from service.http.wire_fields import Constant, WireField

LEAD_ID = WireField("lead_id", fields.UUID(allow_none=True))
DEAL_ID = WireField("deal_id", Id(allow_none=True))
ORG_ID = WireField("org_id", Id(allow_none=True), source="organization_id")
PROJECT_ID = WireField(
    "project_id", Refused("there are no projects"), fields.Integer(allow_none=True), source=Constant(None)
)
REMARK = "it hangs on a lead or a deal according to the form its opportunity has now"

_NO_OPPORTUNITY = ""
"""The id of none."""


class LinkedBody(Schema):
    """What is linked to a lead or a deal at most."""

    @post_load
    def with_one_form(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with a lead or a deal at most: an opportunity is never both."""
        if facts.get("lead_id") is not None:
            if facts.get("deal_id") is not None:
                raise ValidationError({"lead_id": ["name a lead or a deal, not both"]})
            facts["lead_id"] = str(facts["lead_id"])
        return facts


class LinkQuery(Schema):
    """What the listed things are linked to."""

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


NEEDS = ("opportunity_id",)
"""The columns that `with_forms` needs."""


def with_forms(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with the lead or the deal that each one's opportunity is now, and its title."""
    with call.reading() as reading:
        forms = forms_of(reading, (row["opportunity_id"] for row in rows))
    for row in rows:
        row["lead_id"], row["deal_id"], row["title"] = forms[row["opportunity_id"]]
    return rows
