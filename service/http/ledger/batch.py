"""The route that takes many commands in one request, and carries them out in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from service.commands.batches import Done, Refused, all_or_nothing, one_by_one
from service.http.call import Call
from service.http.entries import Entry, Given, Result, entry_of
from service.http.errors import REFUSALS, CommandRefused, Forbidden
from service.http.idempotency import HiddenSince
from service.http.problem_details import ledger
from service.ledger.ledger import Transaction

MOST_COMMANDS = 1000
LONGEST_PATH = 2000
LONGEST_IF_MATCH = 1000
_NO_PATH = "it must begin with / and be as it goes over the wire, percent-encoded"
_NO_TAGS = "it must be * or entity tags in double quotes"

WHOLLY, SINGLY = "all_or_nothing", "one_by_one"


class BatchCommand(Schema):
    """One command: the method, the path with its query, and the body of a request that gives it by itself.

    ``if_match`` is what its If-Match would be.
    """

    method = fields.String(required=True, validate=validate.OneOf(["POST", "PUT", "PATCH", "DELETE", "GET"]))
    path = fields.String(
        required=True,
        validate=[validate.Length(max=LONGEST_PATH), validate.Regexp("/[!-~]*$", error=_NO_PATH)],
        metadata={"example": "/v1/leads"},
    )
    body = fields.Raw(
        allow_none=True,
        load_default=dict,
        metadata={"example": {"title": "Utskifting av stigeledninger", "person_id": 1}},
    )
    if_match = fields.String(
        load_default=None,
        validate=[validate.Length(1, LONGEST_IF_MATCH), validate.Regexp(r'[ -~]*["*][ -~]*\Z', error=_NO_TAGS)],
    )


class Batch(Schema):
    """Up to 1,000 commands, in the order in which they are carried out; none can refer to what another adds."""

    mode = fields.String(required=True, validate=validate.OneOf([SINGLY, WHOLLY]))
    commands = fields.List(
        fields.Nested(BatchCommand), required=True, validate=validate.Length(min=1, max=MOST_COMMANDS)
    )


class CommandResult(Schema):
    """The status, the body and the ETag, if any, that a request by itself would have been answered with."""

    status = fields.Integer(required=True, metadata={"example": 201})
    body = fields.Raw(required=True, metadata={"example": {"success": True, "data": {"id": 1}}})
    etag = fields.String()


class BatchResult(Schema):
    """A result for each command, in the order of the commands, and the position that the log has come to."""

    position = fields.Integer(required=True)
    results = fields.List(fields.Nested(CommandResult), required=True)


@ledger.route("POST", "/batch", body=Batch, answer=BatchResult, is_alone=True)
def carry_out_batch(call: Call) -> Any:
    """Carry out many commands of any family in one transaction: all or nothing, or one by one.

    With mode all_or_nothing they are one command, with one id and one time; the first that is refused refuses all, its
    index and its result are told, and nothing is recorded. With mode one_by_one each is a command by itself, and one
    that is refused leaves the others alone. Each command has the rights of the batch's token. What only reads, what
    shows a secret or may take longer, and another batch, is refused in a batch. Where others would be kept from
    writing for more than a second, all of it is refused: send fewer at once.
    """
    entries = [entry_of(call, command) for command in call.body["commands"]]
    carry_out = _all_or_nothing if call.body["mode"] == WHOLLY else _one_by_one
    return call.execute(carry_out(entries), partial(_shown, entries=entries), is_large=True)


def _all_or_nothing(entries: Sequence[Entry]) -> Callable[[Transaction], dict[str, Any]]:
    """What carries out all commands. Raises `CommandRefused`: at once where one is not well formed."""
    parts = []
    for index, entry in enumerate(entries):
        if isinstance(entry.given, Exception):
            raise CommandRefused(index, entry.refused(entry.given))
        parts.append(entry.given.part)

    def carry_out(tx: Transaction) -> dict[str, Any]:
        try:
            done = all_or_nothing(tx, parts, REFUSALS)
        except Refused as refused:
            raise CommandRefused(refused.index, entries[refused.index].refused(refused.error)) from refused
        return {"position": tx.position, "results": list(map(vars, done))}

    return carry_out


def _one_by_one(entries: Sequence[Entry]) -> Callable[[Transaction], dict[str, Any]]:
    """What carries out those commands that are well formed, and of them those that are not refused.

    Of the others it tells nothing, so that no receipt keeps what was sent: what is wrong with them is seen again.
    """
    parts = [entry.given.part for entry in entries if isinstance(entry.given, Given)]

    def carry_out(tx: Transaction) -> dict[str, Any]:
        outcomes = iter(one_by_one(tx, parts, REFUSALS))
        told = [_told(entry, next(outcomes)) if isinstance(entry.given, Given) else None for entry in entries]
        return {"position": tx.position, "results": told}

    return carry_out


def _told(entry: Entry, outcome: Done | Exception) -> dict[str, Any]:
    return {"refused": entry.refused(outcome)} if isinstance(outcome, Exception) else vars(outcome)


def _shown(call: Call, told: dict[str, Any], entries: Sequence[Entry]) -> dict[str, Any]:
    """A result for each command, as of when it had been carried out."""
    with call.reading() as reading:
        open_call = replace(call, open_reading=reading)
        results = [_result(open_call, entry, each) for entry, each in zip(entries, told["results"], strict=True)]
    return {"position": told["position"], "results": results}


def _result(call: Call, entry: Entry, told: dict[str, Any] | None) -> Result:
    if told is None:
        before = Forbidden("it was refused when this batch was given first")  # and would not be any more
        return entry.refused(before if isinstance(entry.given, Given) else entry.given)
    if "refused" in told:
        refused: Result = told["refused"]
        return refused
    if isinstance(entry.given, Exception):
        raise entry.given
    assert call.open_reading is not None
    left = replace(call, open_reading=call.open_reading.at(told["position"]))
    try:
        return entry.given.result(left, told["told"], told["position"])
    except HiddenSince as error:
        return entry.refused(error)
