"""Users flow out here as version 1 of the wire has them (wire reference 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import Schema, fields

from projections.engine.rows import Row, find
from projections.users import USERS, find_users, users
from service.http.call import Call
from service.http.fields import Flag, QueryFlag, Text
from service.http.pipedrive import UserNotFound, v1
from service.http.times import classic

_MISSING = "User not found or not accessible."
_FOUNDER = 1
_ENGLISH = 1


class UserSearch(Schema):
    """Which users to find: by name or, where that is asked for, by email address."""

    term = Text(required=True)
    search_by_email = QueryFlag(load_default=False)


class Access(Schema):
    """Whether a user administrates a part of the product."""

    app = fields.String(required=True)
    admin = Flag(required=True)
    permission_set_id = fields.UUID(required=True)


class UserAnswer(Schema):
    """A user as version 1 shows it; times are ``YYYY-MM-DD HH:MM:SS``."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    default_currency = fields.String(required=True)
    locale = fields.String(required=True)
    lang = fields.Integer(required=True)
    email = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    activated = Flag(required=True)
    last_login = fields.String(required=True)
    created = fields.String(required=True)
    modified = fields.String(required=True)
    has_created_company = Flag(required=True)
    access = fields.List(fields.Nested(Access), required=True)
    active_flag = Flag(required=True)
    timezone_name = fields.String(required=True)
    timezone_offset = fields.String(required=True)
    role_id = fields.Integer(required=True)
    icon_url = fields.String(required=True, allow_none=True)
    is_you = Flag(required=True)
    is_deleted = Flag(required=True)


class Language(Schema):
    """A language and the country it is spoken in."""

    language_code = fields.String(required=True)
    country_code = fields.String(required=True)


class CurrentUserAnswer(UserAnswer):
    """The caller and the company the caller works for."""

    company_id = fields.Integer(required=True)
    company_name = fields.String(required=True)
    company_domain = fields.String(required=True)
    company_country = fields.String(required=True)
    company_industry = fields.String(required=True)
    language = fields.Nested(Language, required=True)


@v1.route("GET", "/users", answer=UserAnswer, many=True, has_past=True)
def get_users(call: Call) -> list[Any]:
    """Everybody who works here or did once."""
    with call.reading() as reading:
        return [user_answer(row, call) for row in users(reading)]


@v1.route("GET", "/users/find", query=UserSearch, answer=UserAnswer, many=True, has_past=True)
def find_users_by_name(call: Call) -> list[Any]:
    """Users whose name or email address holds a term."""
    query = call.query
    with call.reading() as reading:
        found = find_users(reading, query["term"], by_email=query["search_by_email"])
    return [user_answer(row, call) for row in found]


@v1.route("GET", "/users/me", answer=CurrentUserAnswer)
def get_current_user(call: Call) -> Any:
    """The caller, and the company the caller works for."""
    row = _found(call, call.user.user_id)
    language_code, _, country_code = row["locale"].partition("_")
    return {
        **user_answer(row, call),
        "company_id": 1,
        "company_name": "Leadledger",
        "company_domain": "leadledger",
        "company_country": country_code,
        "company_industry": "",
        "language": {"language_code": language_code, "country_code": country_code},
    }


@v1.route("GET", "/users/<id:user_id>", missing=_MISSING, answer=UserAnswer, has_past=True)
def get_user(call: Call, user_id: int) -> Any:
    """One user."""
    return user_answer(_found(call, user_id), call)


def _found(call: Call, user_id: int) -> Row:
    with call.reading() as reading:
        row = find(reading, USERS, user_id)
    if row is None:
        raise UserNotFound(_MISSING)
    return row


def user_answer(row: Row, call: Call) -> dict[str, Any]:
    """A user as version 1 shows one to the caller.

    Nobody logs in where tokens let in; as the wire wants a time there, it is the day the user came.
    """
    return {
        "id": row["user_id"],
        "name": row["name"],
        "default_currency": row["default_currency"],
        "locale": row["locale"],
        "lang": _ENGLISH,
        "email": row["email"],
        "phone": None,
        "activated": True,
        "last_login": classic(row["add_time"]),
        "created": classic(row["add_time"]),
        "modified": classic(row["update_time"]),
        "has_created_company": row["user_id"] == _FOUNDER,
        "access": _access(row["is_admin"]),
        "active_flag": row["is_active"],
        "timezone_name": row["timezone_name"],
        "timezone_offset": timezone_offset(row["timezone_name"], call.now),
        "role_id": 1,
        "icon_url": None,
        "is_you": row["user_id"] == call.user.user_id,
        "is_deleted": False,
    }


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
