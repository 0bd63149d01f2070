"""Routes that tell and replace the conversion policy."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.names import names_of
from projections.policies import AdoptedPolicy, current_policy, policy_of
from projections.reviews import last_review
from projections.users import USERS
from service.commands import policy as commands
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.fields import Flag, Whole
from service.http.json import raw
from service.http.ledger.policy_fields import Policy
from service.http.ledger.values import Named, named
from service.http.problem_details import ledger
from service.http.time_fields import Moment


class NewPolicy(Schema):
    """A policy to adopt; ``version`` is the one it was made from, where that must still count."""

    version = Whole(0, 2**31)
    policy = fields.Nested(Policy, required=True)


class Review(Schema):
    """How far the inbox has been judged again: so many leads, of which that many changed."""

    policy_version = fields.Integer(required=True)
    judged = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    is_completed = Flag(required=True)


class Adopted(Schema):
    """The policy that counts, and since when by whose decision; version 0 is that of a company without one.

    ``review`` is the last review of the inbox, which each new policy starts; null where there was none yet.
    """

    version = fields.Integer(required=True)
    policy = fields.Nested(Policy, required=True)
    adopted_at = Moment(required=True, allow_none=True)
    adopted_by = fields.Nested(Named, required=True, allow_none=True)
    review = fields.Nested(Review, required=True, allow_none=True)


def _edited(reading: Reading, _time: AnswerTime) -> int:
    return current_policy(reading).position


@ledger.route("GET", "/policy", answer=Adopted, has_tag=True, has_past=True)
def get_policy(call: Call) -> dict[str, Any]:
    """When leads should become deals: the rules that count at the moment."""
    with call.reading() as reading:
        return _answer(call, current_policy(reading))


@ledger.route(
    "PUT", "/policy", body=NewPolicy, answer=Adopted, is_for_administrators=True, has_tag=True, edited=_edited
)
def adopt_policy(call: Call) -> Any:
    """Decide anew when leads should become deals; 409 where somebody else has decided meanwhile."""
    adopt = partial(commands.adopt, policy=call.body["policy"], instead_of=call.body.get("version"))
    return call.execute(lambda tx: adopt(tx).version, _adopted)


def _adopted(call: Call, version: int) -> dict[str, Any]:
    with call.reading() as reading:
        return _answer(call, policy_of(reading, version))


def _answer(call: Call, adopted: AdoptedPolicy) -> dict[str, Any]:
    call.tag(adopted.position)
    with call.reading() as reading:
        names = names_of(reading, USERS, [adopted.adopted_by])
        review = last_review(reading)
    return {
        "version": adopted.version,
        "policy": raw(adopted.policy),
        "adopted_at": adopted.adopted_at,
        "adopted_by": None if adopted.adopted_by is None else named(adopted.adopted_by, names.get(adopted.adopted_by)),
        "review": review and _review(review),
    }


def _review(review: Row) -> dict[str, Any]:
    counts = {name: review[name] for name in ("policy_version", "judged", "changed")}
    return {**counts, "is_completed": review["is_completed"]}
