"""What a log is read from: what a bundle and a database have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from service.evidence.verifier.events import Values
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.report import Report
from service.evidence.verifier.totals import AddedUp


class Source(Protocol):
    """Where the evidence is; ``tells_totals`` where it says what leads and deals add up to."""

    tells_totals: bool

    def begin(self) -> None:
        """Get ready to check events from the first one, for the first time or again."""

    def check_entries(self, entries: Sequence[Values]) -> None:
        """Check the next events against what this kind of source says of them. Raises `Altered` at the first wrong."""

    def check(self, keys: Sequence[str], added_up: AddedUp, report: Report) -> None:
        """Check what this kind of source has of its own, with what leads and deals add up to, and report it."""

    def keys(self) -> list[str]:
        """The keys that come with it."""

    def keys_vouched_for(self, keys: Sequence[str]) -> list[str]:
        """Those of them that are signed for with one of the keys given."""

    def check_form(self, keys: Sequence[str]) -> None:
        """Raise `Uncheckable` where it is of a form that is not known here, and says so signed with one of the keys."""

    def entries(self) -> Iterator[Sequence[Values]]:
        """All events, in the order in which they are kept, so many at a time as are in memory together."""

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
