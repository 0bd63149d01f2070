"""The table of notes, how events change it, and how notes are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, and_, bindparam, not_, select

from aggregates.note import LINKS, NoteEvent
from projections.deals import DEALS
from projections.engine.erasing import PERSONAL_TEXT
from projections.engine.folding import folded
from projections.engine.pages import offset_page, reach_of, telling
from projections.engine.read_model import Derived, ReadModel
from projections.engine.reading import Reading
from projections.engine.rows import Question, Row
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import (
    LINKED,
    NOT_DELETED,
    Number,
    SortableText,
    ended_by,
    first_index,
    order_indexes,
    present_index,
    record_table,
)
from projections.engine.validity import Validity, holding
from projections.markup import text_lines
from projections.places import REVERTED

NOTES = record_table(
    "notes",
    Column("note_id", Number, primary_key=True, autoincrement=False),
    Column("opportunity_id", SortableText),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("content", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("content_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("author_id", Number, nullable=False),
    Column("editor_id", Number),
    Column("created_position", Number, nullable=False),
    Column("is_pinned_to_opportunity", Boolean, nullable=False),
    Column("is_pinned_to_person", Boolean, nullable=False),
    Column("is_pinned_to_organization", Boolean, nullable=False),
    indexes=[
        *order_indexes("notes_by_id", [], "note_id", only=NOT_DELETED),
        *order_indexes("notes_by_add_time", [], "add_time", "note_id", only=NOT_DELETED),
        *order_indexes("notes_by_update_time", [], "update_time", "note_id", only=NOT_DELETED),
        *order_indexes("notes_by_author", ["author_id"], "note_id", only=NOT_DELETED),
        present_index("notes_by_opportunity", "opportunity_id", "note_id"),
        present_index("notes_by_person", "person_id", "note_id"),
        present_index("notes_by_organization", "organization_id", "note_id"),
        first_index("notes_first", "note_id"),
    ],
    ended=[
        ended_by("notes_ended_by_opportunity", "opportunity_id"),
        ended_by("notes_ended_by_person", "person_id"),
        ended_by("notes_ended_by_organization", "organization_id"),
    ],
    key=("note_id",),
    restricted=LINKED,
)
"""Every note there ever was; ``editor_id`` is who changed it last. The folded content is what the note says without its
tags, as it is written and, on a line of its own where that differs, as HTML shows it."""


def _holds(link: str, pinned_to: Sequence[str]) -> bool:
    return link in pinned_to


def _folded_content(content: str) -> str:
    return "\n".join(dict.fromkeys(map(folded, text_lines(content))))


READ_MODEL = ReadModel(
    NOTES,
    NoteEvent,
    derived={
        "content_folded": Derived(_folded_content, "content"),
        **{f"is_pinned_to_{link}": Derived(partial(_holds, link), "pinned_to") for link in LINKS},
    },
)


def notes(
    reading: Reading,
    *,
    only: Sequence[tuple[str, Any]] = (),
    pins: Mapping[str, bool] = MappingProxyType({}),
    since: str | None = None,
    before: str | None = None,
    updated_since: str | None = None,
    order: Sequence[tuple[str, bool]] = (),
    start: int,
    limit: int,
    told: tuple[str, ...] = (),
) -> list[Row]:
    """Notes that are not deleted by offset, and one more than the limit where more follow.

    ``only`` names columns and the value, or a list of the values, that each must have; ``pins`` says of lead, deal,
    person and organization whether the notes are pinned to one; ``since`` and ``before`` are about when a note was
    written. ``order`` names columns, and ``deal_id``, and whether they descend, and ends in the order of the notes'
    numbers. What is null comes last. ``told`` names the columns that are wanted, unless it is all of them.
    """
    times = {"since": since, "before": before, "updated_since": updated_since}
    values = {"start": start, **times, **{f"only_{place}": value for place, (_, value) in enumerate(only)}}
    query = _notes(
        tuple((name, isinstance(value, list)) for name, value in only),
        tuple(pins.items()),
        tuple(name for name, time in times.items() if time is not None),
        tuple(order),
        reach_of(start, limit),
        limit,
        told,
    )
    return query.rows(reading, values)


@lru_cache(COMPILED)
def _notes(
    only: tuple[tuple[str, bool], ...],
    pins: tuple[tuple[str, bool], ...],
    times: tuple[str, ...],
    order: tuple[tuple[str, bool], ...],
    reach: int,
    limit: int,
    told: tuple[str, ...],
) -> Query:
    """`notes` of one shape: ``only`` says of each column whether it may have several values."""
    query = telling(READ_MODEL.present(), NOTES, told)
    for place, (name, is_list) in enumerate(only):
        value = bindparam(f"only_{place}", expanding=is_list, type_=NOTES.c[name].type)
        query = query.where(NOTES.c[name].in_(value) if is_list else NOTES.c[name] == value)
    query = query.where(*(_PINNED[pin] if is_pinned else not_(_PINNED[pin]) for pin, is_pinned in pins))
    query = query.where(*(_TIMES[name] for name in times))
    names, descending = zip(*order, ("note_id", False), strict=True)
    columns: list[ColumnElement[Any]] = [_ITS_DEAL if name == "deal_id" else NOTES.c[name] for name in names]
    named = [name for name, _ in only]
    return Query(offset_page(query, columns, descending, reach, limit, table=NOTES, only=named))


def present_notes(by: ColumnElement[bool]) -> Validity:
    """The notes that are not deleted; ``by`` is as `holding` has it."""
    return holding(NOTES, and_(by, NOTES.c.is_deleted.is_(False)))


def last_written_on(opportunity_id: str, limit: int) -> Question:
    """The question for the ``content`` of an opportunity's last notes that are not deleted."""
    return Question(NOTES, _WRITTEN_ON, {"opportunity_id": opportunity_id, "limit": limit})


_WRITTEN_ON = Query(
    select(NOTES.c.content)
    .where(present_notes(by=NOTES.c.opportunity_id == bindparam("opportunity_id")))
    .order_by(NOTES.c.note_id.desc())
    .limit(bindparam("limit", type_=Number))
)

_ITS_DEAL = (
    select(DEALS.c.deal_id)
    .where(DEALS.c.place != REVERTED, holding(DEALS, by=DEALS.c.opportunity_id == NOTES.c.opportunity_id))
    .scalar_subquery()
)
"""The deal that a note's opportunity is now, where it is one."""

_PINNED: dict[str, ColumnElement[bool]] = {
    "lead": and_(NOTES.c.is_pinned_to_opportunity.is_(True), _ITS_DEAL.is_(None)),
    "deal": and_(NOTES.c.is_pinned_to_opportunity.is_(True), _ITS_DEAL.is_not(None)),
    "person": NOTES.c.is_pinned_to_person.is_(True),
    "organization": NOTES.c.is_pinned_to_organization.is_(True),
}

_TIMES = {
    "since": NOTES.c.add_time >= bindparam("since"),
    "before": NOTES.c.add_time < bindparam("before"),
    "updated_since": NOTES.c.update_time >= bindparam("updated_since"),
}
