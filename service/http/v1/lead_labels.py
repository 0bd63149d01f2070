"""The labels of leads in version 1 of the wire (wire reference 2.6)."""

from __future__ import annotations

from marshmallow import fields, validate

from projections.lead_labels import LEAD_LABELS, lead_labels
from service.commands import lead_labels as commands
from service.http.fields import Text
from service.http.operations import serve_add, serve_delete, serve_update
from service.http.pipedrive import v1
from service.http.resource import Resource
from service.http.time_fields import Moment
from service.http.times import with_milliseconds
from service.http.v1.lists import serve_whole_list
from service.http.wire_fields import WireField

COLORS = ("blue", "brown", "dark-gray", "gray", "green", "orange", "pink", "purple", "red", "yellow")

LEAD_LABEL = Resource(
    __name__,
    v1,
    noun="a lead label",
    plural="lead_labels",
    missing="requested lead label not found",
    table=LEAD_LABELS,
    wire_fields=(
        WireField("id", shows=fields.UUID(), source="lead_label_id"),
        WireField("name", Text(), needed=True),
        WireField("color", fields.String(validate=validate.OneOf(COLORS)), needed=True),
        WireField("add_time", shows=Moment(), convert=with_milliseconds),
        WireField("update_time", shows=Moment(), convert=with_milliseconds),
    ),
)

serve_whole_list(LEAD_LABEL, "All labels that leads can be sorted by.", lead_labels)
serve_add(LEAD_LABEL, "Have a new label to sort leads by.", commands.add)
serve_update(LEAD_LABEL, "Rename a label or paint it anew.", commands.edit)
serve_delete(LEAD_LABEL, "Give a label up.", commands.delete)
