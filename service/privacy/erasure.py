"""Erases what tells of somebody: destroys the keys of personal values in events, and overwrites them in read models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import orjson
from sqlalchemy import Connection

from aggregates.erasure import Erasure as Started
from aggregates.identity import stream_id
from aggregates.refusals import Gone, Refusal
from projections.data_subject import Things
from projections.engine.erasing import erase as erase_rows
from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.statements import chunks
from projections.leads import LEADS
from projections.signals import SIGNALS, gather_again
from service.database.temporary import remove_abandoned
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.keyed_events import WITH_KEYS
from service.log.personal import is_readable, readable
from service.log.schema import drop_leftovers
from service.log.tables import EVENTS
from service.privacy.erasure_state import Erasure, Found, announce, erasure_of, keep
from service.privacy.file_scrub import scrub_files
from service.privacy.hand_over import HandOver
from service.privacy.holding import check_not_held
from service.privacy.mentions import Look, Mentions
from service.privacy.sought_words import SoughtWords
from service.privacy.subjects import Subject, are_readable
from service.readiness.policy import policy_for
from service.readiness.reactions import judge_leads

_MOST_UNDER_LOCK = 500
"""Events that came meanwhile and may be looked through while everybody else waits: some hundredths of a second."""

Progress = Callable[[int], object]
"""Told how many more events were looked through."""


def erase(
    ledger: Ledger, origin: Origin, subject: Subject, legal_basis: str, progress: Progress = lambda _: None
) -> Erasure:
    """Erase a subject: destroy the keys of all that tells of it, and overwrite what read models hold of it.

    Before, the whole log is looked through for names, addresses and numbers of the subject's in what stays readable,
    while others go on reading and writing. The origin's reason and the legal basis are kept for ever, so they tell
    nothing of anybody. When this returns, the erasure is confirmed by an event with counts; where it broke off in
    between, it can be called again. Raises `Refusal` for what is on legal hold, and where a reason is missing.
    """
    ledger.execute(origin, partial(announce_erasure, subject=subject))
    return go_on(ledger, origin, subject, legal_basis, progress)


def go_on(
    ledger: Ledger, origin: Origin, subject: Subject, legal_basis: str, progress: Progress = lambda _: None
) -> Erasure:
    """Carry an erasure out that was announced, from where it broke off; as `erase`. What was done stays as it is."""
    with ledger.reading() as reading:
        erasure = erasure_of(reading.connection, subject)
    assert erasure is not None
    if erasure.is_confirmed:
        return erasure
    words: Sequence[str] = ()
    if erasure.found is None:
        erasure, words = _look_and_begin(ledger, origin, subject, legal_basis, progress)
    ledger.event_log.stream_keys.forget()
    remove_abandoned()
    with ledger.database.alone():
        HandOver(ledger).note_erasures()
        scrub_files(ledger.database, [*words, *map(folded, words)])
    return ledger.execute(origin, partial(_confirm, erasure=erasure))


def announce_erasure(tx: Transaction, subject: Subject) -> None:
    """Check that a subject may be erased, and note that it has begun. Raises what `erase` does."""
    if tx.metadata.reason is None:
        raise Refusal(f"say in reason why the {subject.name} is erased")
    subject.check_there(tx.reading)
    known = erasure_of(tx.connection, subject)
    if known is None or known.is_confirmed:
        _check(tx, _About.subject(tx.reading, subject), subject)
        announce(tx.connection, subject)


@dataclass(frozen=True)
class _About:
    """The words to look for elsewhere, the keys of all rows about the subject, and the streams of these."""

    words: Sequence[str]
    things: Things
    streams: Sequence[UUID]

    @classmethod
    def subject(cls, reading: Reading, subject: Subject) -> _About:
        things = subject.things(reading)
        return cls(subject.words(reading), things, subject.streams(things))

    @property
    def look(self) -> Look:
        return Look(SoughtWords(self.words), frozenset(self.streams))


@dataclass(frozen=True)
class _Looked:
    """How far the log was searched, what for, and what was found."""

    about: _About
    upto: int
    mentions: Mentions


def _check(tx: Transaction, about: _About, subject: Subject) -> None:
    """Raise `Gone` where nothing of a subject can be read any more, and `Refusal` where it may not be erased."""
    if not are_readable(tx.connection, about.streams):
        raise Gone(f"nothing readable is left of {subject}; it was erased already")
    subject.check_ended(tx.reading)
    check_not_held(tx.reading, about.things)


def _look_and_begin(
    ledger: Ledger, origin: Origin, subject: Subject, legal_basis: str, progress: Progress
) -> tuple[Erasure, Sequence[str]]:
    """Look through the log, and go on looking where it has grown much meanwhile, until the erasure has begun.

    It begins while nobody rebuilds read models, which would bring back what was read before; what others left behind
    is removed.
    """
    looked: _Looked | None = None
    while True:
        looked = _look(ledger, subject, looked, progress)
        begin = partial(_begin, ledger=ledger, subject=subject, legal_basis=legal_basis, looked=looked)
        with ledger.database.alone(), as_persistence_errors():
            drop_leftovers(ledger.database)
            begun = ledger.execute(origin, begin)
        if begun is not None:
            return begun, looked.about.words


def _look(ledger: Ledger, subject: Subject, before: _Looked | None, progress: Progress) -> _Looked:
    with ledger.reading() as reading:
        about, upto = _About.subject(reading, subject), position_at(reading.connection)
    if before is None or before.about != about:
        before = _Looked(about, 0, Mentions())
        about.look.through_access_records(ledger.event_log, before.mentions)
    about.look.through_events(ledger.event_log, before.upto, upto, before.mentions, progress)
    return replace(before, upto=upto)


def _begin(tx: Transaction, ledger: Ledger, subject: Subject, legal_basis: str, looked: _Looked) -> Erasure | None:
    """Destroy the keys and overwrite the rows; None where more of the log must be searched before."""
    known = erasure_of(tx.connection, subject)
    if known is not None and known.found is not None:
        return known
    about, end = _About.subject(tx.reading, subject), tx.position
    _check(tx, about, subject)
    if about != looked.about or end - looked.upto > _MOST_UNDER_LOCK:
        return None
    mentions = Mentions(looked.mentions.total, [*looked.mentions.places])
    about.look.through_events(ledger.event_log, looked.upto, end, mentions, lambda _: None)
    subject.take_off(tx)
    events, plain = _events_of(tx.connection, about.streams)
    destroyed = tx.destroy_keys(about.streams)
    told = {"legal_basis": legal_basis, "is_redaction": subject.is_redaction, "streams": destroyed}
    started = Started.start(tx.next_number("erasure"), kind=subject.name, key=subject.key, **told)
    tx.save(started)
    rows = erase_rows(tx.connection, about.things)
    rows += gather_again(tx.connection, about.things.get(SIGNALS, ()))
    tx.rows.forget()  # they are others now
    found = Found(len(destroyed), events, rows, mentions.total, mentions.places, plain)
    erasure = Erasure(subject, started.erasure_id, found)
    keep(tx.connection, erasure)
    return erasure


def _confirm(tx: Transaction, erasure: Erasure) -> Erasure:
    """Record what was done, and judge again the leads whose texts are gone."""
    known, found = erasure_of(tx.connection, erasure.subject), erasure.found
    if known is not None and known.is_confirmed:
        return known
    assert found is not None
    assert erasure.erasure_id is not None
    started = tx.load(Started, stream_id("erasure", erasure.erasure_id))
    started.confirm(keys=found.keys, events=found.events, rows=found.rows, mentions=found.mentioned)
    leads = erasure.subject.things(tx.reading).get(LEADS, ())
    confirmed = replace(erasure, position=tx.save(started, *judge_leads(tx, policy_for(tx), leads)))
    keep(tx.connection, confirmed)
    return confirmed


def _events_of(connection: Connection, streams: Sequence[UUID]) -> tuple[int, int]:
    """How many events of streams hold what the streams' keys decrypt, and how many what stays readable, see `Found`.

    Raises `Refusal` where one holds all that is personal in the clear.
    """
    encrypted = plain = 0
    for some in chunks(stream.hex for stream in streams):
        for position, _, _, topic, stored, wrapped in connection.execute(WITH_KEYS.where(EVENTS.c.stream_id.in_(some))):
            state = orjson.loads(bytes(stored))
            if is_readable(topic, state):
                raise Refusal(f"event {position} was recorded readably by an older version and cannot be erased")
            encrypted += "encrypted" in state and wrapped is not None
            plain += bool(readable(topic, state))
    return encrypted, plain
