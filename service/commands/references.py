"""Checks that the ids which a command names belong to things that exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Table

from aggregates.refusals import UnknownReference
from projections.engine.rows import Row
from projections.kinds import NAMED_BY
from service.ledger.ledger import Transaction

_CHECKED = ("owner_id", "author_id", "person_id", "organization_id")
"""The facts that `check` looks up; stages and pipelines have rules of their own."""


def check(tx: Transaction, facts: Mapping[str, object], before: object = None) -> None:
    """Raise `UnknownReference` where a fact names a user, person or organization that is not there.

    What ``before`` names already may be named again, whatever became of it since.
    """
    for name in _CHECKED:
        key = facts.get(name)
        if key is not None and key != getattr(before, name, None):
            existing(tx, NAMED_BY[name].table, NAMED_BY[name].name, key)


def check_each(tx: Transaction, table: Table, kind: str, keys: Iterable[Any], before: Collection[Any] = ()) -> None:
    """As `check`, of a list of keys of one table; those that ``before`` holds may be named again."""
    for key in keys:
        if key not in before:
            existing(tx, table, kind, key)


def existing(tx: Transaction, table: Table, kind: str, key: Any) -> Row:
    """The current row of a thing that a command names; raises `UnknownReference` where it is not there."""
    row = tx.visible(table, key)
    if row is None or row.get("is_deleted") or not row.get("is_active", True):
        raise UnknownReference(f"there is no {kind} {key}")
    return row
