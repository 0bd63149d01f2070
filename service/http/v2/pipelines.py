"""Pipelines in version 2 of the wire (wire reference 5)."""

from __future__ import annotations

from marshmallow import fields

from projections.pipelines import PIPELINES, pipelines
from service.commands import pipelines as commands
from service.http.fields import Flag, Refused, Text
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import Resource
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import SortedPage, serve_list
from service.http.wire_fields import WireField

_GIVEN_ORDER = Refused("it is given by us: a new pipeline comes behind the others")

PIPELINE = Resource(
    __name__,
    v2,
    noun="a pipeline",
    plural="pipelines",
    missing="Pipeline not found",
    table=PIPELINES,
    wire_fields=(
        usual.id_of("pipeline_id"),
        WireField("name", Text(), needed=True),
        WireField("order_nr", _GIVEN_ORDER, fields.Integer()),
        usual.IS_DELETED,
        WireField("is_deal_probability_enabled", Flag()),
        usual.ADD_TIME,
        usual.UPDATE_TIME,
    ),
    is_for_administrators=True,
)

serve_list(PIPELINE, "Pipelines that are not deleted.", pipelines, SortedPage)
serve_get(PIPELINE, "One pipeline; one that was deleted, for a while.")
serve_add(PIPELINE, "Lay out a way of selling, behind the others.", commands.add)
serve_update(PIPELINE, "Rename a pipeline, or change whether its deals' own probabilities count.", commands.edit)
serve_delete(PIPELINE, "Give a pipeline up with all its stages.", commands.delete)
