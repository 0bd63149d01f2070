"""Follows streams as events are added to them, and what leads and deals thereby add up to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from service.evidence.verifier.beside import Beside
from service.evidence.verifier.events import Values
from service.evidence.verifier.stream_heads import Streams
from service.evidence.verifier.totals import AddedUp, Totals


class Following:
    """Follows streams and, where it ``adds_up``, leads and deals."""

    def __init__(self, *, adds_up: bool) -> None:
        self._streams = Streams()
        self._totals = Totals()
        self._adds_up = adds_up

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log. Raises `Altered` where one does not follow the one before in its stream."""
        self._streams.add(entries)
        if self._adds_up:
            self._totals.add(entries)

    def check(self, size: int, told: str) -> None:
        """Raise `Altered` where a checkpoint of the events so far tells another root over their heads, in base64."""
        self._streams.check(size, told)

    def end(self) -> AddedUp:
        """What leads and deals add up to, as far as that was to be found out."""
        return self._totals.added_up()

    def close(self) -> None:
        """Be done with it."""
        self._streams.close()
        self._totals.close()


class FollowingBeside(Beside):
    """`Following` in a process of its own: what it raises is raised later, by `end` at the latest."""

    def __init__(self, *, adds_up: bool) -> None:
        super().__init__(partial(Following, adds_up=adds_up))
        self._adds_up = adds_up

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log."""
        if not self._adds_up:  # nobody reads there what they tell
            entries = [(at, stream, version, "", b"", before) for at, stream, version, _, _, before in entries]
        self.tell("add", entries)

    def check(self, size: int, told: str) -> None:
        """As `Following.check`."""
        self.tell("check", size, told)

    def end(self) -> AddedUp:
        """As `Following.end`."""
        added_up: AddedUp = self.ask("end")
        return added_up


def following(*, adds_up: bool, are_many: bool) -> Following | FollowingBeside:
    """What follows the events of a log, where they are many in a process of its own."""
    return FollowingBeside(adds_up=adds_up) if are_many else Following(adds_up=adds_up)
