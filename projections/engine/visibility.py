"""The rule of who may see what: the table of what is restricted now, and the condition that leaves out the hidden."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    Alias,
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Table,
    and_,
    bindparam,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from projections.engine.substrings import holds
from projections.engine.tables import Number, Restricted, SortableText, current_index, table_with_past
from projections.engine.validity import current

RESTRICTIONS = table_with_past(
    "restrictions",
    Column("subject_id", SortableText, primary_key=True),
    Column("deal_id", Number),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("viewers", SortableText),
    indexes=[
        current_index("restrictions_by_subject", "subject_id"),
        current_index("restrictions_by_person", "person_id"),
        current_index("restrictions_by_organization", "organization_id"),
    ],
    key=("subject_id",),
)
"""Every opportunity, person and organization that not everybody may, or once might, see, by the opportunity's id or
that of the contact's stream; the deal that an opportunity is or was, and a contact, by its number beside. ``viewers``
are the ids of those who may, administrators and auditors beside, as `listed` writes them; null where everybody may."""

VIEWER: BindParameter[str] = bindparam("viewer", type_=SortableText)
"""The user for whom a query is answered, as `among` writes the id."""


def is_hidden(restrictions: FromClause) -> ColumnElement[bool]:
    """Whether what a restriction names is hidden from `VIEWER`; to be asked of those that hold now."""
    return not_(holds(restrictions.c.viewers, VIEWER))


def listed(user_ids: Iterable[int]) -> str:
    """Ids as ``viewers`` holds them: in order, with a comma before and behind each."""
    return f",{','.join(map(str, sorted({*user_ids})))},"


def among(user_id: int) -> str:
    """What `listed` ids hold that this one is among."""
    return f",{user_id},"


def visible(table: FromClause) -> ColumnElement[bool] | None:
    """Which rows of a table, or of an alias of it, `VIEWER` may see; None where everybody may see them all.

    It is judged by what is restricted now, whatever moment a query is about. It costs a look into an index for each
    column of a row that names something, and nothing where that is null.
    """
    rule = restriction_of(table)
    if rule is None:
        return None
    if rule.together is None:
        return and_(*(_lets(table, own, theirs) for own, theirs in rule.columns.items()))
    beside = _stored(table).alias()
    hidden = or_(*(_hides(beside, rule, own) for own in rule.columns))
    same = beside.c[rule.together] == table.c[rule.together]
    return select(literal(1)).where(same, hidden).limit(literal_column("1")).scalar_subquery().is_(None)


def restriction_of(table: FromClause) -> Restricted | None:
    """How rows of a table, or of the one that an alias stands for, are restricted; None where they are not."""
    rule: Restricted | None = _stored(table).info.get("restricted")
    return rule


def _hides(table: FromClause, rule: Restricted, own: str) -> ColumnElement[bool]:
    """Whether a restriction that names what a row's column names, where that counts, keeps the viewer out."""
    is_hidden_with = _lets(table, own, rule.columns[own]).is_(False)
    return and_(table.c[rule.counted[own]].is_(True), is_hidden_with) if own in rule.counted else is_hidden_with


def _lets(table: FromClause, own: str, theirs: str) -> ColumnElement[bool]:
    """Whether no restriction that names what a row's column names keeps the viewer out.

    It is a subquery for one value, which PostgreSQL asks row by row: of NOT EXISTS it makes a join, and as long as it
    has no statistics it joins with all restrictions first.
    """
    restrictions = RESTRICTIONS.alias()
    named = restrictions.c[theirs] == table.c[own], current(restrictions).present
    return select(is_hidden(restrictions)).where(*named).scalar_subquery().is_not(True)


def _stored(table: FromClause) -> Table:
    stored = table.element if isinstance(table, Alias) else table
    assert isinstance(stored, Table)
    return stored
