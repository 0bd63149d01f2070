"""What a command will probably ask for: commands that are committed together have it asked for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from uuid import UUID

from projections.engine.rows import Rows, Wanted
from service.log.keyed_events import streams_of
from service.log.writing import Writing

Step = Callable[[Rows], Wanted]
"""Answers what to read next, given the rows that were read up to then."""


@dataclass(frozen=True)
class Foresight:
    """What a command will probably ask for: the events of ``streams``, and rows, in ``steps``.

    Nothing depends on it: what is not foreseen is read when it is asked for.
    """

    streams: Sequence[UUID] = ()
    steps: Sequence[Step] = ()


def foresee(writing: Writing, foresights: Iterable[Foresight]) -> None:
    """Read what several commands will ask for: a question for the streams of all, and one for each of their steps.

    SQLite is not asked: there a question of several things costs no less than one for each.
    """
    if writing.connection.dialect.name != "postgresql":
        return
    together = list(foresights)
    streams = {stream.hex for each in together for stream in each.streams} - writing.unwritten_streams
    writing.foreseen |= streams_of(writing.connection, streams)
    for steps in zip_longest(*(each.steps for each in together)):
        wanted = [step(writing.rows) for step in steps if step is not None]
        things, questions = zip(*wanted, strict=True)
        writing.rows.foresee(Wanted(tuple(chain(*things)), tuple(chain(*questions))))
