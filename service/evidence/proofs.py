"""Writes an inclusion proof as text that other tools read (C2SP tlog-proof)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

FORMAT = "c2sp.org/tlog-proof@v1"


def proof_text(position: int, path: Iterable[bytes], note: str) -> str:
    """The inclusion proof of the event at a position, with the checkpoint that its path leads to, as a tlog-proof."""
    return "\n".join([FORMAT, f"index {position - 1}", *map(in_base64, path), "", note])


def in_base64(node: bytes) -> str:
    """A node of the tree in base64."""
    return b64encode(node).decode()
