"""The table of users, how events change it, how users are found, and who a caller is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, bindparam, select

from aggregates.event import Event
from aggregates.scopes import admitted
from aggregates.user import UserAdded, UserDeactivated
from projections.engine.erasing import PERSONAL_TEXT
from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows, rows_of
from projections.engine.statements import Query
from projections.engine.substrings import holds
from projections.engine.tables import Number, SortableText, current_index, table_with_past
from projections.engine.validity import holding

USERS = table_with_past(
    "users",
    Column("user_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("name_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("email", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("email_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("is_admin", Boolean, nullable=False),
    Column("is_auditor", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("default_currency", SortableText, nullable=False),
    Column("locale", SortableText, nullable=False),
    Column("timezone_name", SortableText, nullable=False),
    Column("add_time", SortableText, nullable=False),
    Column("update_time", SortableText, nullable=False),
    indexes=[current_index("users_by_address", "email_folded")],
    key=("user_id",),
)
"""Everybody who may, or might once, work here."""


@dataclass(frozen=True)
class Caller:
    """The user whom a token lets in, for which ``scopes``, and until when it ``expires``.

    ``token_id`` is None where the token is none that was issued here.
    """

    user_id: int
    name: str
    is_admin: bool
    default_currency: str
    is_auditor: bool
    scopes: frozenset[str]
    token_id: str | None = None
    expires: str | None = None

    @property
    def viewer(self) -> int | None:
        """For whom questions are answered that the user asks; None, for all to see, where that is everything."""
        return None if self.is_admin or self.is_auditor else self.user_id


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a user change what is known of the user."""
    match event:
        case UserAdded():
            rows.insert(USERS, position, _added(event))
        case UserDeactivated():
            rows.change(USERS, position, (event.user_id,), is_active=False, update_time=event.at)


def caller(reading: Reading, *, email: str | None = None, user_id: int | None = None) -> Caller | None:
    """The user who works here with an address, or an id, with all scopes that the role admits; None where nobody does.

    One query.
    """
    query, value = (_OF_ID, user_id) if email is None else (_OF_ADDRESS, folded(email))
    found = query.tuples(reading, {"value": value})
    if len(found) != 1:
        return None
    user_id, name, is_admin, default_currency, is_auditor = found[0]
    scopes = admitted(is_admin=is_admin, is_auditor=is_auditor)
    return Caller(user_id, name, is_admin, default_currency, is_auditor, scopes)


def users(reading: Reading) -> list[Row]:
    """Everybody who works here or did once, in the order they came."""
    return _USERS.rows(reading, {})


def find_users(reading: Reading, term: str, *, by_email: bool) -> list[Row]:
    """Users whose email address, else whose name holds a term, both folded."""
    searched = USERS.c.email_folded if by_email else USERS.c.name_folded
    query = select(USERS).where(holding(USERS), holds(searched, folded(term)))
    return rows_of(reading, query.order_by(USERS.c.user_id))


def _added(event: UserAdded) -> Row:
    names = ("user_id", "name", "email", "is_admin", "is_auditor", "default_currency", "locale", "timezone_name")
    told = {name: getattr(event, name) for name in names}
    searched = {"name_folded": folded(event.name), "email_folded": folded(event.email)}
    return {**told, **searched, "is_active": True, "add_time": event.at, "update_time": event.at}


_WORKING = select(USERS.c.user_id, USERS.c.name, USERS.c.is_admin, USERS.c.default_currency, USERS.c.is_auditor).where(
    holding(USERS), USERS.c.is_active.is_(True)
)
_OF_ID = Query(_WORKING.where(USERS.c.user_id == bindparam("value", type_=Number)))
_OF_ADDRESS = Query(_WORKING.where(USERS.c.email_folded == bindparam("value", type_=SortableText)))
_USERS = Query(select(USERS).where(holding(USERS)).order_by(USERS.c.user_id))
