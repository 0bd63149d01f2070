"""What cannot be read any more, held against the erasures that the log tells of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from service.evidence.verifier.events import UNFAMILIAR, Entry, Values, told_by, unfamiliar, version_of
from service.evidence.verifier.verdicts import Altered

ERASURES = {"ErasureStarted": 1, "PersonErasureStarted": 1, "PersonErased": 1}
"""The events that tell of erasures, and the last version of each that is known here. The latter two are of older
versions of the service, and tell how many streams became unreadable, but not which."""


class _Lost(NamedTuple):
    """Events of a stream that cannot be read: the position of the first, and version and position of the last."""

    first: int
    stream: str
    version: int
    last: int


class Readability:
    """Holds what cannot be read any more of what events tell of people against the erasures that the log tells of.

    ``readable_from`` is the first version of a stream that can be read, for each stream of which not all can; None
    where nobody says. ``doubts`` are what cannot be told.
    """

    def __init__(self, readable_from: Mapping[str, int] | None) -> None:
        self.doubts: list[str] = []
        if readable_from is None:
            self.doubts.append("the bundle is of the first version, which does not say what in it can be read")
        self._readable_from = readable_from or {}
        self._lost = dict[str, _Lost]()
        self._erased_by = dict[str, int]()
        self._unnamed = dict[int, tuple[int, float]]()

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log. Raises `Altered`."""
        for entry in entries:
            if entry[3] in ERASURES or entry[1] in self._readable_from:
                self._add(Entry._make(entry))

    def _add(self, entry: Entry) -> None:
        if entry.version < self._readable_from.get(entry.stream, 1) and told_by(entry).get("encrypted"):
            before = self._lost.get(entry.stream)
            first = entry.position if before is None else before.first
            self._lost[entry.stream] = _Lost(first, entry.stream, entry.version, entry.position)
            self._erased_by.pop(entry.stream, None)
        if entry.topic in ERASURES:
            try:
                self._erase(entry)
            except UNFAMILIAR:
                self.doubts.append(f"what was erased: {unfamiliar(entry)}")

    def _erase(self, entry: Entry) -> None:
        data = told_by(entry)["data"]
        if version_of(entry.state) > ERASURES[entry.topic]:
            raise ValueError
        if entry.topic == "ErasureStarted":
            for stream, version in data["streams"].items():
                self._erase_stream(entry.position, stream, version)
        else:
            keys = data["keys"] if entry.topic == "PersonErased" else math.inf
            self._unnamed[data["person_id"]] = entry.position, keys + 0

    def _erase_stream(self, position: int, stream: str, version: int) -> None:
        if self._readable_from.get(stream, 1) <= version:
            raise Altered(f"stream {stream} can be read, though it was erased up to its version {version}", position)
        if stream in self._lost and self._lost[stream].version <= version:
            self._erased_by[stream] = position

    def explained(self) -> list[str]:
        """A sentence for each stream that cannot be read. Raises `Altered` where the log does not explain it.

        Erasures that do not name their streams may explain as many as they tell, of those that were there before.
        """
        left = [self._lost[stream] for stream in self._lost.keys() - self._erased_by.keys()]
        if not self._may_be_unnamed([lost.last for lost in left]):
            lost = min(left)
            what = f"stream {lost.stream} cannot be read up to its version {lost.version}"
            raise Altered(f"{what}, and no erasure explains that", lost.first)
        if left:
            what = f"whether {len(left)} streams that cannot be read were erased"
            self.doubts.append(f"{what}, of which the log tells the number only")
        return [
            f"stream {stream} cannot be read up to its version {lost.version}: {self._explanation(stream)}"
            for stream, lost in sorted(self._lost.items())
        ]

    def _may_be_unnamed(self, positions: Iterable[int]) -> bool:
        """Whether erasures that tell a number may be those of streams that ended at these positions."""
        unnamed, room = sorted(self._unnamed.values()), 0.0
        for position in sorted(positions, reverse=True):
            while unnamed and unnamed[-1][0] > position:
                room += unnamed.pop()[1]
            room -= 1
            if room < 0:
                return False
        return True

    def _explanation(self, stream: str) -> str:
        if stream in self._erased_by:
            return f"it was erased by event {self._erased_by[stream]}"
        return "it may be one of those that an erasure tells the number of"
