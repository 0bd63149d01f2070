"""The leaves that are kept of a log, held against those that its events make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from service.evidence.verifier.events import Values, leaf_of
from service.evidence.verifier.verdicts import Altered


class Leaves:
    """The leaves that are kept, and how many were met; ``made`` are those of the events that were added last."""

    def __init__(self, kept: Iterator[tuple[int, bytes]]) -> None:
        self.count = 0
        self.made: list[bytes] = []
        self._kept = kept

    def add(self, entries: Sequence[Values]) -> None:
        """Make the leaves of the next events. Raises `Altered` where another one is kept."""
        self.made = [*map(leaf_of, entries)]
        kept = [*islice(self._kept, len(entries))]
        made = [(position, leaf) for (position, *_), leaf in zip(entries, self.made, strict=True)]
        if kept != made[: len(kept)]:
            self._refuse(kept, made)
        self.count += len(kept)

    def end(self, size: int, signed: int) -> None:
        """Raise `Altered` where there are more leaves than events, or fewer than were signed."""
        if next(self._kept, None) is not None:
            raise Altered("there are leaves of events that are not there", size + 1)
        if self.count < signed:
            raise Altered("leaves are missing of events that a checkpoint seals", self.count + 1)

    def _refuse(self, kept: Sequence[tuple[int, bytes]], made: Sequence[tuple[int, bytes]]) -> None:
        number, sealed, (position, _) = next(
            (number, one, other) for number, (one, other) in enumerate(zip(kept, made, strict=False)) if one != other
        )
        self.count += number
        is_there = sealed[0] == position
        what = "the event, or its leaf, is not what was sealed" if is_there else "the event's leaf is missing"
        raise Altered(what, position)
