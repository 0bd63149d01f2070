"""How long the server waits for a client, and how much it takes from one."""

from __future__ import annotations

import resource

HEAD_SECONDS = 10
"""From a connection's beginning to the end of its first request's head."""

KEEPALIVE_SECONDS = 15
"""From an answer to the end of the next request's head."""

BODY_SECONDS = 30
"""From the end of a request's head to the end of its body."""

SEND_SECONDS = 30
"""How long a client may leave the bytes of an answer lying."""

DRAIN_SECONDS = 5
LONGEST_DRAINED = 64_000_000
"""How long, and how many bytes, a body that is too large is read on: who still sends does not hear the answer."""

STOP_SECONDS = 5
"""How long a connection may stay idle when the server stops; whoever asks meanwhile is answered."""

GRACEFUL_SECONDS = 30
"""How long requests that have begun may take to end when the server stops."""

REQUEST_LINE = 8190
"""Bytes."""

HEADER_FIELDS = 64
HEADER_FIELD = 8190
"""Bytes, for the name and the value of one."""

LONGEST_HEAD = 32_768
"""Bytes, for the request line and all fields."""

MOST_HELD = 64_000_000
"""Bytes of bodies that one worker holds at the same time, until their requests are answered."""

MOST_PARTS = 10_000
"""In which one body may come: each costs the event loop some microseconds, however small it is."""

MOST_CONNECTIONS = 4096
"""For each worker; the one that has been idle for longest gives way to a new one."""

_DESCRIPTORS_FOR_OURSELVES = 128


def most_connections() -> int:
    """How many connections this process can hold: the system's limit of open files is raised as far as it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _DESCRIPTORS_FOR_OURSELVES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(soft - _DESCRIPTORS_FOR_OURSELVES, soft // 2)
    return MOST_CONNECTIONS
