"""The table of tokens, how events change it, and how tokens are listed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Boolean, Column, Index, bindparam, select

from aggregates.event import Event
from aggregates.scopes import admitted, in_order
from aggregates.user import TokenIssued, TokenLimited, TokenRevoked
from projections.engine.erasing import PERSONAL_TEXT
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import Number, SortableText, table_with_past
from projections.engine.validity import holding
from projections.users import USERS

TOKENS = table_with_past(
    "tokens",
    Column("token_id", SortableText, primary_key=True),
    Column("user_id", Number, nullable=False),
    Column("name", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("scopes", SortableText, nullable=False),
    Column("expires", SortableText),
    Column("replaces", SortableText),
    Column("is_revoked", Boolean, nullable=False),
    Column("add_time", SortableText, nullable=False),
    indexes=[Index("tokens_by_user", "user_id")],
    key=("token_id",),
)
"""Tokens: whose each is, and what for; ``scopes`` are words with blanks between. What lets in is in no read model."""

ORDER = ("add_time", "token_id")
"""The order in which tokens are listed, the newest first."""

ALL = 2**31
"""More than there will ever be."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let an event about a token change what is known of it."""
    match event:
        case TokenIssued():
            rows.insert(TOKENS, position, _issued(event))
        case TokenLimited():
            rows.change(TOKENS, position, (event.token_id,), expires=event.expires)
        case TokenRevoked():
            rows.change(TOKENS, position, (event.token_id,), is_revoked=True)


def tokens(
    reading: Reading, user_id: int | None = None, *, after: Sequence[str] | None = None, limit: int = ALL
) -> list[Row]:
    """Tokens that were not revoked, of one user or of all, each with the name of its ``user``, the newest first.

    They begin behind the values of `ORDER`, and one more comes than the limit where more follow. Their scopes are those
    that the user's role admits.
    """
    query = _listed(user_id is not None, after is not None, limit)
    behind = {f"after_{name}": value for name, value in zip(ORDER, after or (), strict=False)}
    found = query.rows(reading, {"user_id": user_id, **behind})
    return [{**row, "scopes": in_order(usable(row["scopes"], row["is_admin"], row["is_auditor"]))} for row in found]


@lru_cache(maxsize=256)
def usable(scopes: str, is_admin: bool, is_auditor: bool) -> frozenset[str]:
    """The scopes in a token's column that its user's role admits: tokens from before there were scopes have all."""
    return frozenset(scopes.split()) & admitted(is_admin=is_admin, is_auditor=is_auditor)


@lru_cache(COMPILED)
def _listed(is_of_one: bool, continues: bool, limit: int) -> Query:
    user = USERS.c.name.label("user"), USERS.c.is_admin, USERS.c.is_auditor
    query = select(TOKENS, *user).join(USERS, USERS.c.user_id == TOKENS.c.user_id)
    query = query.where(holding(TOKENS), holding(USERS), TOKENS.c.is_revoked.is_(False))
    if is_of_one:
        query = query.where(TOKENS.c.user_id == bindparam("user_id", type_=Number))
    order = [TOKENS.c[name] for name in ORDER]
    after = [bindparam(f"after_{column.name}", type_=SortableText) for column in order] if continues else None
    return Query(page(query, order, descending=True, after=after, limit=limit))


def _issued(event: TokenIssued) -> Row:
    told = {name: getattr(event, name) for name in ("token_id", "user_id", "name", "expires", "replaces")}
    return {**told, "scopes": " ".join(event.scopes), "is_revoked": False, "add_time": event.at}
