"""Makes all rows of the read models of stored events, where there are many in a process of its own."""

from __future__ import annotations

import gc
import marshal
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any

from projections.engine.replayed import ReplayedRows
from projections.engine.statements import Filled
from projections.projection import project
from service.clock import wall_clock
from service.log.epochs import Epochs
from service.log.replaying import CipherOf, Stored, events_of, told_by
from service.log.stream_keys import StreamKeys
from service.maintenance.aside import UnnamedFile
from service.obstacles import Obstacle

AHEAD = 3
"""Batches of events that wait for the process beside, or rows of theirs for being written."""

Batches = Iterable[Sequence[Stored]]
"""The events of the log from its beginning on, some at a time."""

Progress = Callable[[int], object]
"""Told how many more events were replayed."""


class HelperEnded(Obstacle):
    """The process that makes rows of events has ended, killed perhaps, or out of memory."""


class Filling:
    """Applies events to rows that are in no table yet, and hands them out as they become final."""

    def __init__(self, cipher_of: CipherOf) -> None:
        self._cipher_of = cipher_of
        self._rows = ReplayedRows(UnnamedFile())

    def after(self, stored: Sequence[Stored]) -> Filled:
        """The rows that are to be written once these events, the next ones, have happened."""
        for position, event in events_of(told_by(each, self._cipher_of) for each in stored):
            project(self._rows, event, position)
        return self._rows.filled()

    def rest(self) -> Iterator[Filled]:
        """All other rows, when there are no more events."""
        return self._rows.rest()


def filled_here(batches: Batches, cipher_of: CipherOf, progress: Progress) -> Iterator[Filled]:
    """The rows that events make, made in this process while somebody writes them."""
    filling = Filling(cipher_of)
    for stored in batches:
        yield filling.after(stored)
        progress(len(stored))
    yield from filling.rest()


def filled_beside(batches: Batches, key_file: Path, progress: Progress) -> Iterator[Filled]:
    """The rows that events make, made by another process while this one reads events and somebody writes rows.

    It is given the events, and has the file with the keys to them, and no database. Raises `HelperEnded` where it was
    killed, and else what it raises.
    """
    pool = ProcessPoolExecutor(1, get_context("spawn"), _begin, (key_file,))
    try:
        waiting: deque[tuple[int, Future[bytes]]] = deque()
        for stored in batches:
            waiting.append((len(stored), pool.submit(_after, marshal.dumps(list(map(tuple, stored))))))
            if len(waiting) > AHEAD:
                yield from _done(*waiting.popleft(), progress)
        for each in waiting:
            yield from _done(*each, progress)
        rest = pool.submit(_rest)
        while rows := marshal.loads(rest.result()):
            rest = pool.submit(_rest)
            yield rows
    except BrokenProcessPool as error:
        raise HelperEnded(
            "the process that makes the rows of the read models has ended before its time, killed perhaps or for want "
            "of memory; nothing was put in the place of what was there: try again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _done(events: int, rows: Future[bytes], progress: Progress) -> Iterator[Filled]:
    yield marshal.loads(rows.result())
    progress(events)


# In the process beside:

_filling: list[Filling] = []
_left: list[Iterator[Filled]] = []


def _begin(key_file: Path) -> None:
    gc.disable()  # what it keeps refers to nothing that refers to it, and looking for that takes a tenth of its time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is asked to stop is the process that it works for
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    _filling.append(Filling(StreamKeys(Epochs(key_file, wall_clock)).cipher))


def _end_with(parent: Any) -> None:
    """End when the process that it works for has."""
    connection.wait([parent.sentinel])
    os._exit(1)


def _after(stored: bytes) -> bytes:
    return _written(_filling[0].after(list(map(Stored._make, marshal.loads(stored)))))


def _rest() -> bytes:
    """Some of the rows that are left, and nothing when there are no more."""
    if not _left:
        _left.append(_filling[0].rest())
    return _written(next(_left[0], ()))


def _written(rows: Filled) -> bytes:
    return marshal.dumps(list(rows))
