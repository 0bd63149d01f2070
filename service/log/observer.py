"""Is told how long commands take and how they share transactions; by itself it listens to nothing."""

from __future__ import annotations


class Observer:
    """Listens to what the log does, in the threads that do it: so whoever overrides this answers at once."""

    def lock_taken(self, seconds: float) -> None:
        """A transaction waited so long for the log's lock."""

    def group_formed(self, size: int) -> None:
        """So many commands share a transaction."""

    def command_ended(self, seconds: float) -> None:
        """A command ended in this thread, well or badly, so long after it was given."""
