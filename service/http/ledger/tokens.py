"""Routes of tokens: whoever is let in lists, issues, rotates and revokes his own, an administrator those of all."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from aggregates.scopes import SCOPES
from projections.engine.rows import Row
from projections.engine.tables import SortableText
from projections.names import names_of
from projections.tokens import ORDER, TOKENS, tokens
from projections.users import USERS
from service.commands import tokens as commands
from service.http.call import Call
from service.http.errors import Forbidden
from service.http.fields import Id, QueryId, Text, Whole
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Named, named
from service.http.problem_details import ledger
from service.http.scopes import administrates
from service.http.time_fields import Moment
from service.log.token_digests import last_uses
from service.tokens import digest_of, new_token

LONGEST_OVERLAP = 366 * 24 * 3600
_MISSING = "there is no such token"
_DAY = 24 * 3600


class TokensQuery(List):
    """Which page, and whose tokens: nobody but administrators and auditors asks for those of others."""

    user_id = QueryId(load_default=None)


class NewToken(Schema):
    """A token to issue: what it is called, to whom, what for, and until when.

    Left out, it is for the caller, has all scopes that the caller's token and the user's role both have, and lets in
    until it is revoked.
    """

    name = Text(required=True)
    user_id = Id()
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), validate=validate.Length(1, len(SCOPES)))
    expires = Moment()


class Rotation(Schema):
    """For how many seconds the token goes on letting in (a day), and until when the new one does.

    Where that is left out, the new one lives as long as the one before was meant to.
    """

    overlap = Whole(0, LONGEST_OVERLAP, load_default=_DAY)
    expires = Moment()


class LedgerToken(Schema):
    """A token: whose, what for, until when (null: until it is revoked), and in which hour it was last used.

    ``replaces`` is the token in whose place it came.
    """

    token_id = fields.String(required=True)
    user = fields.Nested(Named, required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)
    issued_at = Moment(required=True)
    expires = Moment(required=True, allow_none=True)
    last_used = Moment(required=True, allow_none=True)
    replaces = fields.String(required=True, allow_none=True)


class IssuedToken(LedgerToken):
    """A token that was just issued, and the ``token`` itself, which is shown this once."""

    token = fields.String(required=True)


class RevokedToken(Schema):
    """Which token lets nobody in any more."""

    token_id = fields.String(required=True)


@ledger.route("GET", "/tokens", query=TokensQuery, answer=page_of(LedgerToken), has_past=True, is_of_log=False)
def get_tokens(call: Call) -> dict[str, Any]:
    """The caller's tokens that were not revoked, for administrators and auditors everybody's, the newest first.

    As of a moment of the past it is not known when they had last been used.
    """
    user_id, limit = call.query["user_id"], call.query["limit"]
    if not administrates(call.user):
        if user_id not in (None, call.user.user_id):
            raise Forbidden("only an administrator may see the tokens of others")
        user_id = call.user.user_id
    name = ("tokens", user_id or 0)
    after = behind(call.query["cursor"], name, (SortableText, SortableText))
    with call.reading() as reading:
        found = tokens(reading, user_id, after=after, limit=limit)
        ids = [row["token_id"] for row in found] if call.then is None else []
        used = last_uses(reading.connection, ids)
    return page(found, limit, name, lambda row: _shown(row, row["user"], used.get(row["token_id"])), _place)


@ledger.route(
    "POST",
    "/tokens",
    body=NewToken,
    answer=IssuedToken,
    status=201,
    missing="there is no such user",
    is_confidential=True,
    shows_secret=True,
)
def issue_token(call: Call) -> Any:
    """Issue a token, which is shown this once; with no more scopes than the caller's own has.

    Only administrators issue tokens to others.
    """
    given, rights = dict(call.body), _rights(call)
    user_id = given.pop("user_id", call.user.user_id)
    if rights.user_id not in (None, user_id):
        raise Forbidden("only an administrator may issue tokens to others")
    return _execute(call, partial(commands.issue, user_id=user_id, rights=rights, **given))


@ledger.route(
    "POST",
    "/tokens/<token_id:token_id>/rotate",
    body=Rotation,
    answer=IssuedToken,
    status=201,
    missing=_MISSING,
    is_confidential=True,
    shows_secret=True,
)
def rotate_token(call: Call, token_id: str) -> Any:
    """Issue a token of the same name and scopes in the place of one, which lets in for a while longer.

    409 where it was rotated already.
    """
    overlap = timedelta(seconds=call.body["overlap"])
    command = partial(commands.rotate, token_id=token_id, overlap=overlap, rights=_rights(call))
    return _execute(call, partial(command, expires=call.body.get("expires")))


@ledger.route("POST", "/tokens/<token_id:token_id>/revoke", answer=RevokedToken, missing=_MISSING)
def revoke_token(call: Call, token_id: str) -> Any:
    """Let a token let nobody in any more, at once; 409 where it is so already."""
    command = partial(commands.revoke, token_id=token_id, rights=_rights(call))
    return call.execute(command, lambda *_: {"token_id": token_id})


def _rights(call: Call) -> commands.Rights:
    return commands.Rights(call.user.scopes, None if administrates(call.user) else call.user.user_id)


def _execute(call: Call, issue: partial[str]) -> Any:
    """Carry out a command that issues a token, and show that: the command itself learns its digest only."""
    made = new_token()

    def shown(call: Call, token_id: str) -> dict[str, Any]:
        row = call.row_left(TOKENS, token_id)
        row = {**row, "scopes": row["scopes"].split()}
        with call.reading() as reading:
            names = names_of(reading, USERS, [row["user_id"]])
        return {**_shown(row, names.get(row["user_id"]), None), "token": made}

    return call.execute(partial(issue, digest=digest_of(made)), shown)


def _shown(row: Row, user: str | None, last_used: str | None) -> dict[str, Any]:
    return {
        "token_id": row["token_id"],
        "user": named(row["user_id"], user),
        "name": row["name"],
        "scopes": row["scopes"],
        "issued_at": row["add_time"],
        "expires": row["expires"],
        "last_used": last_used,
        "replaces": row["replaces"],
    }


def _place(row: Row) -> list[Any]:
    return [row[name] for name in ORDER]
