"""Makes proof files: one event, or what a lead or a deal was at a moment, with all that shows it to somebody else.

A file is JSON: the checkpoint that all of it leads to, and either an ``event`` or the ``streams`` of the thing and of
the stage that it stood in, ``as_of`` a position and perhaps a time. An event comes with its stored bytes, the other
parts of its leaf and its inclusion proof. A stream comes with all its events up to the position and the one that came
next, and with its head as of the checkpoint: the ``end`` of the way through the tree of heads, and the hashes
``beside`` that way, from the root down. `service.evidence.verifier` checks it all, and tells what it comes to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from projections.engine.reading import Reading
from projections.engine.statements import at_one_moment
from service.database.database import Database
from service.evidence.checkpoints import Checkpoint, last_note
from service.evidence.notary import Notary
from service.evidence.proofs import in_base64
from service.evidence.sealer import TreeAltered
from service.evidence.stream_heads import stream_head
from service.evidence.tables import STREAM_HEADS
from service.evidence.tree import StoredTree
from service.evidence.verifier.events import Entry
from service.evidence.verifier.notes import Checkpoint as SealedBy
from service.evidence.verifier.proofs import PROOF_VERSION, check_proof, stream_of
from service.evidence.verifier.standing import standing_of
from service.evidence.verifier.verdicts import Altered, Uncheckable
from service.log.errors import as_persistence_errors
from service.log.moments import NotThere
from service.log.tables import EVENTS
from service.obstacles import Obstacle

Told = dict[str, Any]

_COLUMNS = EVENTS.c.position, EVENTS.c.stream_id, EVENTS.c.version, EVENTS.c.topic, EVENTS.c.state


def event_proof(database: Database, notary: Notary, position: int, *, is_checked: bool = True) -> str:
    """The proof file of the event at a position. Raises `NotThere`, or an `Obstacle`.

    One that is not checked holds what the database holds, whether that fits together or not: who is given it checks it.
    """

    def tell(connection: Connection, checkpoint: Checkpoint) -> Told:
        _check_sealed(position, checkpoint)
        if not (found := _events(connection, checkpoint, EVENTS.c.position == position)):
            raise TreeAltered(f"there is no event {position}, though a checkpoint covers it")
        return {"event": found[0]}

    if not is_checked:
        with suppress(Obstacle):  # a log that nobody may sign any more is shown all the same
            notary.checkpoint()
        return _text(_told(database, tell)[0])
    return _written(database, notary, tell)


def moment_proof(
    database: Database, notary: Notary, kind: str, number: int | str, position: int, time: str | None
) -> str:
    """The proof file of what a lead or a deal was at a position, and at a time, where one was asked for.

    Raises `NotThere` where the newest checkpoint does not reach that far, or an `Obstacle`.
    """

    def tell(connection: Connection, checkpoint: Checkpoint) -> Told:
        _check_sealed(position, checkpoint)
        streams = [_stream(connection, checkpoint, kind, number, position)]
        if (stage_id := _stage_of(connection, kind, number, position)) is not None:
            streams.append(_stream(connection, checkpoint, "stage", stage_id, position))
        return {"as_of": {"position": position, "time": time}, "streams": streams}

    return _written(database, notary, tell, None if time is None else datetime.fromisoformat(time))


def _written(
    database: Database,
    notary: Notary,
    tell: Callable[[Connection, Checkpoint], Told],
    time: datetime | None = None,
) -> str:
    """A proof that leads to a checkpoint since a time, as text; it is checked before it is given out."""
    notary.checkpoint(since=time)
    told, checkpoint = _told(database, tell)
    sealed = SealedBy(checkpoint.origin, checkpoint.size, checkpoint.root, {**checkpoint.lines}, None, checkpoint.time)
    try:
        check_proof(told, sealed)
    except Uncheckable as error:
        raise NotThere(str(error)) from None
    except Altered as error:
        raise TreeAltered(f"this log proves something else than was signed: {error}") from None
    return _text(told)


def _told(database: Database, tell: Callable[[Connection, Checkpoint], Told]) -> tuple[Told, Checkpoint]:
    """What a proof tells that leads to the newest checkpoint, and that."""
    with (
        as_persistence_errors(),
        database.reading() as connection,
        at_one_moment(Reading(connection), STREAM_HEADS),
    ):
        note = last_note(connection)
        if note is None:
            raise NotThere("nothing was signed yet")
        checkpoint = Checkpoint.of(note)
        return {"format": PROOF_VERSION, "checkpoint": note, **tell(connection, checkpoint)}, checkpoint


def _text(told: Told) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _check_sealed(position: int, checkpoint: Checkpoint) -> None:
    if position > checkpoint.size:
        raise NotThere(f"the newest checkpoint is of {checkpoint.size} events")


def _stream(connection: Connection, checkpoint: Checkpoint, kind: str, number: int | str, position: int) -> Told:
    if checkpoint.streams is None:
        raise NotThere("the newest checkpoint is from before checkpoints named the heads of streams")
    stream = stream_of(kind, number)
    is_of_stream = EVENTS.c.stream_id == stream
    events = _events(connection, checkpoint, is_of_stream, EVENTS.c.position <= position)
    events += _events(connection, checkpoint, is_of_stream, EVENTS.c.version == len(events) + 1)
    end, beside = stream_head(connection, stream, checkpoint.streams)
    return {"kind": kind, "id": number, "events": events, "end": end, "beside": _in_base64(beside)}


def _events(connection: Connection, checkpoint: Checkpoint, *which: Any) -> list[Told]:
    query = select(*_COLUMNS).where(*which, EVENTS.c.position <= checkpoint.size).order_by(EVENTS.c.position)
    tree = StoredTree(connection)
    return [
        {
            "position": position,
            "stream": stream,
            "version": version,
            "topic": topic,
            "state": in_base64(bytes(state)),
            "path": _in_base64(tree.inclusion(position, checkpoint.size)),
        }
        for position, stream, version, topic, state in connection.execute(query).all()
    ]


def _stage_of(connection: Connection, kind: str, number: int | str, position: int) -> int | None:
    """The stage that a deal stood in; None for a lead, and where there was none."""
    is_before = EVENTS.c.stream_id == stream_of(kind, number), EVENTS.c.position <= position
    query = select(*_COLUMNS).where(*is_before).order_by(EVENTS.c.version)
    events = [Entry(*row, previous=None) for row in connection.execute(query)]
    try:
        standing = standing_of(kind, events)
    except Uncheckable as error:
        raise NotThere(str(error)) from None
    return None if standing is None else standing.stage_id


def _in_base64(nodes: list[bytes]) -> list[str]:
    return [*map(in_base64, nodes)]
