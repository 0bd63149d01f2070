"""Stages in version 1 of the wire (version 1's reference 8)."""

from __future__ import annotations

from dataclasses import replace

from marshmallow import fields

from service.http.fields import Flag
from service.http.v1_forms.forms import Body, form_of, older, serve_as
from service.http.v1_forms.references import as_number, name_of, referring, says
from service.http.v2 import stages as v2
from service.http.wire_fields import WireField

STAGE = form_of(
    v2.STAGE,
    __name__,
    (
        "id order_nr name active_flag deal_probability",
        as_number(older(v2.STAGE, "pipeline_id")),
        older(v2.STAGE, "is_deal_rot_enabled", "rotten_flag"),
        older(v2.STAGE, "days_to_rotten", "rotten_days"),
        "add_time update_time",
        replace(name_of("pipeline_name", "pipeline_id"), shows=fields.String()),
        WireField("pipeline_deal_probability", shows=Flag(), source=says("pipeline_id", "is_deal_probability_enabled")),
    ),
    **referring("pipeline_id"),
    body=Body,
)

serve_as(STAGE, v2.STAGE, delete_many="Give stages up in which no open deals stand.")
