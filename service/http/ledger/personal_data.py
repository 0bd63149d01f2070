"""What is held about a person flows out here at the person's own request, or is kept for a law's sake, or erased."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields

from service.commands import persons
from service.http.call import Call
from service.http.fields import Text
from service.http.ledger.conversions import Reason
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.ledger import Origin
from service.privacy.disclosure import held_about
from service.privacy.erasure import Erasure, erase

_MISSING = "there is no such person"


class KeptReason(Reason):
    """Why, in words that tell nothing of the person: they stay."""

    reason = Text(1000, required=True)


class Grounds(KeptReason):
    """Why a person is erased, and by which right or duty."""

    legal_basis = Text(required=True)


class Held(Schema):
    """Whether what is known of a person must be kept, and where the log tells of it."""

    person_id = fields.Integer(required=True)
    is_on_hold = fields.Boolean(required=True)
    position = fields.Integer(required=True)


class Mention(Schema):
    """A row that still holds a name, an address or a number of the person's: look whether it is the person's."""

    table = fields.String(required=True)
    row = fields.String(required=True)


class Erased(Schema):
    """What an erasure came to: keys destroyed, events and rows that tell nothing any more, and what to look at."""

    person_id = fields.Integer(required=True)
    keys = fields.Integer(required=True)
    events = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    mentions = fields.List(fields.Nested(Mention), required=True)
    position = fields.Integer(required=True)


class PersonalData(Schema):
    """All that is held about a person: how things stand now, by kind, and all that was recorded, in order."""

    person_id = fields.Integer(required=True)
    as_of = fields.Integer(required=True)
    made_at = Moment(required=True)
    now = fields.Dict(required=True)
    recorded = fields.List(fields.Dict(), required=True)


@ledger.route(
    "GET",
    "/persons/<id:person_id>/data",
    answer=PersonalData,
    missing=_MISSING,
    is_for_administrators=True,
    is_audited=True,
    is_confidential=True,
)
def get_personal_data(call: Call, person_id: int) -> dict[str, Any]:
    """All that is held about a person, to be handed over: with the leads, deals, notes and activities about him."""
    return held_about(call.ledger, person_id)


@ledger.route(
    "POST",
    "/persons/<id:person_id>/hold",
    body=KeptReason,
    answer=Held,
    missing=_MISSING,
    is_for_administrators=True,
)
def hold_person(call: Call, person_id: int) -> dict[str, Any]:
    """Put a person on legal hold: what is known of the person is kept until the hold is released."""
    return _hold(call, person_id, is_on_hold=True)


@ledger.route(
    "POST",
    "/persons/<id:person_id>/release",
    body=KeptReason,
    answer=Held,
    missing=_MISSING,
    is_for_administrators=True,
)
def release_person(call: Call, person_id: int) -> dict[str, Any]:
    """Release a person from legal hold."""
    return _hold(call, person_id, is_on_hold=False)


@ledger.route(
    "POST",
    "/persons/<id:person_id>/erase",
    body=Grounds,
    answer=Erased,
    missing=_MISSING,
    is_for_administrators=True,
)
def erase_person(call: Call, person_id: int) -> dict[str, Any]:
    """Erase a person for good: nothing readable is left, and the log's evidence stays whole."""
    origin = Origin(call.user.user_id, call.request_id, call.client, call.body["reason"])
    return _shown(erase(call.ledger, origin, person_id, call.body["legal_basis"]))


def _hold(call: Call, person_id: int, *, is_on_hold: bool) -> dict[str, Any]:
    hold = partial(persons.hold, person_id=person_id, is_on_hold=is_on_hold)
    position = call.execute(hold, call.body["reason"])
    return {"person_id": person_id, "is_on_hold": is_on_hold, "position": position}


def _shown(erasure: Erasure) -> dict[str, Any]:
    return {**vars(erasure), "mentions": [mention._asdict() for mention in erasure.mentions]}
