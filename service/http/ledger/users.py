"""Routes of users: administrators let them in and out, and whoever works here sets a password and ends its sessions."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, fields, validate

from aggregates.scopes import admitted
from projections.users import USERS
from service.commands import users as commands
from service.http.call import Call
from service.http.errors import Forbidden
from service.http.fields import Email, Flag, Text
from service.http.problem_details import ledger
from service.http.scopes import administrates
from service.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_of
from service.text import composed

_MISSING = "there is no such user"
_LOCALE = validate.Regexp(r"[a-z]{2}_[A-Z]{2}\Z", error="it must be a language and a region, such as nb_NO")


class NewUser(Schema):
    """Somebody who shall work here: an auditor reads everything and changes nothing."""

    name = Text(required=True)
    email = Email(required=True)
    is_admin = Flag(load_default=False)
    is_auditor = Flag(load_default=False)
    default_currency = Text(3, load_default="NOK")
    locale = fields.String(load_default="nb_NO", validate=_LOCALE)
    timezone_name = fields.String(load_default="Europe/Oslo", validate=validate.OneOf(sorted(available_timezones())))


class LedgerUser(Schema):
    """Somebody who works here, or did once."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    is_admin = Flag(required=True)
    is_auditor = Flag(required=True)
    is_active = Flag(required=True)


class Password(Text):
    """A password: a line of text of 12 characters or more, in which blanks at the ends count, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(LONGEST_PASSWORD, **options)
        self.validators = [validate.Length(SHORTEST_PASSWORD, LONGEST_PASSWORD)]

    def _by_rule(self, given: str) -> str:
        super()._by_rule(given)
        return composed(given)


class NewPassword(Schema):
    """A password to sign in with in a browser: of 12 characters or more, whatever they are."""

    password = Password(required=True, metadata={"example": "correct horse battery staple"})


class SignedOut(Schema):
    """In how many browsers the user had signed in."""

    browsers = fields.Integer(required=True)


class UserId(Schema):
    """Which user it was."""

    id = fields.Integer(required=True)


@ledger.route("POST", "/users", body=NewUser, answer=LedgerUser, status=201, is_for_administrators=True)
def add_user(call: Call) -> Any:
    """Let somebody work here; 409 where an active user has that e-mail address."""
    return call.execute(lambda tx: commands.add(tx, call.body)["user_id"], _shown)


@ledger.route(
    "POST", "/users/<id:active_user_id>/deactivate", answer=LedgerUser, missing=_MISSING, is_for_administrators=True
)
def deactivate_user(call: Call, active_user_id: int) -> Any:
    """Let a user in no longer, with whatever token or password; 409 for the last administrator."""

    command = partial(commands.deactivate, user_id=active_user_id)
    return call.execute(command, lambda call, _: _shown(call, active_user_id))


@ledger.route(
    "PUT",
    "/users/<id:active_user_id>/password",
    body=NewPassword,
    answer=UserId,
    missing=_MISSING,
    is_confidential=True,
)
def set_password(call: Call, active_user_id: int) -> Any:
    """Let a user sign in with another password, and in no browser any more with the one before.

    Only administrators set those of others. The log tells that it was done, and neither the password nor its hash.
    """
    _check_own(call, active_user_id)
    _check_whole(call)
    command = partial(commands.set_password, user_id=active_user_id, password_hash=hash_of(call.body["password"]))
    return call.execute(command, lambda *_: {"id": active_user_id})


@ledger.route("POST", "/users/<id:active_user_id>/sign-out", answer=SignedOut, missing=_MISSING)
def sign_out_user(call: Call, active_user_id: int) -> Any:
    """End the sessions of all browsers in which a user has signed in with a password; other tokens stay good."""
    _check_own(call, active_user_id)
    command = partial(commands.sign_out_everywhere, user_id=active_user_id)
    return call.execute(command, lambda _, browsers: {"browsers": browsers})


def _check_own(call: Call, user_id: int) -> None:
    if user_id != call.user.user_id and not administrates(call.user):
        raise Forbidden("only an administrator may do this to others")


def _check_whole(call: Call) -> None:
    """Who signs in with a password may do whatever his role admits, so a token for less must not set one."""
    user = call.user
    if user.scopes != admitted(is_admin=user.is_admin, is_auditor=user.is_auditor):
        raise Forbidden("a token that has not all scopes of its user's role sets no password")


def _shown(call: Call, user_id: int) -> dict[str, Any]:
    row = call.row_left(USERS, user_id)
    return {"id": user_id} | {name: row[name] for name in ("name", "email", "is_admin", "is_auditor", "is_active")}
