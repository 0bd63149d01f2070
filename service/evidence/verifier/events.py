"""An event as it is stored, the leaf that stands for it, and what it tells."""

from __future__ import annotations

import json
import re
import struct
from hashlib import sha256
from typing import Any, NamedTuple

from service.evidence.verifier.verdicts import Altered

LEAF_VERSION = b"leadledger-leaf/v1\n"


class Entry(NamedTuple):
    """An event as it is stored; ``previous`` is the version before, as far as the source tells it."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    previous: int | None


def leaf_of(entry: Entry) -> bytes:
    """The leaf that stands for an event."""
    stream, topic = entry.stream.encode(), entry.topic.encode()
    place = struct.pack(">QI", entry.position, len(stream)) + stream
    named = struct.pack(">QI", entry.version, len(topic)) + topic
    return sha256(b"\x00" + LEAF_VERSION + place + named + sha256(entry.state).digest()).digest()


_EVENT_VERSION = re.compile(rb',"version":([1-9][0-9]*)\}$')

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

UNFAMILIAR = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What is raised where an event does not tell what it should."""


def told_by(entry: Entry) -> dict[str, Any]:
    """What an event tells, as it is stored. Raises `Altered` where that is nothing."""
    try:
        told: dict[str, Any] = json.loads(entry.state.decode())
    except (ValueError, RecursionError):
        told = {}
    if type(told) is not dict or not told:
        raise Altered("the event tells nothing", entry.position)
    return told


def version_of(entry: Entry) -> int:
    """The version of the form in which an event is stored; where that is not the first one, it says so at its end."""
    found = _EVENT_VERSION.search(entry.state, max(0, len(entry.state) - 32))
    return 1 if found is None else int(found[1])


def recorded_at(entry: Entry) -> str:
    recorded_at: str = told_by(entry)["metadata"]["recorded_at"]
    return recorded_at


def unfamiliar(entry: Entry) -> str:
    return f"event {entry.position} is a {entry.topic} of a version that is not known here"
