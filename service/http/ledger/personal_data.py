"""Routes that hand over, hold, release and erase what is held about a person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from eventsourcing.persistence import OperationalError
from flask import Response, request
from marshmallow import Schema, fields

from service.http.background import done_within
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Text
from service.http.json import render
from service.http.ledger.conversions import Reason
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.log.errors import UnknownOutcome
from service.privacy.disclosure import held_about
from service.privacy.erasure import announce_erasure, go_on
from service.privacy.erasure_state import Erasure, erasure_of
from service.privacy.holding import hold
from service.privacy.subjects import Subject

ANSWER_SECONDS = 25
"""How long a request waits for an erasure: proxies and clients often give up after 30 or 60."""

_MISSING = "there is no such person"
_NO_ERASURE = "no erasure of that person was asked for of late"


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
    """A field that holds a name, an address or a number of the person's: look whether it is the person's.

    It is in the event at position ``number`` of the log (``events``), or in an auditor's request (``access_records``).
    """

    table = fields.String(required=True)
    number = fields.Integer(required=True)
    event = fields.String(required=True, allow_none=True)
    stream_id = fields.String(required=True, allow_none=True)
    field = fields.String(required=True)


class Erased(Schema):
    """What an erasure came to: keys destroyed, events and rows that tell nothing any more, and what to look at.

    ``mentioned`` is how many fields to look at, ``mentions`` the first thousand of them. Until it ``is_done``, all of
    that may be unknown; ``position`` is where the log confirms it.
    """

    person_id = fields.Integer(required=True)
    is_done = fields.Boolean(required=True)
    keys = fields.Integer(required=True, allow_none=True)
    events = fields.Integer(required=True, allow_none=True)
    rows = fields.Integer(required=True, allow_none=True)
    mentioned = fields.Integer(required=True, allow_none=True)
    mentions = fields.List(fields.Nested(Mention), required=True)
    position = fields.Integer(required=True, allow_none=True)


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
    no_past="it tells what is held about the person, and that is now",
)
def get_personal_data(call: Call, person_id: int) -> dict[str, Any]:
    """All that is held about a person, to be handed over: with the leads, deals, notes and activities about him."""
    return held_about(call.ledger, Subject("person", person_id))


@ledger.route(
    "POST",
    "/persons/<id:person_id>/hold",
    body=KeptReason,
    answer=Held,
    missing=_MISSING,
    is_for_administrators=True,
)
def hold_person(call: Call, person_id: int) -> Any:
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
def release_person(call: Call, person_id: int) -> Any:
    """Release a person from legal hold."""
    return _hold(call, person_id, is_on_hold=False)


@ledger.route(
    "POST",
    "/persons/<id:person_id>/erase",
    body=Grounds,
    answer=Erased,
    missing=_MISSING,
    is_for_administrators=True,
    may_take_longer=True,
)
def erase_person(call: Call, person_id: int) -> Any:
    """Erase a person for good: nothing readable is left, and the log's evidence stays whole.

    Where that takes long, the answer is 202 and says in ``Location`` where to see whether it is done. An erasure that
    broke off is gone on with by asking for it again, and one that is repeated by its key tells how far it has come.
    """
    reason, legal_basis = call.body["reason"], call.body["legal_basis"]
    subject = Subject("person", person_id)
    work = partial(go_on, call.ledger, call.origin(reason), subject, legal_basis)
    announce = partial(announce_erasure, subject=subject)
    return call.execute(announce, lambda *_: _erased(subject, work), reason)


def _erased(subject: Subject, work: Callable[[], Erasure]) -> dict[str, Any] | Response:
    try:
        erasure = done_within(ANSWER_SECONDS, work)
    except OperationalError as error:
        raise UnknownOutcome(f"an erasure that was announced broke off: {error}") from error
    if erasure is not None:
        return _shown(erasure)
    later = Response(render(_shown(Erasure(subject))), 202, mimetype="application/json")
    later.headers["Location"] = request.path.removesuffix("erase") + "erasure"
    return later


@ledger.route(
    "GET",
    "/persons/<id:person_id>/erasure",
    answer=Erased,
    missing=_NO_ERASURE,
    is_for_administrators=True,
    is_confidential=True,
    no_past="it tells how the erasure stands, and that is now",
)
def get_erasure(call: Call, person_id: int) -> dict[str, Any]:
    """How far the erasure of a person has come; it is told for 30 days at least."""
    with call.reading() as reading:
        erasure = erasure_of(reading.connection, Subject("person", person_id))
    if erasure is None:
        raise NotFound(_NO_ERASURE)
    return _shown(erasure)


def _hold(call: Call, person_id: int, *, is_on_hold: bool) -> Any:
    def held(after: Call, position: int) -> dict[str, Any]:
        return {"person_id": person_id, "is_on_hold": is_on_hold, "position": position}

    command = partial(hold, subject=Subject("person", person_id), is_on_hold=is_on_hold)
    return call.execute(command, held, call.body["reason"])


def _shown(erasure: Erasure) -> dict[str, Any]:
    told: dict[str, Any] = dict.fromkeys(("keys", "events", "rows", "mentioned")) | {"mentions": []}
    if erasure.found is not None:
        told = vars(erasure.found) | {"mentions": [mention._asdict() for mention in erasure.found.mentions]}
    is_done = erasure.position is not None
    return {**told, f"{erasure.subject.name}_id": erasure.subject.key, "is_done": is_done, "position": erasure.position}
