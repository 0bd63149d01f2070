"""Finds everything that tells of somebody, and the words by which texts may know who it is."""

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
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.tokens import TOKENS
from projections.users import USERS

Things = dict[Table, list[Any]]
"""The keys of things, by the table that keeps their rows; what was ever linked counts, whatever it is linked to now."""

Conditions = Mapping[Table, Sequence[ColumnElement[bool]]]
"""What rows of tables are looked for, beside those of opportunities."""


def about_person(reading: Reading, person_id: int) -> Things:
    """What is, or ever was, about a person; an activity counts, too, to which the person was asked."""
    directly = {NOTES: [NOTES.c.person_id == person_id], ACTIVITIES: _asked(reading, person_id)}
    return {PERSONS: [person_id]} | _linked_to(reading, PERSONS.c.person_id, person_id, directly)


def about_organization(reading: Reading, organization_id: int) -> Things:
    """What is, or ever was, about an organization; the persons who belong to it are not."""
    directly = {table: [table.c.organization_id == organization_id] for table in (NOTES, ACTIVITIES)}
    key = ORGANIZATIONS.c.organization_id
    return {ORGANIZATIONS: [organization_id]} | _linked_to(reading, key, organization_id, directly)


def about_opportunity(reading: Reading, key: int | str, *, kind: str) -> Things:
    """What is about a lead or a deal: both forms of its opportunity, with all that hangs on it."""
    table = FORMS[kind].table
    query = select(table.c.opportunity_id).where(_key(table) == key, every_version(table)).distinct()
    return _hanging_on(reading, sorted(reading.execute(query).scalars()), {})


def about_user(reading: Reading, user_id: int) -> Things:
    """What is about a user who works, or worked, here: the user's row, and those of all the user's tokens."""
    query = select(TOKENS.c.token_id).where(TOKENS.c.user_id == user_id, every_version(TOKENS)).distinct()
    return {USERS: [user_id], TOKENS: sorted(reading.execute(query).scalars())}


def rows_about(reading: Reading, things: Mapping[Table, Sequence[Any]]) -> dict[str, list[Row]]:
    """The rows of things as they are now, by the name of their table, in the order of their keys."""

    def rows(table: Table, keys: Sequence[Any]) -> list[Row]:
        return rows_of(reading, select(table).where(_key(table).in_(keys), holding(table)).order_by(_key(table)))

    return {
        str(table.name): [row for some in chunks(keys) for row in rows(table, some)] for table, keys in things.items()
    }


def words_of_person(reading: Reading, person_id: int) -> list[str]:
    """The names, addresses and numbers by which a person is, or ever was, known, as texts hold them."""
    query = select(PERSONS.c.name, PERSONS.c.emails, PERSONS.c.phones).where(*_ever(person_id))
    words = set()
    for name, *ways in reading.execute(query):
        words |= {name, *(way["value"] for each in ways for way in json.loads(each))}
    return _words(words)


def words_of_organization(reading: Reading, organization_id: int) -> list[str]:
    """The names and addresses, those in the web too, by which an organization is, or ever was, known."""
    told = ORGANIZATIONS.c.name, ORGANIZATIONS.c.website, ORGANIZATIONS.c.linkedin, ORGANIZATIONS.c.address
    its = ORGANIZATIONS.c.organization_id == organization_id, every_version(ORGANIZATIONS)
    words: set[str | None] = set()
    for *names, address in reading.execute(select(*told).where(*its)):
        words |= {*names, json.loads(address or "{}").get("value")}
    return _words(words)


def words_of_user(reading: Reading, user_id: int) -> list[str]:
    """The names and addresses by which a user is, or ever was, known."""
    query = select(USERS.c.name, USERS.c.email).where(USERS.c.user_id == user_id, every_version(USERS))
    return _words(word for row in reading.execute(query) for word in row)


def _words(found: Iterable[str | None]) -> list[str]:
    return sorted({word for word in found if word is not None} - {ERASED, ""})


def _ever(person_id: int) -> tuple[ColumnElement[bool], ...]:
    """All versions of a person."""
    return PERSONS.c.person_id == person_id, every_version(PERSONS)


def _linked_to(reading: Reading, key: Column[Any], number: int, directly: Conditions) -> Things:
    """What a contact was ever linked to: leads and deals with all that hangs on them, and what is linked ``directly``.

    A lead or a deal that was counts whole: texts tell of whoever they are about, and nobody can say of which sentence
    that was.
    """

    def opportunities(table: Table) -> Iterable[str]:
        query = select(table.c.opportunity_id).where(table.c[key.name] == number, every_version(table)).distinct()
        return reading.execute(query).scalars()

    return _hanging_on(
        reading, sorted({each for form in FORMS.values() for each in opportunities(form.table)}), directly
    )


def _hanging_on(reading: Reading, opportunities: Sequence[str], directly: Conditions) -> Things:
    """Both forms of opportunities, with all that hangs on them, and what is linked ``directly``."""
    return {
        kind.table: _keys(reading, kind.table, [*directly.get(kind.table, ()), *_of(kind.table, opportunities)])
        for kind in KINDS.values()
        if kind.is_about_people and "opportunity_id" in kind.linked_to
    }


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
