"""Checks an exported log, or one in its database, and reports: sound, altered, or impossible to tell.

This one file is all an auditor needs, beside Python 3.11 and `cryptography` (and psycopg, for a PostgreSQL database):
it uses nothing else of Leadledger, so that nobody has to trust the service that is checked. Copy it and run

    python verifier.py BUNDLE_OR_DATABASE_URL --key VKEY --known CHECKPOINT_FILE
    python verifier.py proof FILE --key VKEY
    python verifier.py fork FILE --key VKEY

It ends with 0 where everything is sound, 1 where something was altered, 2 where that cannot be told, 3 where it was
called wrongly.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sqlite3
import struct
import sys
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol
from uuid import UUID, uuid5

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    if __name__ != "__main__":
        raise
    print("CANNOT TELL: signatures cannot be checked without `cryptography`; python -m pip install cryptography.")
    sys.exit(2)

SOUND, ALTERED, UNTOLD, USAGE = range(4)
LEAF_VERSION, ACCESS_VERSION = b"leadledger-leaf/v1\n", b"leadledger-access/v1\n"
HEAD_VERSION = b"leadledger-stream-head/v1\n"
OLDER_BUNDLE_VERSION, BUNDLE_VERSION = "leadledger-bundle/v1", "leadledger-bundle/v2"
FORK_VERSION = "leadledger-fork/v1"
PROOF_VERSION = "leadledger-proof/v1"
ED25519, DASH = b"\x01", "\N{EM DASH} "
READ_AT_ONCE = 5000

_NAMESPACE = UUID("6f0e1d5c-9a55-5f0e-8a4e-1eadc0de1ed6")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_STREAM, _STREAM_BITS = re.compile("[0-9a-f]{32}"), 128

_PLAIN_LINE = re.compile(
    rb'\{"position":([1-9][0-9]{0,18}),"stream":"([^"\\\x00-\x1f]*)",'
    rb'"version":([1-9][0-9]{0,18}),"topic":"([^"\\\x00-\x1f]*)","state":"(.*)"\}\n'
)
"""A line as `entry_line` writes it where no text needs an escape. No other spelling of the same event fits, once the
texts have proven to be UTF-8 and the state to be in base64: so such a line need not be written again to compare."""

_EVENT_VERSION = re.compile(rb',"version":([1-9][0-9]*)\}$')


class Uncheckable(Exception):
    """What is needed to tell is not there; the message says what."""


class UnknownKey(Uncheckable):
    """A note is signed, but by nobody whose key is known; ``signers`` are their names and the hashes of their keys."""

    def __init__(self, signers: Iterable[str]) -> None:
        self.signers = [*signers]
        super().__init__(f"a note is signed by a key that is not known here: {', '.join(self.signers)}")


class Altered(Exception):
    """Something is not as it was sealed; ``position`` is that of the first event concerned, where one is."""

    def __init__(self, what: str, position: int | None = None) -> None:
        super().__init__(what)
        self.position = position


class Entry(NamedTuple):
    """An event as it is stored; ``previous`` is the version before, as far as the source tells it."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    previous: int | None


class Head(NamedTuple):
    """How far a stream had come: its last version, and the position of that event."""

    stream: str
    version: int
    position: int


class Checkpoint(NamedTuple):
    """What a signed checkpoint says; ``lines`` are those below its root, by name, of which older ones have fewer.

    ``access`` is the number and the hash of the last access record it seals, ``time`` when it was signed, in seconds
    since 1970, ``note`` all of it with its signatures.
    """

    origin: str
    size: int
    root: bytes
    lines: dict[str, str]
    access: tuple[int, bytes] | None
    time: int | None
    note: str = ""

    @property
    def life(self) -> Life:
        """The life of a log that it is of."""
        return _life_of(self.origin)


class Begun(NamedTuple):
    """A life of the log as it was begun: when, by the clock of then, and the note that was signed last before."""

    number: int
    began_at: str
    instance: str
    last_note: str | None


class Fold(Protocol):
    """What events come to, one after the other."""

    def add(self, entry: Entry) -> None:
        """Add the next event of the log."""


class Source(Protocol):
    """Where the evidence is."""

    def folds(self) -> Sequence[Fold]:
        """What is to be told all events of this kind of source, before `check`."""

    def check(self, keys: Sequence[str], report: Report) -> None:
        """Check what this kind of source has of its own, and report it."""

    def keys(self) -> list[str]:
        """The keys that come with it."""

    def keys_vouched_for(self, keys: Sequence[str]) -> list[str]:
        """Those of them that are signed for with one of the keys given."""

    def entries(self) -> Iterator[Entry]:
        """All events, in the order in which they are kept."""

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """All leaves that are kept, each with its position."""

    def notes(self) -> list[str]:
        """All checkpoints that are kept, in order."""

    def access(self) -> Iterator[Sequence[Any]]:
        """All access records: number, at, user, request, client, path, query, hash."""

    def begun(self) -> list[Begun]:
        """The lives of the log, in order; none where it is not told."""

    def close(self) -> None:
        """Be done with it."""


# What is hashed and signed


def leaf_of(entry: Entry) -> bytes:
    """The leaf that stands for an event."""
    stream, topic = entry.stream.encode(), entry.topic.encode()
    place = struct.pack(">QI", entry.position, len(stream)) + stream
    named = struct.pack(">QI", entry.version, len(topic)) + topic
    return sha256(b"\x00" + LEAF_VERSION + place + named + sha256(entry.state).digest()).digest()


def access_hash(before: bytes, record: Sequence[Any]) -> bytes:
    """The hash that seals an access record and all before it."""
    hashed = sha256(ACCESS_VERSION + before)
    for value in record:
        text = str(value).encode()
        hashed.update(struct.pack(">I", len(text)) + text)
    return hashed.digest()


class Tree:
    """A Merkle tree that grows on the right and knows its root (RFC 9162)."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf."""
        node, left = leaf, self.size
        while left & 1:
            node = _joined(self._subtrees.pop(), node)
            left >>= 1
        self._subtrees.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over the leaves so far."""
        root = None
        for subtree in reversed(self._subtrees):
            root = subtree if root is None else _joined(subtree, root)
        return sha256().digest() if root is None else root


_UNFAMILIAR = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What is raised where an event does not tell what it should."""


def _told_by(entry: Entry) -> dict[str, Any]:
    """What an event tells, as it is stored. Raises `Altered` where that is nothing."""
    try:
        told: dict[str, Any] = json.loads(entry.state.decode())
    except (ValueError, RecursionError):
        told = {}
    if type(told) is not dict or not told:
        raise Altered("the event tells nothing", entry.position)
    return told


def _version_of(entry: Entry) -> int:
    """The version of the form in which an event is stored; where that is not the first one, it says so at its end."""
    found = _EVENT_VERSION.search(entry.state, max(0, len(entry.state) - 32))
    return 1 if found is None else int(found[1])


def _unfamiliar(entry: Entry) -> str:
    return f"event {entry.position} is a {entry.topic} of a version that is not known here"


def _joined(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def text_of(note: str, keys: Iterable[str]) -> str:
    """The text of a note that one of the keys has signed, and none wrongly. Raises `Altered` and `UnknownKey`."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Altered("a note is not signed")
    text, is_signed, strangers = f"{text}\n", False, []
    known = {(name, key_hash): key for name, key_hash, key in map(_parsed_key, keys)}
    for line in signatures.splitlines():
        name, _, signed = line.removeprefix(DASH).partition(" ")
        try:
            signature = unwritten(signed)
        except ValueError:
            raise Altered("a signature is no base64") from None
        if not line.startswith(DASH):
            raise Altered("a line below a note is no signature")
        if (name, signature[:4]) not in known:
            strangers.append(f"{name}+{signature[:4].hex()}")
            continue
        try:
            known[name, signature[:4]].verify(signature[4:], text.encode())
        except InvalidSignature:
            raise Altered(f"the signature of {name} does not fit what it signs") from None
        is_signed = True
    if not is_signed:
        raise UnknownKey(strangers)
    return text


def unwritten(text: str | bytes) -> bytes:
    """What is written in base64, of which there is one way to write it. Raises ValueError."""
    value = a2b_base64(text)
    if in_base64(value) != (text.encode() if isinstance(text, str) else text):
        raise ValueError("it is written in another way")
    return value


def in_base64(value: bytes) -> bytes:
    """A value in base64, the one way to write it."""
    return b2a_base64(value, newline=False)


def _parsed_key(written: str) -> tuple[str, bytes, Ed25519PublicKey]:
    try:
        name, key_hash, encoded = written.strip().split("+", 2)
        key = unwritten(encoded)
        expected = sha256(name.encode() + b"\n" + key).digest()[:4]
        if key[:1] != ED25519 or expected.hex() != key_hash:
            raise ValueError
        return name, expected, Ed25519PublicKey.from_public_bytes(key[1:])
    except ValueError:
        raise Uncheckable(f"{written.strip()!r} is no key; one is written name+hash+key") from None


def checkpoint_of(note: str, keys: Iterable[str]) -> Checkpoint:
    """What a checkpoint says, once its signature holds."""
    lines = text_of(note, keys).splitlines()
    try:
        origin, size, root, *more = lines
        told = {name: value for name, _, value in (line.partition(" ") for line in more)}
        count, _, last = told.get("access", "").partition(" ")
        access = (int(count), unwritten(last)) if "access" in told else None
        time = int(told["time"]) if "time" in told else None
        return Checkpoint(origin, int(size), unwritten(root), told, access, time, note)
    except ValueError:
        raise Altered("a signed note is no checkpoint") from None


# The heads of streams


def head_hash(head: Head) -> bytes:
    """The leaf that stands for the head of a stream."""
    stream = head.stream.encode()
    told = struct.pack(">I", len(stream)) + stream + struct.pack(">QQ", head.version, head.position)
    return sha256(b"\x00" + HEAD_VERSION + told).digest()


class Streams:
    """The heads of all streams as events are added, in a sparse Merkle tree.

    A subtree without streams has the hash of nothing, one with a single stream is that one's leaf, and any other is
    the node above two: of the streams whose next bit is 0, and of those whose is 1. Such a node is a list of the two
    and of its hash, which is empty until it is asked for.
    """

    def __init__(self) -> None:
        self._top: Any = None
        self._moved = dict[str, Head]()

    def add(self, entry: Entry) -> None:
        """Add the next event of the log."""
        self._moved[entry.stream] = Head(entry.stream, entry.version, entry.position)

    def check(self, checkpoint: Checkpoint) -> None:
        """Raise `Altered` where a checkpoint of the events so far names other heads; older ones name none."""
        if "streams" in checkpoint.lines and in_base64(self.root()).decode() != checkpoint.lines["streams"]:
            raise Altered(f"the checkpoint of {checkpoint.size} events names other heads of streams than they have")

    def root(self) -> bytes:
        """The root over the heads. Raises `Altered` where an event belongs to no stream."""
        for head in self._moved.values():
            if not _STREAM.fullmatch(head.stream):
                raise Altered(f"{head.stream!r} names no stream", head.position)
            self._top = self._with(self._top, head, int(head.stream, 16), _STREAM_BITS)
        self._moved.clear()
        return self._hash(self._top)

    def _with(self, node: Any, head: Head, way: int, left: int) -> Any:
        if node is None or (isinstance(node, Head) and node.stream == head.stream):
            return head
        if isinstance(node, Head):
            node = self._with([None, None, b""], node, int(node.stream, 16), left)
        side = way >> left - 1 & 1
        node[side] = self._with(node[side], head, way, left - 1)
        node[2] = b""
        return node

    def _hash(self, node: Any) -> bytes:
        if node is None:
            return sha256().digest()
        if isinstance(node, Head):
            return head_hash(node)
        if not node[2]:
            node[2] = _joined(self._hash(node[0]), self._hash(node[1]))
        hashed: bytes = node[2]
        return hashed


def proven_head(stream: str, end: Head | None, beside: Sequence[bytes], root: bytes) -> Head | None:
    """The head of a stream in the tree with that root, None where it has none; raises `Altered` where nothing shows it.

    ``end`` is what stands at the end of the way that the stream's bits lead, from the root down, and ``beside`` are
    the hashes beside that way. Where it is another stream's head, the way must be its way, too.
    """
    way, left = int(stream, 16), _STREAM_BITS - len(beside)
    if left < 0 or (end is not None and (int(end.stream, 16) ^ way) >> left):
        raise Altered(f"the way to the head of stream {stream} leads elsewhere")
    node = sha256().digest() if end is None else head_hash(end)
    for place, other in enumerate(reversed(beside), start=left):
        node = _joined(other, node) if way >> place & 1 else _joined(node, other)
    if node != root:
        raise Altered(f"the head of stream {stream} is not the one that a checkpoint seals")
    return end if end is not None and end.stream == stream else None


# What the events add up to


class Standing(NamedTuple):
    """What counts of a lead or a deal: where it is, of a deal also in which stage and how it stands, and its value."""

    form: str
    place: str
    stage_id: int | None = None
    status: str | None = None
    currency: str | None = None
    amount: str | None = None


_VALUE = ("amount", "currency")
_FOLDED: dict[str, tuple[int, tuple[str, ...], dict[str, Any]]] = {
    "LeadCreated": (1, _VALUE, {"form": "leads", "place": "inbox"}),
    "LeadEdited": (1, _VALUE, {}),
    "LeadAssigned": (1, (), {}),
    "LeadLabelled": (1, (), {}),
    "LeadSeen": (1, (), {}),
    "LeadMarkedUnseen": (1, (), {}),
    "LeadArchived": (1, (), {"place": "archive"}),
    "LeadUnarchived": (1, (), {"place": "inbox"}),
    "LeadDeleted": (1, (), {"place": "deleted"}),
    "LeadConvertedToDeal": (2, (), {"place": "deal"}),
    "LeadBecameReady": (1, (), {}),
    "LeadNoLongerReady": (1, (), {}),
    "LeadReturned": (1, _VALUE, {"place": "inbox"}),
    "DealCreated": (1, ("stage_id", *_VALUE), {"form": "deals", "place": "pipeline", "status": "open"}),
    "DealEdited": (1, _VALUE, {}),
    "DealAssigned": (1, (), {}),
    "DealLabelled": (1, (), {}),
    "DealEstimated": (1, (), {}),
    "DealMovedToStage": (1, ("stage_id",), {}),
    "DealWon": (1, (), {"status": "won"}),
    "DealLost": (1, (), {"status": "lost"}),
    "DealReopened": (1, (), {"status": "open"}),
    "DealArchived": (1, (), {"place": "archive"}),
    "DealUnarchived": (1, (), {"place": "pipeline"}),
    "DealDeleted": (1, (), {"place": "deleted"}),
    "DealRevertedToLead": (2, (), {"place": "lead"}),
    "DealReturned": (1, ("stage_id", *_VALUE), {"place": "pipeline", "status": "open"}),
}
"""How each event changes the standing of the lead or deal it happens to: the last version of the event that is known
here, the fields that it tells (or, an edit, may tell) and what follows from its name alone."""

_NO_LEADS = {f"Lead{kind}{what}" for kind in ("Label", "Source") for what in ("Added", "Edited", "Deleted")}

_COUNTED = {("leads", "inbox"), ("leads", "archive"), ("deals", "pipeline"), ("deals", "archive")}
"""Which leads and deals there are, beside those that were deleted or have the other form at present."""


_NAMED = {name: f'"{name}"'.encode() for name in ("stage_id", *_VALUE)}
_PLAIN_FACT = re.compile(rb':(?:(null)|"([^"\\\x00-\x1f]+)"|(0|[1-9][0-9]*))[,}]')
"""Names as they stand in a stored event, and what may follow one where it is told plainly. No part of a text can be
mistaken for such a name, since quotes are escaped in it."""


def _facts_of(entry: Entry, names: Iterable[str]) -> dict[str, Any]:
    """What an event tells, or changes, under some names; where that is told plainly, the rest of it is not read."""
    facts, state = dict[str, Any](), entry.state
    for name in names:
        if (place := state.find(_NAMED[name])) >= 0:
            plain = _PLAIN_FACT.match(state, place + len(_NAMED[name]))
            if plain is None or state.find(_NAMED[name], place + 1) >= 0:
                data = _told_by(entry)["data"]
                changes = data.get("changes", data)
                return {name: changes[name] for name in names if name in changes}
            null, text, number = plain.groups()
            facts[name] = None if null else int(number) if number else text.decode()
    return facts


def standing_after(before: Standing | None, entry: Entry) -> Standing:
    """What counts of a lead or a deal after another event of it. Raises `_UNFAMILIAR` for one that is not known."""
    version, names, follows = _FOLDED[entry.topic]
    if _version_of(entry) > version:
        raise ValueError
    if before is not None and not names and not follows:
        return before
    changes = _facts_of(entry, names) | follows if names else follows
    return Standing(**changes) if before is None else before._replace(**changes)


_NOTHING = 0, Decimal()


class Totals:
    """Adds up leads and deals, from events alone, by where they are, stage, status and currency.

    ``doubt`` says why that cannot be told, where it cannot: an event is of a version that is not known here.
    """

    def __init__(self) -> None:
        self.doubt: str | None = None
        self._standing = dict[str, Standing]()
        self._sums = dict[tuple[Any, ...], tuple[int, Decimal]]()

    def add(self, entry: Entry) -> None:
        """Add the next event of the log."""
        topic = entry.topic
        if topic.startswith(("Lead", "Deal")) and topic not in _NO_LEADS:
            try:
                self._fold(entry)
            except _UNFAMILIAR:
                self.doubt = self.doubt or f"what leads and deals add up to: {_unfamiliar(entry)}"

    def _fold(self, entry: Entry) -> None:
        before = self._standing.get(entry.stream)
        after = standing_after(before, entry)
        if after is not before and after != before:
            if before is not None:
                self._count(before, -1)
            self._count(after, 1)
            self._standing[entry.stream] = after

    def _count(self, standing: Standing, by: int) -> None:
        if (standing.form, standing.place) in _COUNTED:
            count, total = self._sums.get(kind := standing[:-1], _NOTHING)
            worth = by * Decimal(standing.amount) if standing.amount and standing.currency else 0
            self._sums[kind] = count + by, total + worth

    def lines(self) -> list[str]:
        """The totals, a line each: ``deals pipeline STAGE STATUS CURRENCY COUNT SUM`` or ``leads inbox CURRENCY …``."""
        lines = []
        for (*kind, currency), (count, total) in self._sums.items():
            if count:
                words = [*(str(word) for word in kind if word is not None), currency or "-", str(count), _plain(total)]
                lines.append(" ".join(words))
        return sorted(lines)

    def older_lines(self) -> list[str]:
        """The totals that bundles of the first version have: of open deals only, by currency."""
        open_deals = dict[str, tuple[int, Decimal]]()
        for (_, place, _, status, currency), (count, total) in self._sums.items():
            if (place, status) == ("pipeline", "open") and currency and count:
                others, before = open_deals.get(currency, _NOTHING)
                open_deals[currency] = others + count, before + total
        return [f"open-deals {code} {count} {_plain(total)}" for code, (count, total) in sorted(open_deals.items())]


def _plain(total: Decimal) -> str:
    """A sum as decimal text without trailing zeros."""
    return f"{total.normalize():f}" if total else "0"


# What cannot be read any more

ERASURES = {"ErasureStarted": 1, "PersonErasureStarted": 1, "PersonErased": 1}
"""The events that tell of erasures, and the last version of each that is known here. The latter two are of older
versions of the service, and tell how many streams became unreadable, but not which."""


class Readability:
    """Holds what cannot be read any more of what events tell of people against the erasures that the log tells of.

    ``readable_from`` is the first version of a stream that can be read, for each stream of which not all can; None
    where nobody says. ``doubts`` are what cannot be told.
    """

    def __init__(self, readable_from: Mapping[str, int] | None) -> None:
        self.doubts: list[str] = []
        if readable_from is None:
            self.doubts.append("the bundle is of the first version, which does not say what in it can be read")
        self._readable_from = readable_from or {}
        self._lost = dict[str, tuple[Entry, Entry]]()
        self._erased_by = dict[str, int]()
        self._unnamed = dict[int, tuple[int, float]]()

    def add(self, entry: Entry) -> None:
        """Add the next event of the log. Raises `Altered`."""
        if entry.version < self._readable_from.get(entry.stream, 1) and _told_by(entry).get("encrypted"):
            self._lost[entry.stream] = self._lost.get(entry.stream, (entry,))[0], entry
            self._erased_by.pop(entry.stream, None)
        if entry.topic in ERASURES:
            try:
                self._erase(entry)
            except _UNFAMILIAR:
                self.doubts.append(f"what was erased: {_unfamiliar(entry)}")

    def _erase(self, entry: Entry) -> None:
        data = _told_by(entry)["data"]
        if _version_of(entry) > ERASURES[entry.topic]:
            raise ValueError
        if entry.topic == "ErasureStarted":
            for stream, version in data["streams"].items():
                self._erase_stream(entry.position, stream, version)
        else:
            keys = data["keys"] if entry.topic == "PersonErased" else math.inf
            self._unnamed[data["person_id"]] = entry.position, keys + 0

    def _erase_stream(self, position: int, stream: str, version: int) -> None:
        if self._readable_from.get(stream, 1) <= version:
            raise Altered(f"stream {stream} can be read, though it was erased up to its version {version}", position)
        if stream in self._lost and self._lost[stream][1].version <= version:
            self._erased_by[stream] = position

    def explained(self) -> list[str]:
        """A sentence for each stream that cannot be read. Raises `Altered` where the log does not explain it.

        Erasures that do not name their streams may explain as many as they tell, of those that were there before.
        """
        left = [self._lost[stream] for stream in self._lost.keys() - self._erased_by.keys()]
        if not self._may_be_unnamed([last.position for _, last in left]):
            first, last = min(left)
            what = f"stream {last.stream} cannot be read up to its version {last.version}"
            raise Altered(f"{what}, and no erasure explains that", first.position)
        if left:
            what = f"whether {len(left)} streams that cannot be read were erased"
            self.doubts.append(f"{what}, of which the log tells the number only")
        return [
            f"stream {stream} cannot be read up to its version {last.version}: {self._explanation(stream)}"
            for stream, (_, last) in sorted(self._lost.items())
        ]

    def _may_be_unnamed(self, positions: Iterable[int]) -> bool:
        """Whether erasures that tell a number may be those of streams that ended at these positions."""
        unnamed, room = sorted(self._unnamed.values()), 0.0
        for position in sorted(positions, reverse=True):
            while unnamed and unnamed[-1][0] > position:
                room += unnamed.pop()[1]
            room -= 1
            if room < 0:
                return False
        return True

    def _explanation(self, stream: str) -> str:
        if stream in self._erased_by:
            return f"it was erased by event {self._erased_by[stream]}"
        return "it may be one of those that an erasure tells the number of"


# Restores


class Lives:
    """The lives of a log, of which a new one begins with each restore, and where those before it have ended.

    Each checkpoint of a life says which one of the life before was known to be its last. So what was signed behind the
    backup, and is not in the log any more, was lost openly. Whatever was signed of a life behind the checkpoint that
    is said to be its last, or does not fit and is not said to be lost, is a fork.
    """

    def __init__(self, signed: Sequence[Checkpoint], kept: Sequence[Checkpoint]) -> None:
        self.lost: list[Checkpoint] = []
        self._kept = kept
        self._restored: dict[Life, int] = {}
        self._ends: dict[Life, Checkpoint] = {}
        for checkpoint in signed:
            life = _life_of(checkpoint.origin)
            self._restored[life] = max(self._restored.get(life, 0), checkpoint.size)
        for checkpoint in [*signed, *kept]:
            if "follows" in checkpoint.lines:
                end = _end_of_life(checkpoint)
                if self._ends.setdefault(_life_of(end.origin), end) != end:
                    raise Altered(f"the checkpoints of two lives that follow {end.origin} name another end of it")

    def ends(self) -> Iterable[Checkpoint]:
        """The checkpoints that are said to be the last of the lives before, to be held against the log."""
        return self._ends.values()

    def excuse(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint that does not fit is of what a restore has lost that the log tells of."""
        life = _life_of(checkpoint.origin)
        if (end := self._ends.get(life)) is None:
            is_told = any(ended.log == life.log and ended.number > life.number for ended in self._ends)
        else:
            is_told = checkpoint.size < end.size or (checkpoint.size, checkpoint.root) == (end.size, end.root)
        is_lost = is_told and checkpoint.size > self._restored.get(life, 0)
        if is_lost:
            self.lost.append(checkpoint)
        return is_lost

    def restored(self) -> list[str]:
        """A sentence for each life that ended behind what is left of it."""
        return [
            f"{end.origin} ended with a restore, as the log says itself: of {end.size} events that were signed, "
            f"those behind {self._restored.get(life, 0)} were lost, or some of them"
            for life, end in self._ends.items()
            if end in self.lost
        ]

    def doubts(self) -> list[str]:
        """A sentence for each checkpoint that somebody has kept of what was lost.

        Raises `Altered` where the last one of its life is in the log, so that nothing of that life was lost.
        """
        doubts = []
        for kept in self._kept:
            if kept in self.lost:
                what = f"{kept.size} events of {kept.origin} of which you kept a checkpoint"
                if self._ends.get(_life_of(kept.origin), kept) not in self.lost:
                    raise Altered(f"the log is another one than those {what}, and no restore has lost these")
                doubts.append(f"what became of {what}: a restore lost some")
        return doubts


class Life(NamedTuple):
    """One life of a log: which log that is, whatever its host is called, and the life's number."""

    log: str
    number: int


def _life_of(origin: str) -> Life:
    try:
        log, number = origin.split("/")[-2:]
        return Life(log, int(number))
    except ValueError:
        return Life(origin, 0)


def _end_of_life(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint that another one says it follows."""
    try:
        origin, size, root = checkpoint.lines["follows"].split(" ")
        return Checkpoint(origin, int(size), unwritten(root), {}, None, None)
    except ValueError:
        raise Altered("a signed note is no checkpoint") from None


# Where evidence comes from


class Bundle:
    """An exported log: a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "manifest").is_file():
            raise Uncheckable(f"{folder} holds no manifest, so it is no bundle or not a whole one")

    def folds(self) -> Sequence[Fold]:
        """What the events add up to, and what explains that some cannot be read."""
        self._totals, self._readability = Totals(), Readability(self._readable_from())
        return self._totals, self._readability

    def check(self, keys: Sequence[str], report: Report) -> None:
        """Check the manifest's signature, and all that it says: totals, what can be read, and every file."""
        try:
            head, *lines = text_of(self._text("manifest"), keys).splitlines()
        except UnknownKey as unknown:
            raise Uncheckable(f"the manifest: {unknown}") from None
        if head not in (BUNDLE_VERSION, OLDER_BUNDLE_VERSION):
            raise Uncheckable(f"the bundle is of a version that is not known here: {head}")
        listed = {path: (digest, int(size)) for _, digest, size, path in _files(lines)}
        there = {path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()}
        for path in sorted(there ^ {*listed, "manifest"}):
            raise Altered(f"{path} is {'not in the manifest' if path in there else 'missing'}")
        report.said.append(f"the manifest is signed and lists {len(listed)} files")
        if self._totals.doubt is None:
            added_up = self._totals.lines() if head == BUNDLE_VERSION else self._totals.older_lines()
            _check_totals([line for line in lines if line.startswith(("leads ", "deals ", "open-deals "))], added_up)
            report.said.append(f"the events add up to the {len(added_up)} totals that it tells")
        report.said += self._readability.explained()
        report.doubts += [*filter(None, [self._totals.doubt]), *self._readability.doubts]
        self._check_files(listed)

    def _readable_from(self) -> dict[str, int] | None:
        """What readable-from.txt tells; None where the bundle is of the first version, which had none."""
        if self._text("manifest").startswith(f"{OLDER_BUNDLE_VERSION}\n"):
            return None
        try:
            lines = [line.split(" ") for line in self._text("readable-from.txt").splitlines()]
            return {stream: int(version) for stream, version in lines}
        except ValueError:
            raise Altered("a line of readable-from.txt is not as it was exported") from None

    def keys(self) -> list[str]:
        """What keys.txt names."""
        return [line for line in self._text("keys.txt").splitlines() if line]

    def keys_vouched_for(self, keys: Sequence[str]) -> list[str]:
        """What keys.txt names, where it is the file of that name in a manifest that one of the keys has signed."""
        try:
            listed = _files(text_of(self._text("manifest"), keys).splitlines())
        except (Altered, UnknownKey):
            return []
        digest = sha256(self._text("keys.txt").encode()).hexdigest()
        return self.keys() if any(path == "keys.txt" and told == digest for _, told, _, path in listed) else []

    def entries(self) -> Iterator[Entry]:
        """The lines of entries.jsonl."""
        with self._open("entries.jsonl") as file:
            for number, line in enumerate(file, start=1):
                try:
                    entry = _plain_entry(line) or _entry_with_escapes(line)
                except (ValueError, KeyError, TypeError, RecursionError):
                    raise Altered("a line of entries.jsonl is not as it was exported", number) from None
                yield entry

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """The hashes of leaves.bin."""
        with self._open("leaves.bin") as file:
            yield from enumerate(iter(lambda: file.read(32), b""), start=1)

    def notes(self) -> list[str]:
        """The files in checkpoints/."""
        names = sorted(path.name for path in (self._folder / "checkpoints").glob("*"))
        return [self._text(f"checkpoints/{name}") for name in names]

    def access(self) -> Iterator[Sequence[Any]]:
        """The lines of access.jsonl."""
        with self._open("access.jsonl") as file:
            for line in file:
                *record, written = json.loads(line)
                yield *record, unwritten(written)

    def begun(self) -> list[Begun]:
        """The lines of lives.jsonl; older bundles do not have it."""
        if not (self._folder / "lives.jsonl").exists():
            return []
        try:
            return [Begun(*json.loads(line)) for line in self._text("lives.jsonl").splitlines()]
        except (ValueError, TypeError):
            raise Altered("lives.jsonl is not as it was exported") from None

    def close(self) -> None:
        """A folder needs no closing."""

    def _check_files(self, listed: Mapping[str, tuple[str, int]]) -> None:
        for path, told in listed.items():
            hashed, length = sha256(), 0
            with (self._folder / path).open("rb") as file:
                while block := file.read(1 << 20):
                    hashed.update(block)
                    length += len(block)
            if (hashed.hexdigest(), length) != told:
                raise Altered(f"{path} is not the file that the manifest lists")

    def _open(self, name: str) -> Any:
        try:
            return (self._folder / name).open("rb")
        except OSError:
            raise Altered(f"{name} is missing") from None

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise Altered(f"{name} is missing, or is no text") from None


def entry_line(entry: Entry) -> bytes:
    """An event as a line of entries.jsonl: there is one way to write it."""
    told = {"position": entry.position, "stream": entry.stream, "version": entry.version, "topic": entry.topic}
    line = json.dumps(told | {"state": in_base64(entry.state).decode()}, ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def _plain_entry(line: bytes) -> Entry | None:
    if (plain := _PLAIN_LINE.fullmatch(line)) is None:
        return None
    position, stream, version, topic, state = plain.groups()
    number = int(version)
    return Entry(int(position), stream.decode(), number, topic.decode(), unwritten(state), number - 1 or None)


def _entry_with_escapes(line: bytes) -> Entry:
    told = json.loads(line)
    version, state = told["version"], unwritten(told["state"])
    entry = Entry(told["position"], told["stream"], version, told["topic"], state, version - 1 or None)
    if line != entry_line(entry):
        raise ValueError
    return entry


def _check_totals(told: Sequence[str], added_up: Sequence[str]) -> None:
    for line in told:
        if line not in added_up:
            raise Altered(f"the manifest tells {line!r}, which the events do not add up to")
    for line in added_up:
        if line not in told:
            raise Altered(f"the events add up to {line!r}, which the manifest does not tell")


def _files(lines: Iterable[str]) -> Iterator[list[str]]:
    for line in lines:
        if line.startswith("file "):
            yield line.split(" ", 3)


class DatabaseSource:
    """The service's own database."""

    def __init__(self, url: str) -> None:
        self._connection = _connected(url)

    def folds(self) -> Sequence[Fold]:
        """A database says nothing of what its events come to."""
        return ()

    def check(self, _keys: Sequence[str], report: Report) -> None:
        """A database has nothing of its own to check."""
        report.said.append("the database can be read")

    def keys(self) -> list[str]:
        """A database has no keys with it."""
        return []

    def keys_vouched_for(self, _keys: Sequence[str]) -> list[str]:
        """A database has no keys with it."""
        return []

    def entries(self) -> Iterator[Entry]:
        """The table events."""
        for position, stream, version, topic, state, previous in self._rows(
            "SELECT position, stream_id, version, topic, state, previous FROM events WHERE position > ? "
            "ORDER BY position LIMIT ?"
        ):
            if not isinstance(state, bytes):
                raise Altered("a state is not readable any more", position)
            yield Entry(position, _decoded(stream, position), version, _decoded(topic, position), state, previous)

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """The table leaves."""
        yield from self._rows("SELECT position, hash FROM leaves WHERE position > ? ORDER BY position LIMIT ?")

    def notes(self) -> list[str]:
        """The table checkpoints."""
        rows = self._rows("SELECT number, note FROM checkpoints WHERE number > ? ORDER BY number LIMIT ?")
        return [_decoded(note, None) for _, note in rows]

    def access(self) -> Iterator[Sequence[Any]]:
        """The table access_records."""
        for record in self._rows(
            "SELECT number, at, user_id, request_id, client, path, query, hash FROM access_records WHERE number > ? "
            "ORDER BY number LIMIT ?"
        ):
            yield [_decoded(value, None) if place in (1, 3, 4, 5, 6) else value for place, value in enumerate(record)]

    def begun(self) -> list[Begun]:
        """The table incarnations."""
        query = (
            "SELECT number, began_at, instance, last_note FROM incarnations WHERE number > ? ORDER BY number LIMIT ?"
        )
        return [
            Begun(number, _decoded(began_at, None), _decoded(instance, None), note and _decoded(note, None))
            for number, began_at, instance, note in self._rows(query)
        ]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _rows(self, query: str) -> Iterator[Any]:
        after: int = -(2**63)
        while True:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(self._connection.placed(query), (after, READ_AT_ONCE))
                rows = cursor.fetchall()
            if not rows:
                return
            yield from rows
            after = rows[-1][0]


def _connected(url: str) -> Any:
    scheme, _, rest = url.partition("://")
    try:
        if scheme == "sqlite":
            connection: Any = sqlite3.connect(f"file:{rest[1:]}?mode=ro", uri=True, factory=_Sqlite)
            connection.text_factory = bytes
            connection.execute("SELECT 1 FROM events LIMIT 1")
            return connection
        import psycopg

        class _Postgresql(psycopg.Connection[Any]):
            def placed(self, query: str) -> str:
                return query.replace("?", "%s")

        return _Postgresql.connect(f"postgresql://{rest}", autocommit=True)
    except ImportError:
        raise Uncheckable("psycopg is needed to read a PostgreSQL database") from None
    except Exception as error:
        raise Uncheckable(f"the database cannot be read: {error}") from None


class _Sqlite(sqlite3.Connection):
    def placed(self, query: str) -> str:
        return query


def _decoded(value: Any, position: int | None) -> str:
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise Altered("text is not readable any more", position) from None


# The check itself


@dataclass
class Report:
    """What was checked, and how much of it there was; ``doubts`` are what cannot be told of it."""

    events: int = 0
    sealed: int = 0
    checkpoints: int = 0
    known: int = 0
    accesses: int = 0
    said: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def verify(source: Source, keys: Sequence[str], known: Iterable[str]) -> Report:
    """Check everything; answers what was checked, or raises `Altered` or `Uncheckable`."""
    report = Report()
    keys = list(keys) or source.keys()
    if not keys:
        raise Uncheckable("no key was given, and none comes with the log; give --key")
    given = [*keys]
    signed, kept = _opened(source, known, keys, report)
    report.said += [
        f"the key {key} is trusted, too, since one of yours signed for it" for key in keys if key not in given
    ]
    lives = Lives(signed, kept)
    named = _check_begun(source.begun(), signed, keys, report)
    _check_no_contradiction([*signed, *kept, *named])
    _check_events(source, [*signed, *kept, *named, *lives.ends()], lives, report)
    report.said += lives.restored()
    report.doubts += lives.doubts()
    source.check(keys, report)
    kept = [checkpoint for checkpoint in kept if checkpoint not in lives.lost]
    present = {checkpoint.life for checkpoint in signed}
    _check_access(source, [*signed, *(each for each in kept if not present or each.life == max(present))], report)
    report.checkpoints, report.known = len(signed), len(kept)
    return report


def _opened(
    source: Source, known: Iterable[str], keys: list[str], report: Report
) -> tuple[list[Checkpoint], list[Checkpoint]]:
    """The checkpoints of the log, and those that were kept, that trusted keys have signed; adds to the keys.

    A key is trusted that was given, that one which is trusted has named as its next, and whatever a bundle's manifest
    vouches for that one of them has signed. What others have signed tells nothing, neither good nor bad.
    """
    waiting: Iterable[tuple[str, bool]] = chain(zip(source.notes(), repeat(False)), zip(known, repeat(True)))
    opened: tuple[list[Checkpoint], list[Checkpoint]] = [], []
    strangers, vouched = dict[str, None](), False
    while True:
        unknown, trusted = [], len(keys)
        strangers.clear()
        for note, is_kept in waiting:
            try:
                checkpoint = checkpoint_of(note, keys)
            except UnknownKey as by:
                unknown.append((note, is_kept))
                strangers |= dict.fromkeys(by.signers)
            else:
                opened[is_kept].append(checkpoint)
                if (following := checkpoint.lines.get("next-key")) is not None and following not in keys:
                    keys.append(following)
        if len(keys) == trusted and not vouched:
            keys += [key for key in source.keys_vouched_for(keys) if key not in keys]
            vouched = True
        if len(keys) == trusted or not unknown:
            break
        waiting = unknown
    if strangers:
        report.doubts.append(f"checkpoints are signed by a key that is not known here: {', '.join(strangers)}")
    if not any(opened):
        nothing = "no checkpoint was ever signed, so there is nothing to check the log against"
        raise Uncheckable("; ".join(report.doubts) or nothing)
    return opened


def _check_events(source: Source, checkpoints: Sequence[Checkpoint], lives: Lives, report: Report) -> None:
    versions, leaves, folds = dict[str, int](), source.leaves(), source.folds()
    tree, streams, times, fitting = Tree(), Streams(), Times(), Fitting(checkpoints, lives)
    try:
        for entry in source.entries():
            position = tree.size + 1
            _check_place(entry, position, versions)
            leaf, sealed = leaf_of(entry), next(leaves, None)
            if sealed is not None and sealed != (position, leaf):
                raise Altered(_leaf_problem(sealed, position), position)
            tree.add(leaf)
            report.sealed += sealed is not None
            streams.add(entry)
            times.add(entry)
            for checkpoint in fitting.of(tree):
                streams.check(checkpoint)
                times.check(checkpoint)
            for fold in folds:
                fold.add(entry)
        fitting.end(source, tree.size)
        if next(leaves, None) is not None:
            raise Altered("there are leaves of events that are not there", tree.size + 1)
        if report.sealed < fitting.agreed:
            raise Altered("leaves are missing of events that a checkpoint seals", report.sealed + 1)
    except Contradiction:
        raise
    except Altered as altered:
        raise fitting.misfit or altered from None
    report.events = tree.size
    report.doubts += times.doubts
    if fitting.agreed < tree.size:
        behind = tree.size - fitting.agreed
        report.said.append(f"the last {behind} events came after the last checkpoint and are not signed")


def _check_place(entry: Entry, position: int, versions: dict[str, int]) -> None:
    if type(entry.position) is not int or entry.position != position:
        raise Altered(f"the event at position {position} is missing, or is another one", position)
    if type(entry.version) is not int or entry.version != versions.get(entry.stream, 0) + 1:
        raise Altered(f"version {entry.version} of stream {entry.stream} does not follow the one before", position)
    if entry.previous != (entry.version - 1 or None):
        raise Altered("the event names another version before it than there is", position)
    versions[entry.stream] = entry.version


def _leaf_problem(sealed: tuple[int, bytes], position: int) -> str:
    if sealed[0] != position:
        return "the event's leaf is missing"
    return "the event, or its leaf, is not what was sealed"


def _check_access(source: Source, checkpoints: Sequence[Checkpoint], report: Report) -> None:
    due = {checkpoint.access for checkpoint in checkpoints if checkpoint.access is not None}
    sealed = max((number for number, _ in due), default=0)
    before, count = b"", 0
    for *record, kept in source.access():
        count += 1
        before = access_hash(before, record)
        if record[0] != count or kept != before:
            raise Altered(f"access record {count} is not what was sealed")
        due.discard((count, before))
    if due:
        raise Altered(f"access records are missing, or are not those that a checkpoint sealed (record {min(due)[0]})")
    report.accesses = count
    if count > sealed:
        report.said.append(
            f"the last {count - sealed} access records came after the last checkpoint and are not sealed"
        )


# When, in which life of the log, and whether the signer contradicts itself


class Times:
    """When events were recorded: none before the one in front of it, and none after the checkpoint that covers it."""

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self._last = ""

    def add(self, entry: Entry) -> None:
        """Add the next event of the log."""
        try:
            recorded_at = _recorded_at(entry)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Altered("an event does not tell when it was recorded", entry.position) from None
        if not _TIME.fullmatch(str(recorded_at)):
            raise Altered("an event does not tell when it was recorded", entry.position)
        if recorded_at < self._last:
            what = f"an event was recorded at {recorded_at}, and the one before it at {self._last}"
            raise Altered(what, entry.position)
        self._last = recorded_at

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


def _check_begun(
    begun: Sequence[Begun], signed: Sequence[Checkpoint], keys: Sequence[str], report: Report
) -> list[Checkpoint]:
    """Check that lives follow each other, and are all that were signed of; answers the checkpoints that they name."""
    lives = [Life(each.instance, each.number) for each in begun]
    if lives != sorted(set(lives)) or len({life.log for life in lives}) > 1:
        raise Altered("the lives of the log do not follow each other")
    if lives and (unknown := {checkpoint.life for checkpoint in signed} - {*lives}):
        raise Altered(f"life {min(unknown).number} of the log is not among those that are told")
    report.said += [f"life {each.number} of the log began at {each.began_at}" for each in begun[1:]]
    named = []
    for each in begun:
        try:
            named += [checkpoint_of(each.last_note, keys)] if each.last_note is not None else []
        except UnknownKey:
            continue
    return named


class Fitting:
    """The checkpoints that a growing tree fits, and those that it does not; ``agreed`` is how far all of them fit."""

    def __init__(self, checkpoints: Sequence[Checkpoint], lives: Lives) -> None:
        self.agreed = 0
        self._due = sorted(checkpoints, key=lambda checkpoint: checkpoint.size, reverse=True)
        self._lives = lives
        self._fit: list[Checkpoint] = []
        self._misfits: list[tuple[Checkpoint, Altered]] = []

    @property
    def misfit(self) -> Altered | None:
        """What is wrong with the first checkpoint that does not fit, and should."""
        return self._misfits[0][1] if self._misfits else None

    def of(self, tree: Tree) -> Iterator[Checkpoint]:
        """The checkpoints of the size that the tree has by now, as far as they fit it."""
        while self._due and self._due[-1].size <= tree.size:
            checkpoint = self._due.pop()
            if (checkpoint.size, checkpoint.root) == (tree.size, tree.root):
                self._fit.append(checkpoint)
                self.agreed = tree.size if self.misfit is None else self.agreed
                yield checkpoint
            else:
                what = f"the first {tree.size} events are not those of which a checkpoint was signed"
                self._note(checkpoint, f"{what}; those up to {self.agreed} are", self.agreed + 1)

    def end(self, source: Source, size: int) -> None:
        """Raise `Contradiction` or `Altered` where a checkpoint does not fit, or is of more events than there are."""
        for checkpoint in self._due:
            what = f"the log ends after {size} events, but a checkpoint of {checkpoint.size} was signed"
            self._note(checkpoint, what, size + 1)
        for misfit, _ in self._misfits:
            for fit in self._fit:
                if fit.life == misfit.life and fit.size > misfit.size and fit.note and misfit.note:
                    raise Contradiction(Fork.over(misfit, fit, [leaf for _, leaf in source.leaves()]))
        if self.misfit is not None:
            raise self.misfit

    def _note(self, checkpoint: Checkpoint, what: str, position: int) -> None:
        if not self._lives.excuse(checkpoint):
            self._misfits.append((checkpoint, Altered(what, position)))


class Fork(NamedTuple):
    """Two checkpoints that one signer has signed of one life of a log, and that cannot both be true.

    Either they say so by themselves, or ``path`` is the proof that the tree of the second begins by the tree with
    another ``root`` than the first one has.
    """

    first: Checkpoint
    second: Checkpoint
    root: bytes | None = None
    path: Sequence[bytes] = ()

    @classmethod
    def over(cls, misfit: Checkpoint, fit: Checkpoint, leaves: Sequence[bytes]) -> Fork:
        """What shows that one checkpoint is not of the beginning of the leaves that a larger one is of."""
        path = _consistency(misfit.size, leaves[: fit.size], is_whole=True)
        return cls(misfit, fit, _root_of(leaves[: misfit.size]), path)

    def reason(self) -> str | None:
        """Why both cannot be true; None where that is not shown."""
        first, second = self.first, self.second
        if first.life != second.life:
            return None
        for what, said in _said(first).items():
            if _said(second).get(what, said) != said:
                return f"they say different things of {what}"
        if (
            None not in (first.time, second.time)
            and (first.time or 0) > (second.time or 0)
            and first.size < second.size
        ):
            return f"that of {first.size} was signed later than that of {second.size}"
        if self.root is not None and self.root != first.root and first.size < second.size:
            try:
                shown = _roots(first.size, second.size, self.path, self.root, is_whole=True)
            except ValueError:
                return None
            if shown == (self.root, second.root):
                return f"the log of {second.size} events does not begin with that of {first.size}"
        return None

    def __str__(self) -> str:
        """As a file that anybody can check without the log."""
        root = in_base64(self.root).decode() if self.root is not None else None
        path = [in_base64(node).decode() for node in self.path]
        told = {
            "format": FORK_VERSION,
            "first": self.first.note,
            "second": self.second.note,
            "root": root,
            "path": path,
        }
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str, keys: Sequence[str]) -> Fork:
        """What a file tells, once the signatures hold. Raises `Uncheckable` where it tells no fork."""
        try:
            told = json.loads(text)
            if told["format"] != FORK_VERSION:
                raise ValueError
            root = unwritten(told["root"]) if told["root"] is not None else None
            path = [unwritten(node) for node in told["path"]]
            return cls(checkpoint_of(told["first"], keys), checkpoint_of(told["second"], keys), root, path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Uncheckable("the file is not as a fork is told") from None


class Contradiction(Altered):
    """The signer has signed what cannot be true at once; ``fork`` shows it."""

    def __init__(self, fork: Fork) -> None:
        super().__init__(
            f"the signer contradicts itself: it has signed checkpoints of {fork.first.size} and of {fork.second.size} "
            f"events of {fork.first.origin}, and {fork.reason()}"
        )
        self.fork = fork


def _check_no_contradiction(checkpoints: Sequence[Checkpoint]) -> None:
    """Raise `Contradiction` where two checkpoints by themselves cannot both be true."""
    said = dict[tuple[Life, str], tuple[bytes | str, Checkpoint]]()
    for checkpoint in checkpoints:
        for what, value in _said(checkpoint).items():
            before = said.setdefault((checkpoint.life, what), (value, checkpoint))
            if before[0] != value:
                raise Contradiction(Fork(before[1], checkpoint))
    timed = sorted((each for each in checkpoints if each.time is not None), key=lambda each: (each.time, each.size))
    largest = dict[Life, Checkpoint]()
    for checkpoint in timed:
        before_it = largest.setdefault(checkpoint.life, checkpoint)
        if checkpoint.size < before_it.size:
            raise Contradiction(Fork(checkpoint, before_it))
        largest[checkpoint.life] = checkpoint


def _said(checkpoint: Checkpoint) -> dict[str, bytes | str]:
    """What a checkpoint says once and for all of the life of a log that it is of."""
    said: dict[str, bytes | str] = {f"the first {checkpoint.size} events": checkpoint.root}
    if checkpoint.access is not None:
        said[f"the first {checkpoint.access[0]} access records"] = checkpoint.access[1]
    if "streams" in checkpoint.lines:
        said[f"the streams of the first {checkpoint.size} events"] = checkpoint.lines["streams"]
    return said


def _root_of(leaves: Sequence[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root


def _consistency(old: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    """The consistency proof from the first leaves to all of them (RFC 9162, 2.1.4.1)."""
    if old == len(leaves):
        return [] if is_whole else [_root_of(leaves)]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= left:
        return [*_consistency(old, leaves[:left], is_whole=is_whole), _root_of(leaves[left:])]
    return [*_consistency(old - left, leaves[left:], is_whole=False), _root_of(leaves[:left])]


def _roots(old: int, new: int, path: Sequence[bytes], root: bytes, *, is_whole: bool) -> tuple[bytes, bytes]:
    """The roots of two trees that a consistency proof leads to. Raises ValueError where it is too short or too long."""
    if old == new:
        (node,) = [root, *path] if is_whole else path
        return node, node
    *path, beside = path
    left = 1 << (new - 1).bit_length() - 1
    if old <= left:
        one, other = _roots(old, left, path, root, is_whole=is_whole)
        return one, _joined(other, beside)
    one, other = _roots(old - left, new - left, path, root, is_whole=False)
    return _joined(beside, one), _joined(beside, other)


# One event, or what a lead or a deal was at a moment, as a file


def check_proof(told: Mapping[str, Any], checkpoint: Checkpoint) -> list[str]:
    """Check what a proof file tells against its checkpoint; answers what that shows, in sentences, the first the main.

    Raises `Altered`, or `Uncheckable`.
    """
    try:
        if "event" in told:
            return _event_in_words(_included(told["event"], checkpoint), checkpoint)
        return _moment_in_words(told, checkpoint)
    except (*_UNFAMILIAR, struct.error, RecursionError):
        raise Altered("the file is not as a proof was made") from None


def stream_of(kind: str, number: int | str) -> str:
    """The stream of a lead, which its own id names, or of a deal or a stage, derived from its number."""
    return UUID(str(number)).hex if kind == "lead" else uuid5(_NAMESPACE, f"{kind}/{int(number)}").hex


def root_above(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to from the leaf at an index, from 0 (RFC 9162, 2.1.3)."""
    if not 0 <= index < size or (size == 1) != (not path):
        raise Altered("an inclusion proof is too long or too short")
    if size == 1:
        return leaf
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return _joined(root_above(leaf, index, left, path[:-1]), path[-1])
    return _joined(path[-1], root_above(leaf, index - left, size - left, path[:-1]))


def _included(told: Mapping[str, Any], checkpoint: Checkpoint) -> Entry:
    """An event of a proof file, once it has proven to be one of those that the checkpoint seals."""
    state, path = unwritten(told["state"]), [*map(unwritten, told["path"])]
    if type(told["position"]) is not int or type(told["version"]) is not int:
        raise TypeError
    entry = Entry(told["position"], told["stream"], told["version"], told["topic"], state, None)
    if root_above(leaf_of(entry), entry.position - 1, checkpoint.size, path) != checkpoint.root:
        raise Altered("the event is not one of those that the checkpoint seals", entry.position)
    return entry


def _stream_at(
    told: Mapping[str, Any], stream: str, position: int, checkpoint: Checkpoint
) -> tuple[list[Entry], Entry | None]:
    """All events that a stream had up to a position, and the one that came next, once both are shown to be just that.

    The events are the stream's first ones without a gap, each of them sealed, and either one of them is behind the
    position, or the last of them is the one that the checkpoint names as the stream's last.
    """
    events = [_included(each, checkpoint) for each in told["events"]]
    end = Head(*told["end"]) if told["end"] is not None else None
    if "streams" not in checkpoint.lines:
        raise Uncheckable("the checkpoint is from before it named the heads of streams")
    head = proven_head(stream, end, [*map(unwritten, told["beside"])], unwritten(checkpoint.lines["streams"]))
    places = [(entry.stream, entry.version) for entry in events]
    if places != [(stream, version) for version in range(1, len(events) + 1)]:
        raise Altered(f"events of stream {stream} are left out, or are others")
    positions = [entry.position for entry in events]
    if positions != sorted(set(positions)) or (head.version if head else 0) < len(events):
        raise Altered(f"the events of stream {stream} are in another order")
    before = [entry for entry in events if entry.position <= position]
    if len(before) == len(events):
        if (Head(*places[-1], positions[-1]) if events else None) != head:
            raise Altered(f"events of stream {stream} are left out behind version {len(events)}")
        return before, None
    return before, events[len(before)]


def _moment_in_words(told: Mapping[str, Any], checkpoint: Checkpoint) -> list[str]:
    asked, *stages = told["streams"]
    position, time = told["as_of"]["position"], told["as_of"]["time"]
    kind: str = asked["kind"]
    if kind not in ("lead", "deal"):
        raise Uncheckable(f"this verifier does not know what became of a {kind.lower()}")
    number = str(UUID(asked["id"])) if kind == "lead" else int(asked["id"])
    if type(position) is not int or position < 0:
        raise ValueError
    if position > checkpoint.size:
        raise Uncheckable(f"the checkpoint is of {checkpoint.size} events, so it says nothing of position {position}")
    events, following = _stream_at(asked, stream_of(kind, number), position, checkpoint)
    standing, named = standing_of(kind, events), ""
    for each in stages:
        if standing is None or (each["kind"], each["id"]) != ("stage", standing.stage_id):
            raise Altered("there is a stage in the file that the events do not name")
        stage, _ = _stream_at(each, stream_of("stage", each["id"]), position, checkpoint)
        named = f" ({last_told(stage, 'name')!r} of pipeline {last_told(stage, 'pipeline_id')})"
    if time is not None:
        _check_time(time, events, following, checkpoint)
    when = f"as of position {position}" + (f", and at {time}" if time is not None else "")
    return [
        f"{kind} {number} {_standing_in_words(standing, events, named)}, {when}",
        *_events_in_words(events, following, checkpoint),
    ]


def standing_of(kind: str, events: Sequence[Entry]) -> Standing | None:
    """Where a lead or a deal stands after all its events. Raises `Uncheckable` where they are another thing's."""
    standing = None
    for entry in events:
        try:
            standing = standing_after(standing, entry)
        except _UNFAMILIAR:
            raise Uncheckable(_unfamiliar(entry)) from None
    if standing is not None and standing.form != f"{kind}s":
        raise Uncheckable(f"there is no {kind} of that name, but something else")
    return standing


def last_told(events: Sequence[Entry], name: str) -> Any:
    """What the events told last under a name; None where that is encrypted, since it tells of people."""
    value = None
    for entry in events:
        told = _told_by(entry)
        path, facts = ("data.changes", told["data"]["changes"]) if "changes" in told["data"] else ("data", told["data"])
        if name in facts:
            value = None if f"{path}.{name}" in told.get("encrypted", {}) else facts[name]
    return value


def _standing_in_words(standing: Standing | None, events: Sequence[Entry], stage: str) -> str:
    if standing is None:
        return "was not there"
    if standing.place == "deleted":
        return "was deleted"
    if standing.place in ("lead", "deal"):
        return f"was {standing.place} {last_told(events, f'{standing.place}_id')}"
    money = f"{standing.amount} {standing.currency}" if standing.amount is not None else "no amount"
    archived = ", archived" if standing.place == "archive" else ""
    title = last_told(events, "title")
    called = f"with {money}" if title is None else f"with {money} and the title {title!r}"
    if standing.form == "leads":
        return f"was in the inbox{archived}, {called}"
    return f"stood in stage {standing.stage_id}{stage}, {standing.status}{archived}, {called}"


def _events_in_words(events: Sequence[Entry], following: Entry | None, checkpoint: Checkpoint) -> Iterator[str]:
    if events:
        yield f"{len(events)} of its events say so, the last of them {_place_in_words(events[-1])}"
        if last_told(events, "title") is None:
            yield "its title tells of people, so it is encrypted in what was sealed"
    if following is not None:
        yield f"{'the next' if events else 'its first'} one was {_place_in_words(following)}"
    else:
        yield f"{'none came later' if events else 'it has none'} among the {checkpoint.size} that the checkpoint seals"


def _event_in_words(entry: Entry, checkpoint: Checkpoint) -> list[str]:
    return [
        f"the event at position {entry.position} is one of the {checkpoint.size} that the checkpoint seals",
        f"it is {_place_in_words(entry)}, and version {entry.version} of stream {entry.stream}",
    ]


def _place_in_words(entry: Entry) -> str:
    told = _told_by(entry)
    who, is_hidden = told["metadata"], "metadata.client" in told.get("encrypted", {})
    by = "nobody" if who.get("user_id") is None else f"user {who['user_id']}"
    through = "a client whose name is encrypted" if is_hidden else repr(who["client"])
    return f"{entry.topic} at position {entry.position}, recorded at {who['recorded_at']} for {by} by {through}"


def _check_time(time: str, events: Sequence[Entry], following: Entry | None, checkpoint: Checkpoint) -> None:
    """Raise `Altered` unless the last of the events was recorded by a time, and the one that came next was not."""
    if not _TIME.fullmatch(time):
        raise ValueError
    if events and _recorded_at(events[-1]) > time:
        raise Altered("an event was recorded later than the time that is told", events[-1].position)
    if following is not None:
        if _recorded_at(following) <= time:
            raise Altered("an event that was recorded by the time that is told is left out", following.position)
    elif checkpoint.time is None or datetime.fromisoformat(time).timestamp() > checkpoint.time + 1:
        raise Uncheckable("the checkpoint was not signed after the time that is told, so more may have come until then")


def _recorded_at(entry: Entry) -> str:
    recorded_at: str = _told_by(entry)["metadata"]["recorded_at"]
    return recorded_at


# The command


_KEY_HELP = "a public key, name+hash+key, as you got it before, or several, one a line"


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Wrong usage has an exit code of its own."""
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name, say what was found, and answer the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = {"proof": _check_proof_file, "fork": _check_fork_file}
    check = partial(commands[given[0]], given[1:]) if given and given[0] in commands else partial(_check_log, given)
    try:
        return check()
    except Altered as altered:
        where = "" if altered.position is None else f" First bad position: {altered.position}."
        print(f"ALTERED: {altered}.{where}")
        return ALTERED
    except (Uncheckable, OSError) as error:
        print(f"CANNOT TELL: {error}.")
        return UNTOLD


def _check_proof_file(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify proof", description="Check what a proof file of Leadledger says.")
    parser.add_argument("file", type=Path, help="a file that `leadledger audit proof` has written")
    parser.add_argument("--key", action="append", required=True, help=_KEY_HELP)
    given = parser.parse_args(arguments)
    try:
        told = json.loads(given.file.read_bytes())
        if told["format"] != PROOF_VERSION:
            raise ValueError
        note = str(told["checkpoint"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Uncheckable(f"{given.file} is no proof of a form that is known here") from None
    sentences = check_proof(told, checkpoint_of(note, _lines_of(given.key)))
    for number, sentence in enumerate(sentences):
        print(f"{'  ' if number else 'SOUND: '}{sentence[0].upper()}{sentence[1:]}.")
    return SOUND


def _check_fork_file(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify fork", description="Check what is to show that a signer contradicts itself.")
    parser.add_argument("file", type=Path, help="a file that --fork has written")
    parser.add_argument("--key", action="append", required=True, help=_KEY_HELP)
    given = parser.parse_args(arguments)
    fork = Fork.parse(given.file.read_text("utf-8", "replace"), _lines_of(given.key))
    if fork.reason() is None:
        raise Uncheckable("the file shows no contradiction: both checkpoints may be true")
    raise Contradiction(fork)


def _lines_of(values: Iterable[str]) -> list[str]:
    return [line for value in values for line in value.splitlines()]


def _check_log(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify", description="Check that a log of Leadledger is what was sealed and signed.")
    parser.add_argument("log", help="an exported bundle's folder, or the address of a database")
    parser.add_argument("--key", action="append", default=[], help=_KEY_HELP)
    parser.add_argument("--known", action="append", default=[], metavar="FILE", help="checkpoints that you have kept")
    parser.add_argument(
        "--fork", type=Path, metavar="FILE", help="where to write what shows it, should the signer contradict itself"
    )
    given = parser.parse_args(arguments)
    known = (note for name in given.known for note in _notes_in(Path(name)))
    source: Source = DatabaseSource(given.log) if "://" in given.log else Bundle(Path(given.log))
    with closing(source):
        try:
            report = verify(source, _lines_of(given.key), known)
        except Contradiction as contradiction:
            if given.fork is not None:
                with given.fork.open("w", encoding="utf-8") as file:
                    file.write(str(contradiction.fork))
            raise
    for doubt in report.doubts:
        print(f"CANNOT TELL: {doubt}.")
    print(f"{'  ' if report.doubts else 'SOUND: '}{report.events} events are those that were sealed and signed.")
    print(f"  {report.checkpoints} checkpoints of the log and {report.known} of yours fit it,")
    print(f"  {report.sealed} leaves and {report.accesses} access records are what they should be.")
    for sentence in report.said:
        print(f"  {sentence[0].upper()}{sentence[1:]}.")
    if not given.key:
        print("  The key came with the log: get it from somebody else, and give it as --key, to be sure.")
    return UNTOLD if report.doubts else SOUND


def _notes_in(path: Path) -> Iterator[str]:
    """The checkpoints in a file, read one by one: one, or many behind each other with an empty line between."""
    lines = list[str]()
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line == "\n" and lines and lines[-1].startswith(DASH):
                yield "".join(lines)
                lines = []
            else:
                lines.append(line)
    if lines:
        yield "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
