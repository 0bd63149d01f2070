"""Prints the events of one opportunity in order, with the fields that each changed in its lead and its deal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from aggregates.event import Event
from aggregates.money import in_words
from projections import timeline
from projections.differences import COMPARED, Amount, Change, Thing, changes, differing, forms, touches
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.kinds import SUBJECTS
from projections.names import names_of
from projections.sentences import sentences
from projections.users import USERS
from service.cli.opened import opened_ledger
from service.ledger.ledger import Ledger
from service.log.history import events_at, position_at

_AT_ONCE = 100


def walk(kind: str, key: Any, *, step: bool) -> None:
    """Tell all that happened to an opportunity, which is named by its lead or its deal; perhaps one event at a time."""
    with opened_ledger(reads_events=True) as ledger:
        for number, lines in enumerate(_story(ledger, kind, key)):
            if step and number:
                click.pause("Press Enter to go on …")
            click.echo("\n".join(lines))


def _story(ledger: Ledger, kind: str, key: Any) -> Iterator[list[str]]:
    """The events of an opportunity from the first one on, in lines; no connection is held between two of them."""
    with ledger.reading() as reading:
        row = find(reading, SUBJECTS[kind].table, key)
        if row is None:
            raise click.ClickException(f"there is no such {kind}")
        things, end = forms(reading, row["opportunity_id"]), position_at(reading.connection)
    after: int | None = None
    while told := _told(ledger, row["opportunity_id"], things, after, end):
        yield from told.values()
        after = max(told)


def _told(
    ledger: Ledger, opportunity_id: str, things: Sequence[Thing], after: int | None, end: int
) -> dict[int, list[str]]:
    """The next events of an opportunity, in lines, by position."""
    with ledger.reading() as reading:
        about = timeline.Subject("opportunity_id", opportunity_id)
        positions = timeline.positions(reading.at(end), about, oldest_first=True, after=after, limit=_AT_ONCE)
        events = sorted(events_at(reading.connection, ledger.mapper, positions).items())
        said = sentences(reading, [event for _, event in events])
        names = names_of(reading, USERS, (event.by for _, event in events))
        made = _changes(reading, things, positions)
    return {
        position: [*_heading(position, event, sentence, names), *made.get(position, ())]
        for (position, event), sentence in zip(events, said, strict=True)
    }


def _changes(reading: Reading, things: Sequence[Thing], positions: Sequence[int]) -> dict[int, list[str]]:
    """What changed at those positions, in lines."""
    made: dict[int, list[str]] = {}
    if positions:
        touched = touches(reading, things, positions[0], positions[-1])
        for change in changes(reading, touched, positions[-1]):
            made.setdefault(change.position, []).extend(_change(change))
    return made


def _heading(position: int, event: Event, sentence: str, names: dict[int, str]) -> Iterator[str]:
    assert event.metadata is not None
    who = "The system" if event.by is None else names.get(event.by, f"user {event.by}")
    yield f"{position}  {event.at}  {plain(who)}  {plain(sentence)}"
    if event.metadata.reason is not None:
        yield f"  reason: {plain(event.metadata.reason)}"
    yield f"  client: {plain(event.metadata.client)}"


def _change(change: Change) -> Iterator[str]:
    kind = change.thing.kind
    before, after = COMPARED[kind].facts(change.before), COMPARED[kind].facts(change.after)
    for name in differing(before, after):
        yield f"  {kind} {name}: {_in_words(before.get(name))} → {_in_words(after.get(name))}"


def _in_words(fact: Any) -> str:
    match fact:
        case None:
            return "nothing"
        case bool():
            return "yes" if fact else "no"
        case Amount(minor, currency):
            return f"{in_words(minor, currency)} {currency}"
        case str():
            return f"“{plain(fact)}”"
    return plain(json.dumps(fact, ensure_ascii=False))


def plain(text: str) -> str:
    """Text on one line, in which nothing can steer the terminal that shows it."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
