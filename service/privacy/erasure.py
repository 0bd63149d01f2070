"""A person flows in, and nothing readable is left of the person anywhere, while every event stays what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Table, select

from aggregates.identity import stream_id
from aggregates.person import Person
from aggregates.refusals import Refusal
from projections.activities import ACTIVITIES
from projections.erasing import erase as erase_rows
from projections.inbox import LEADS
from projections.notes import NOTES
from projections.persons import PERSONS
from projections.pipeline import DEALS
from projections.signals import SIGNALS
from projections.subject import things_about, words_for
from service.ledger import Ledger, Origin, Transaction
from service.log.tables import EVENTS
from service.privacy.mentions import Mention, mentions_of
from service.privacy.personal import is_readable
from service.privacy.remains import wipe
from service.readiness.keeping import judge_leads

_AT_ONCE = 400

_KINDS: dict[Table, str] = {PERSONS: "person", DEALS: "deal", NOTES: "note", ACTIVITIES: "activity"}
"""What is numbered, and so has its stream by that; leads and signals bear their streams' own ids."""


@dataclass(frozen=True)
class Erasure:
    """What an erasure came to, as `PersonErased` tells it, and where a name or an address may still be read."""

    person_id: int
    keys: int
    events: int
    rows: int
    mentions: Sequence[Mention]
    position: int


@dataclass(frozen=True)
class _Begun:
    things: Mapping[Table, Sequence[Any]]
    words: Sequence[str]
    keys: int
    events: int
    rows: int


def erase(ledger: Ledger, origin: Origin, person_id: int, legal_basis: str) -> Erasure:
    """Erase a person: destroy the keys of all that tells of the person, and overwrite what read models hold of it.

    The origin's reason and the legal basis are kept for ever, so they tell nothing of the person. When this returns,
    the erasure is confirmed by an event with counts; where it broke off in between, it can be called again. Raises
    `Refusal` for a person on legal hold, and where a reason is missing.
    """
    begun = ledger.execute(origin, partial(_begin, person_id=person_id, legal_basis=legal_basis))
    ledger.event_log.stream_keys.forget()
    with ledger.database.reading() as connection:
        mentions = mentions_of(connection, begun.words)
    wipe(ledger.database, () if mentions else begun.words)
    position = ledger.execute(origin, partial(_confirm, person_id=person_id, begun=begun, mentions=len(mentions)))
    return Erasure(person_id, begun.keys, begun.events, begun.rows, mentions, position)


def streams_of(things: Mapping[Table, Sequence[Any]]) -> list[UUID]:
    """The streams of things."""
    return [
        UUID(key) if table in (LEADS, SIGNALS) else stream_id(_KINDS[table], key)
        for table, keys in things.items()
        for key in keys
    ]


def _begin(tx: Transaction, person_id: int, legal_basis: str) -> _Begun:
    if tx.metadata.reason is None:
        raise Refusal("say in reason why the person is erased")
    person = tx.load(Person, stream_id("person", person_id))
    person.erase(legal_basis)
    words, things = words_for(tx.connection, person_id), things_about(tx.connection, person_id)
    streams = streams_of(things)
    events = _encrypted_events(tx.connection, streams)
    tx.save(person)
    keys = tx.destroy_keys(streams)
    return _Begun(things, words, keys, events, erase_rows(tx.connection, things))


def _confirm(tx: Transaction, person_id: int, begun: _Begun, mentions: int) -> int:
    """Note what was done, and have leads judged again that read otherwise now."""
    person = tx.load(Person, stream_id("person", person_id))
    person.confirm_erased(keys=begun.keys, events=begun.events, rows=begun.rows, mentions=mentions)
    return tx.save(person, *judge_leads(tx, tx.policy, begun.things[LEADS]))


def _encrypted_events(connection: Connection, streams: Sequence[UUID]) -> int:
    """How many events of streams tell of people. Raises `Refusal` where one does so readably."""
    found = 0
    for start in range(0, len(streams), _AT_ONCE):
        some = [stream.hex for stream in streams[start : start + _AT_ONCE]]
        told = select(EVENTS.c.position, EVENTS.c.topic, EVENTS.c.state).where(EVENTS.c.stream_id.in_(some))
        for position, topic, stored in connection.execute(told):
            state = orjson.loads(bytes(stored))
            if is_readable(topic, state):
                raise Refusal(f"event {position} was recorded readably by an older version and cannot be erased")
            found += "encrypted" in state
    return found
