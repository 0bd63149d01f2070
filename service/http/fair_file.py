"""A bounded log file that many processes write: when it is full, whoever wrote most loses the oldest lines."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import orjson

LARGEST = 10_000_000
"""Bytes of the file; beyond that, half of it is given up."""

NAMED = 20
"""Sources that are named of those whose lines were dropped; the others are counted together."""

OTHERS = "others"

LOCK_SECONDS = 2.0
"""How long a line waits for others to be written, before it is counted as dropped."""

PAUSE_SECONDS = 0.002

Line = tuple[bytes, Mapping[str, Any]]
"""A line as it stands in the file, and what it tells."""

_log = logging.getLogger("leadledger")


class FairFile(logging.Handler):
    """Writes messages, each an object of JSON with ``address`` and ``user_id``, to a file that several processes share.

    A source is an address (of IPv6 a network of 64 bits) with one user, or with nobody. Each may fill an equal share of
    the file and what others leave of theirs; of what is more than that the oldest lines go, and the file's first line
    counts them. A line that could not be written is counted in the next one that could.
    """

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        super().__init__()
        self.path = path.absolute()
        self._largest = largest
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message; nothing that goes wrong with that reaches whoever gave it."""
        line = orjson.loads(record.getMessage())
        if self._lost:
            line["lost_before"] = self._lost
        try:
            with self._locked() as file:
                _append(file, orjson.dumps(line) + b"\n")
                if os.fstat(file).st_size > self._largest:
                    self._thin_out()
        except OSError as error:
            self._lost += 1
            _log.warning("a line could not be written to %s: %s", self.path, error)
        else:
            self._lost = 0

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, with nobody else writing to it; raises `OSError` where that takes too long."""
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _lock(file, deadline)
                if self._is_current(file):
                    yield file
                    return
            finally:
                os.close(file)

    def _is_current(self, file: int) -> bool:
        """Whether the file is still the one at the path: somebody may have put another in its place."""
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def _thin_out(self) -> None:
        """Give up half of what fits, and put what is left into the file's place."""
        lines = [(line, _told(line)) for line in self.path.read_bytes().splitlines(keepends=True)]
        dropped: Counter[str] = Counter()
        if "dropped" in lines[0][1]:
            dropped.update(lines.pop(0)[1]["of"])
        kept = _fairly(lines, self._largest // 2, dropped)
        thinned = self.path.with_name(f"{self.path.name}.new")
        file = os.open(thinned, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _append(file, b"".join([_summary(dropped), *kept]))
        finally:
            os.close(file)
        thinned.replace(self.path)


def _fairly(lines: Sequence[Line], room: int, dropped: Counter[str]) -> list[bytes]:
    """The newest lines of each source that fit into its share of some room; ``dropped`` counts the others."""
    sources = [_source(told) for _, told in lines]
    sizes: Counter[str] = Counter()
    for (line, _), source in zip(lines, sources, strict=True):
        sizes[source] += len(line)
    share, left = _share(sizes.values(), room), room
    kept: list[bytes] = []
    used: Counter[str] = Counter()
    for (line, told), source in zip(reversed(lines), reversed(sources), strict=True):
        if len(line) <= left and (used[source] == 0 or used[source] + len(line) <= share):
            kept.append(line)
            used[source] += len(line)
            left -= len(line)
        else:
            used[source] = max(share, 1)  # what is older than a dropped line goes, too
            dropped[source] += 1 + told.get("lost_before", 0)
    return kept[::-1]


def _share(sizes: Iterable[int], room: int) -> int:
    """How much each of some sources may have of a room, where what one leaves is shared by those who want more."""
    share, left = room, room
    for place, size in enumerate(wanted := sorted(sizes)):
        share = left // (len(wanted) - place)
        if size > share:
            break
        left -= size
    return share


def _told(line: bytes) -> Mapping[str, Any]:
    """What a line tells; nothing where somebody else wrote something else into the file."""
    try:
        told = orjson.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _source(told: Mapping[str, Any]) -> str:
    address, user_id = str(told.get("address")), told.get("user_id")
    try:
        if isinstance(ip_address(address), IPv6Address):
            address = str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        address = "elsewhere"
    return address if user_id is None else f"{address} as user {user_id}"


def _summary(dropped: Counter[str]) -> bytes:
    """The first line of a file from which lines were dropped: how many, and whose."""
    named = dict(dropped.most_common(NAMED))
    if others := dropped.total() - sum(named.values()):
        named[OTHERS] = named.get(OTHERS, 0) + others
    return orjson.dumps({"dropped": dropped.total(), "of": named}) + b"\n"


def _append(file: int, text: bytes) -> None:
    """Write all of a text, or nothing of it."""
    end = os.fstat(file).st_size
    try:
        if os.write(file, text) < len(text):
            raise OSError("there is no room for it")
    except OSError:
        os.ftruncate(file, end)
        raise


def _lock(file: int, deadline: float) -> None:
    """Lock a file; raises `TimeoutError` where somebody else keeps it locked for too long."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"others have been writing for {LOCK_SECONDS} seconds") from None
            time.sleep(PAUSE_SECONDS)
        else:
            return
