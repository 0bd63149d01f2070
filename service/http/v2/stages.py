"""Stages in version 2 of the wire (wire reference 5)."""

from __future__ import annotations

from marshmallow import fields

from projections.stages import STAGES, stages
from service.commands import stages as commands
from service.http.fields import Flag, Id, QueryId, Refused, Text, Whole
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import Resource
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import SortedPage, serve_list
from service.http.wire_fields import WireField

_LONGEST_PATIENCE = 36_500
_GIVEN_ORDER = Refused("it is given by us: a new stage comes behind the others")

STAGE = Resource(
    __name__,
    v2,
    noun="a stage",
    plural="stages",
    missing="Stage not found",
    table=STAGES,
    wire_fields=(
        usual.id_of("stage_id"),
        WireField("order_nr", _GIVEN_ORDER, fields.Integer(), sorts="order_nr"),
        WireField("name", Text(), needed=True),
        usual.IS_DELETED,
        WireField("deal_probability", Whole(0, 100)),
        WireField("pipeline_id", Id(), needed=True, filters=QueryId()),
        WireField("is_deal_rot_enabled", Flag()),
        WireField("days_to_rotten", Whole(1, _LONGEST_PATIENCE, allow_none=True)),
        usual.ADD_TIME,
        usual.UPDATE_TIME,
    ),
    is_for_administrators=True,
)

serve_list(STAGE, "Stages that are not deleted, of one pipeline or of all.", stages, SortedPage)
serve_get(STAGE, "One stage; one that was deleted, for a while.")
serve_add(STAGE, "Add a stage behind the others of its pipeline.", commands.add)
serve_update(STAGE, "Correct a stage, or move it over to another pipeline.", commands.edit)
serve_delete(STAGE, "Give a stage up in which no open deals stand.", commands.delete)
