"""Makes all rows of the read models of what events told, where there are many in a process of its own."""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from typing import Any

from projections.engine.replayed import ReplayedRows
from projections.engine.statements import Filled
from projections.projection import project
from service.log.replaying import Told, events_of
from service.maintenance.aside import PLAIN, UnnamedFile, Written, values_in
from service.obstacles import Obstacle

AHEAD = 8
"""Batches of events that wait for the process beside, or rows of theirs for being written."""

_START = "fork" if sys.platform == "linux" else "spawn"
"""How the process beside begins. A fork has all that is imported; one that begins anew imports the program that was
started, which takes a second of processor time where that is the command line. Elsewhere a fork is not safe."""

Batches = Iterable[Sequence[Told]]
"""What the events of the log told from its beginning on, some at a time."""

Progress = Callable[[int], object]
"""Told how many more events were replayed."""


class HelperEnded(Obstacle):
    """The process that makes rows of events has ended, killed perhaps, or out of memory."""


class Filling:
    """Applies events to rows that are in no table yet, and hands them out as they become final."""

    def __init__(self) -> None:
        self._aside = UnnamedFile()
        self._rows = ReplayedRows(self._aside)

    def after(self, told: Iterable[Told]) -> Filled:
        """The rows that are to be written once these events, the next ones, have happened."""
        for position, event in events_of(told):
            project(self._rows, event, position)
        return self._rows.filled()

    def end(self) -> Filled:
        """When there are no more events: all other rows but those of the versions that hold then."""
        return self._rows.end()

    def left(self) -> Iterator[Written]:
        """The versions that hold in the end."""
        return self._aside.all()


def filled_here(batches: Batches, progress: Progress) -> Iterator[Filled]:
    """The rows that events make, made in this process while somebody writes them."""
    filling = Filling()
    with _uncollected():
        for told in batches:
            yield filling.after(told)
            progress(len(told))
        yield filling.end()
        yield from map(_read, filling.left())


def filled_beside(batches: Batches, progress: Progress) -> Iterator[Filled]:
    """The rows that events make, made by another process while this one reads events and somebody writes rows.

    It is given what the events told, and uses neither keys nor a database: so both processes have about as much to do.
    Raises `HelperEnded` where it was killed, and else what it raises.
    """
    pool = ProcessPoolExecutor(1, get_context(_START), _begin)
    try:
        with _uncollected():
            yield from _filled_by(pool, batches, progress)
    except BrokenProcessPool as error:
        raise HelperEnded(
            "the process that makes the rows of the read models has ended before its time, killed perhaps or for want "
            "of memory; nothing was put in the place of what was there: try again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _filled_by(pool: ProcessPoolExecutor, batches: Batches, progress: Progress) -> Iterator[Filled]:
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    for told in batches:
        waiting.append((len(told), pool.submit(_after, marshal.dumps(list(map(tuple, told))))))
        if len(waiting) > AHEAD:
            yield from _done(*waiting.popleft(), progress)
    for each in waiting:
        yield from _done(*each, progress)
    end, left = pool.submit(_end), pool.submit(_left)
    yield marshal.loads(end.result())
    while written := marshal.loads(left.result()):
        left = pool.submit(_left)
        yield _read(written)


def _done(events: int, rows: Future[bytes], progress: Progress) -> Iterator[Filled]:
    yield marshal.loads(rows.result())
    progress(events)


def _read(written: Written) -> Filled:
    name, versions = written
    return [(name, list(map(values_in, versions)))]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for objects that refer to each other in a circle.

    Those of a replay do not, there are very many, and to look at them takes a tenth of its time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# In the process beside:

_filling: list[Filling] = []
_versions: list[Iterator[Written]] = []


def _begin() -> None:
    gc.disable()  # for the same reason as `_uncollected`
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is asked to stop is the process that it works for
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    _filling.append(Filling())


def _end_with(parent: Any) -> None:
    """End when the process that it works for has."""
    connection.wait([parent.sentinel])
    os._exit(1)


def _after(told: bytes) -> bytes:
    return _written(_filling[0].after(marshal.loads(told)))


def _end() -> bytes:
    rows = _written(_filling[0].end())
    _versions.append(_filling[0].left())
    return rows


def _left() -> bytes:
    """Some of the versions that are left, and nothing when there are no more."""
    return marshal.dumps(next(_versions[0], None), PLAIN)


def _written(rows: Filled) -> bytes:
    return marshal.dumps(list(rows), PLAIN)
