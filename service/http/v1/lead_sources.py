"""The sources of leads in version 1 of the wire (wire reference 2.6)."""

from __future__ import annotations

from marshmallow import Schema, fields

from projections.lead_sources import lead_sources
from service.http.call import Call
from service.http.pipedrive import v1


class LeadSource(Schema):
    """A source that leads may come from."""

    name = fields.String(required=True)


@v1.route("GET", "/leadSources", answer=LeadSource, many=True, has_past=True)
def get_lead_sources(call: Call) -> list[dict[str, str]]:
    """All sources that leads may come from: those that every company has, and those that were added."""
    with call.reading() as reading:
        return [{"name": source.name} for source in lead_sources(reading)]
