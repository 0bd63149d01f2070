"""Makes the leaf of the Merkle tree for one stored event: which bytes of it the evidence covers."""

from __future__ import annotations

import struct
from hashlib import sha256

from service.evidence.merkle import leaf_hash

VERSION = b"leadledger-leaf/v1\n"

_NUMBER_AND_LENGTH = struct.Struct(">QI").pack


def leaf(position: int, stream_id: str, version: int, topic: str, state: bytes) -> bytes:
    """The leaf of one event: its place in the log and in its stream, its name, and the stored bytes, as they are.

    ``stream_id`` is 32 lower-case hex digits. Every text comes with its length, so no two events give one entry.
    """
    stream, named = stream_id.encode(), topic.encode()
    place = VERSION + _NUMBER_AND_LENGTH(position, len(stream)) + stream
    return leaf_hash(place + _NUMBER_AND_LENGTH(version, len(named)) + named + sha256(state).digest())
