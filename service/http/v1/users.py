"""Users in version 1 of the wire (wire reference 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import Schema, fields

from projections.engine.rows import Row
from projections.users import USERS, find_users, users
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.fields import Flag, QueryFlag, Text
from service.http.followers import serve_followers_of_users
from service.http.operations import serve_get
from service.http.pipedrive import UserNotFound, v1
from service.http.resource import Resource
from service.http.times import classic
from service.http.v1.lists import serve_whole_list
from service.http.wire_fields import Constant, WireField, always_null, schema

_FOUNDER = 1
_ENGLISH = 1
_LAST_LOGIN = "add_time"
"""Nobody logs in where tokens let in; as the wire wants a time, it is when the user came."""


class UserSearch(Schema):
    """Which users to find: by name or, where that is asked for, by email address."""

    term = Text(required=True)
    search_by_email = QueryFlag(load_default=False)


class Access(Schema):
    """Whether a user administrates a part of the product."""

    app = fields.String(required=True)
    admin = Flag(required=True)
    permission_set_id = fields.UUID(required=True)


class Language(Schema):
    """A language and the country it is spoken in."""

    language_code = fields.String(required=True)
    country_code = fields.String(required=True)


def timezone_offset(name: str, now: datetime) -> str:
    """How far a time zone is from UTC at a moment, such as ``+02:00``; one that this machine lacks counts as UTC."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "+00:00"
    return now.astimezone(zone).isoformat()[-6:]


def _access(is_admin: bool) -> list[dict[str, Any]]:
    """The parts of the product and whether the user administrates them; a permission set is all who do, or do not."""
    return [
        {"app": app, "admin": is_admin, "permission_set_id": str(uuid5(NAMESPACE_URL, f"leadledger/{app}/{is_admin}"))}
        for app in ("sales", "global", "account_settings")
        if is_admin or app != "account_settings"
    ]


def _seen_by_the_caller(call: Call, rows: list[Row]) -> list[Row]:
    now, user_id = call.time.now(), call.user.user_id
    return [
        row | {"timezone_offset": timezone_offset(row["timezone_name"], now), "is_you": row["user_id"] == user_id}
        for row in rows
    ]


def _known(row: Row | None, _time: AnswerTime) -> Row:
    if row is None:
        raise UserNotFound("it does not exist")
    return row


USER = Resource(
    __name__,
    v1,
    noun="a user",
    plural="users",
    missing="User not found or not accessible.",
    table=USERS,
    wire_fields=(
        WireField("id", shows=fields.Integer(), source="user_id"),
        WireField("name", shows=fields.String()),
        WireField("default_currency", shows=fields.String()),
        WireField("locale", shows=fields.String()),
        WireField("lang", shows=fields.Integer(), source=Constant(_ENGLISH)),
        WireField("email", shows=fields.String()),
        always_null("phone", fields.String),
        WireField("activated", shows=Flag(), source=Constant(True)),
        WireField("last_login", shows=fields.String(), source=_LAST_LOGIN, convert=classic),
        WireField("created", shows=fields.String(), source="add_time", convert=classic),
        WireField("modified", shows=fields.String(), source="update_time", convert=classic),
        WireField("has_created_company", shows=Flag(), source=lambda row: row["user_id"] == _FOUNDER),
        WireField("access", shows=fields.List(fields.Nested(Access)), source="is_admin", convert=_access),
        WireField("active_flag", shows=Flag(), source="is_active"),
        WireField("timezone_name", shows=fields.String()),
        WireField("timezone_offset", shows=fields.String()),
        WireField("role_id", shows=fields.Integer(), source=Constant(1)),
        always_null("icon_url", fields.String),
        WireField("is_you", shows=Flag()),
        WireField("is_deleted", shows=Flag(), source=Constant(False)),
    ),
    complete=_seen_by_the_caller,
    readable=_known,
    remark="; times are ``YYYY-MM-DD HH:MM:SS``",
)


CURRENT_USER = schema(
    "CurrentUserAnswer",
    __name__,
    "The caller and the company the caller works for.",
    {
        "company_id": fields.Integer(required=True),
        **{f"company_{name}": fields.String(required=True) for name in ("name", "domain", "country", "industry")},
        "language": fields.Nested(Language, required=True),
    },
    USER.answer,
)


serve_whole_list(USER, "Everybody who works here or did once.", users)


@v1.route("GET", "/users/find", query=UserSearch, answer=USER.answer, many=True, has_past=True)
def find_users_by_name(call: Call) -> list[Any]:
    """Users whose name or email address holds a term."""
    query = call.query
    with call.reading() as reading:
        return USER.show(call, find_users(reading, query["term"], by_email=query["search_by_email"]))


@v1.route("GET", "/users/me", answer=CURRENT_USER, no_past="it tells who asks, and that is now")
def get_current_user(call: Call) -> Any:
    """The caller, and the company the caller works for."""
    row = USER.row(call, call.user.user_id)
    language_code, _, country_code = row["locale"].partition("_")
    return {
        **USER.show(call, [row])[0],
        "company_id": 1,
        "company_name": "Leadledger",
        "company_domain": "leadledger",
        "company_country": country_code,
        "company_industry": "",
        "language": {"language_code": language_code, "country_code": country_code},
    }


serve_get(USER, "One user.")
serve_followers_of_users(USER)
