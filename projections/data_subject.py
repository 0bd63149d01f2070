"""Finds everything that tells of a person, and the words by which the person can be found in texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, false, or_, select

from aggregates.event import ERASED
from projections.activities import ACTIVITIES
from projections.engine.reading import Reading
from projections.engine.rows import Row, rows_of
from projections.engine.statements import chunks
from projections.engine.substrings import as_lines, holds, whole_line
from projections.engine.tables import key_columns
from projections.engine.validity import every_version, holding
from projections.kinds import KINDS
from projections.notes import NOTES
from projections.opportunities import FORMS
from projections.persons import PERSONS


def things_about(reading: Reading, person_id: int) -> dict[Table, list[Any]]:
    """The keys of all that is, or ever was, about a person: whatever was linked to the person at any time.

    A lead or a deal that was, with all that hangs on the opportunity, in both its forms: texts tell of whoever they
    are about, and nobody can say of which sentence that was. An activity counts, too, to which the person was asked.
    """
    opportunities = sorted({each for form in FORMS.values() for each in _linked(reading, form.table, person_id)})
    directly = {NOTES: [NOTES.c.person_id == person_id], ACTIVITIES: _asked(reading, person_id)}
    return {PERSONS: [person_id]} | {
        kind.table: _keys(reading, kind.table, [*directly.get(kind.table, ()), *_of(kind.table, opportunities)])
        for kind in KINDS.values()
        if kind.is_about_people and "opportunity_id" in kind.linked_to
    }


def rows_about(reading: Reading, things: Mapping[Table, Sequence[Any]]) -> dict[str, list[Row]]:
    """The rows of things as they are now, by the name of their table, in the order of their keys."""

    def rows(table: Table, keys: Sequence[Any]) -> list[Row]:
        return rows_of(reading, select(table).where(_key(table).in_(keys), holding(table)).order_by(_key(table)))

    return {
        str(table.name): [row for some in chunks(keys) for row in rows(table, some)] for table, keys in things.items()
    }


def words_for(reading: Reading, person_id: int) -> list[str]:
    """The names, addresses and numbers by which a person is, or ever was, known, as texts hold them."""
    query = select(PERSONS.c.name, PERSONS.c.emails, PERSONS.c.phones).where(*_ever(person_id))
    words = set()
    for name, *ways in reading.execute(query):
        words |= {name, *(way["value"] for each in ways for way in json.loads(each))}
    return sorted(words - {ERASED, ""})


def _ever(person_id: int) -> tuple[ColumnElement[bool], ...]:
    """All versions of a person."""
    return PERSONS.c.person_id == person_id, every_version(PERSONS)


def _linked(reading: Reading, table: Table, person_id: int) -> Iterable[str]:
    query = select(table.c.opportunity_id).where(table.c.person_id == person_id, every_version(table)).distinct()
    return reading.execute(query).scalars()


def _asked(reading: Reading, person_id: int) -> list[ColumnElement[bool]]:
    """The activities that a person takes part in, or is asked to by one of the person's addresses in any spelling."""
    emails = reading.execute(select(PERSONS.c.emails_folded).where(*_ever(person_id))).scalars()
    addresses = {address for each in emails for address in each.split("\n")} - {""}
    number = [f'"person_id": {person_id}{end}' for end in (",", "}")]
    people = [holds(column, each) for column in (ACTIVITIES.c.participants, ACTIVITIES.c.attendees) for each in number]
    invited = as_lines(ACTIVITIES.c.attendees_folded)
    return [*people, *(holds(invited, whole_line(each)) for each in sorted(addresses))]


def _of(table: Table, opportunities: Sequence[str]) -> list[ColumnElement[bool]]:
    return [table.c.opportunity_id.in_(some) for some in chunks(opportunities)]


def _keys(reading: Reading, table: Table, conditions: Sequence[ColumnElement[bool]]) -> list[Any]:
    found = reading.execute(select(_key(table)).where(or_(false(), *conditions), every_version(table)).distinct())
    return sorted(found.scalars())


def _key(table: Table) -> Column[Any]:
    (key,) = key_columns(table)
    return key
