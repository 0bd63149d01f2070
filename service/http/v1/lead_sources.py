"""The sources of leads in version 1 of the wire (wire reference 2.6)."""

from __future__ import annotations

from marshmallow import Schema, fields

from aggregates.lead_sources import LEAD_SOURCES
from service.http.call import Call
from service.http.pipedrive import v1


class LeadSource(Schema):
    """A door that leads come in by."""

    name = fields.String(required=True)


@v1.route("GET", "/leadSources", answer=LeadSource, many=True)
def get_lead_sources(call: Call) -> list[dict[str, str]]:
    """All doors that leads come in by."""
    return [{"name": name} for name in LEAD_SOURCES]
