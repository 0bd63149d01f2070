"""Finds persons, organizations and leads by what makes them look like the same ones: addresses, names and titles."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, select

from aggregates.event import ERASED
from projections import organizations, persons
from projections.engine.folding import folded, start
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText
from projections.engine.validity import holding
from projections.leads import LEADS
from projections.legal_forms import without_legal_form
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS, SEVERAL
from projections.places import INBOX

MOST_HINTS = 10
"""Things of one kind that are named."""

_BUT_FOR_ITS_FORM = "the same name but for the legal form"


class Hint(NamedTuple):
    """A thing that is likely to be the same as one of a lead's: its kind, its key, and why."""

    what: str
    key: int | str
    why: str


def person_with_email(reading: Reading, emails: Collection[str]) -> int | None:
    """The first person that was added of those who have one of these addresses."""
    return min(_reached_by(reading, emails), default=None)


def organization_named(reading: Reading, name: str) -> int | None:
    """The first organization that was added of those of this name, whatever its case and blanks."""
    values = {"start": _start_of_company(name), "name": folded(name)}
    return next((number for (number,) in _OF_NAME.tuples(reading, values)), None)


def hints(reading: Reading, lead: Row) -> list[Hint]:
    """What looks like the person, the organization, or the lead itself, of a lead."""
    found: list[Hint] = []
    if lead["person_id"] is not None:
        found += _like_person(reading, lead["person_id"])
    if lead["organization_id"] is not None:
        found += _like_organization(reading, lead["organization_id"])
    return [*found, *_like_lead(reading, lead)]


def _like_person(reading: Reading, person_id: int) -> list[Hint]:
    person = find(reading, PERSONS, person_id)
    if person is None or person["name"] == ERASED:
        return []
    values = {"start": start(person["name_folded"]), "name": person["name_folded"], "limit": MOST_HINTS + 1}
    why = {number: "the same name" for (number,) in _NAMESAKES.tuples(reading, values)}
    why |= dict.fromkeys(_reached_by(reading, person["emails_folded"].split("\n")), "the same e-mail address")
    return [Hint("person", other, why[other]) for other in sorted(why) if other != person_id][:MOST_HINTS]


def _like_organization(reading: Reading, organization_id: int) -> list[Hint]:
    organization = find(reading, ORGANIZATIONS, organization_id)
    if organization is None:
        return []
    values = {"start": _start_of_company(organization["name"]), "limit": MOST_HINTS + 1}
    return [
        Hint("organization", number, "the same name" if name == organization["name_folded"] else _BUT_FOR_ITS_FORM)
        for number, name in _ALIKE.tuples(reading, values)
        if number != organization_id
    ][:MOST_HINTS]


def _like_lead(reading: Reading, lead: Row) -> Iterator[Hint]:
    told = {name: lead[name] for name in ("lead_id", "person_id", "organization_id", "title_folded")}
    for row in _WAITING.rows(reading, {**told, "place": INBOX, "limit": MOST_HINTS}):
        is_theirs = lead["person_id"] is not None and row["person_id"] == lead["person_id"]
        yield Hint("lead", row["lead_id"], f"the same {'person' if is_theirs else 'organization and title'}")


def _reached_by(reading: Reading, emails: Collection[str]) -> list[int]:
    """The persons who have one of these addresses; those who have several are looked through."""
    sought = {folded(email) for email in emails} - {""}
    if not sought:
        return []
    found = _BY_EMAIL.tuples(reading, {"starts": [*map(start, sought), SEVERAL]})
    return [number for number, theirs in found if not sought.isdisjoint(theirs.split("\n"))]


def _start_of_company(name: str) -> str:
    return start(without_legal_form(name))


_LIMIT = bindparam("limit", type_=Number)
_PERSONS = persons.READ_MODEL.present()
_COMPANIES = organizations.READ_MODEL.present().order_by(ORGANIZATIONS.c.organization_id)
_BY_EMAIL = Query(
    _PERSONS.with_only_columns(PERSONS.c.person_id, PERSONS.c.emails_folded).where(
        PERSONS.c.email_start_folded.in_(bindparam("starts", expanding=True))
    )
)
_NAMESAKES = Query(
    _PERSONS.with_only_columns(PERSONS.c.person_id)
    .where(PERSONS.c.name_start_folded == bindparam("start"), PERSONS.c.name_folded == bindparam("name"))
    .order_by(PERSONS.c.person_id)
    .limit(_LIMIT)
)
_OF_NAME = Query(
    _COMPANIES.with_only_columns(ORGANIZATIONS.c.organization_id)
    .where(ORGANIZATIONS.c.name_start_folded == bindparam("start"), ORGANIZATIONS.c.name_folded == bindparam("name"))
    .limit(1)
)
_ALIKE = Query(
    _COMPANIES.with_only_columns(ORGANIZATIONS.c.organization_id, ORGANIZATIONS.c.name_folded)
    .where(ORGANIZATIONS.c.name_start_folded == bindparam("start"))
    .limit(_LIMIT)
)
_SAME_TITLE = and_(
    LEADS.c.organization_id == bindparam("organization_id", type_=Number),
    LEADS.c.title_folded == bindparam("title_folded", type_=SortableText),
)
_WAITING = Query(
    select(LEADS.c.lead_id, LEADS.c.person_id)
    .where(holding(LEADS), LEADS.c.place == bindparam("place"), LEADS.c.lead_id != bindparam("lead_id"))
    .where(or_(LEADS.c.person_id == bindparam("person_id", type_=Number), _SAME_TITLE))
    .order_by(LEADS.c.created_position)
    .limit(_LIMIT)
)
