"""When events were recorded: none before the one before it, none after the checkpoint that covers it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from service.evidence.verifier.events import TIME, Values, recorded_at
from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.verdicts import Altered


class Times:
    """When events were recorded: none before the one in front of it, and none after the checkpoint that covers it."""

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self._last = ""

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log. Raises `Altered`."""
        for entry in entries:
            try:
                at = recorded_at(entry)
            except (ValueError, KeyError, TypeError, RecursionError):
                raise Altered("an event does not tell when it was recorded", entry[0]) from None
            if at != self._last and not TIME.fullmatch(str(at)):
                raise Altered("an event does not tell when it was recorded", entry[0])
            if at < self._last:
                what = f"an event was recorded at {at}, and the one before it at {self._last}"
                raise Altered(what, entry[0])
            self._last = at

    def check(self, checkpoint: Checkpoint) -> None:
        """Note the first checkpoint that says that it was signed before what it covers was recorded."""
        if checkpoint.time is None or self.doubts:
            return
        if int(datetime.fromisoformat(self._last).timestamp()) > checkpoint.time:
            signed = datetime.fromtimestamp(checkpoint.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.doubts.append(
                f"event {checkpoint.size} was recorded at {self._last}, as it says, and the checkpoint over it was "
                f"signed at {signed}: a clock was wrong, or a time was made up"
            )
