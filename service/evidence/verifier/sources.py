"""What a log is read from: what a bundle and a database have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from service.evidence.verifier.events import Entry
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.report import Report


class Fold(Protocol):
    """What events come to, some after the others."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the next events of the log. Raises `Altered` at the first of them that cannot be."""

    def end(self) -> None:
        """Be told that there are no more events. Raises `Altered` where one cannot be and that was not raised yet."""


class Source(Protocol):
    """Where the evidence is."""

    def folds(self, *, are_many: bool) -> Sequence[Fold]:
        """What is to be told all events of this kind of source, before `check`; where they are many, a part beside."""

    def check(self, keys: Sequence[str], report: Report) -> None:
        """Check what this kind of source has of its own, and report it."""

    def keys(self) -> list[str]:
        """The keys that come with it."""

    def keys_vouched_for(self, keys: Sequence[str]) -> list[str]:
        """Those of them that are signed for with one of the keys given."""

    def check_form(self, keys: Sequence[str]) -> None:
        """Raise `Uncheckable` where it is of a form that is not known here, and says so signed with one of the keys."""

    def entries(self) -> Iterator[Entry]:
        """All events, in the order in which they are kept."""

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """All leaves that are kept, each with its position."""

    def notes(self) -> list[str]:
        """All checkpoints that are kept, in order."""

    def access(self) -> Iterator[Sequence[Any]]:
        """All access records: number, at, user, request, client, path, query, hash."""

    def begun(self) -> list[Begun]:
        """The incarnations of the log, in order; none where it is not told."""

    def close(self) -> None:
        """Be done with it."""
