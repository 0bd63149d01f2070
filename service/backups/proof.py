"""Tells whether the events that are backed up are those of which the log's last checkpoint was signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.evidence.checkpoints import Checkpoint, last_note
from service.evidence.leaf import leaf
from service.evidence.sealer import Growing
from service.evidence.signed_notes import BrokenNote
from service.evidence.tree_check import NOTHING, SignedTree

_NEVER = SignedTree(0, b"")
"""What no tree is."""


class Proof:
    """The tree over events as they are read for a backup, up to where a checkpoint was signed."""

    def __init__(self, signed: SignedTree) -> None:
        self._signed = signed
        self._growing = Growing(0, b"")

    def add(self, events: Sequence[Sequence[Any]]) -> None:
        """Add rows of the log that follow each other; those behind what was signed are left out."""
        signed = events[: self._signed.size - self._growing.size]
        self._growing.add([leaf(at, of, version, topic, state) for at, of, version, _, topic, state in signed])
        self._growing.leaves.clear()
        self._growing.nodes.clear()

    @property
    def holds(self) -> bool:
        """Whether the events that were added are those that were signed."""
        return (self._growing.size, self._growing.root) == self._signed


def last_signed(connection: Connection) -> SignedTree:
    """What the last checkpoint in the database was signed of; something that no events make, where it is none."""
    note = last_note(connection)
    try:
        return NOTHING if note is None else Checkpoint.of(note).tree
    except BrokenNote:
        return _NEVER
