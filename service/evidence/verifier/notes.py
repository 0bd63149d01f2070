"""Signed notes and the checkpoints in them, and which incarnation of a log a checkpoint is of."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from service.evidence.verifier.encoding import number_in, unwritten, whole_lines
from service.evidence.verifier.verdicts import Altered, Uncheckable, UnknownKey

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    if __name__ != "__main__":
        raise
    print("CANNOT TELL: signatures cannot be checked without `cryptography`; python -m pip install cryptography.")
    sys.exit(2)

ED25519, DASH = b"\x01", "\N{EM DASH} "


def text_of(note: str, keys: Iterable[str]) -> str:
    """The text of a note that one of the keys has signed, and none wrongly. Raises `Altered` and `UnknownKey`."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Altered("a note is not signed")
    text, is_signed, strangers = f"{text}\n", False, []
    known = {(name, key_hash): key for name, key_hash, key in map(_parsed_key, keys)}
    for line in whole_lines(signatures):
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


class Incarnation(NamedTuple):
    """One incarnation of a log: which log that is, whatever its host is called, and the incarnation's number."""

    log: str
    number: int


def incarnation_of(origin: str) -> Incarnation:
    try:
        log, number = origin.split("/")[-2:]
        return Incarnation(log, number_in(number))
    except ValueError:
        return Incarnation(origin, 0)


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
    def incarnation(self) -> Incarnation:
        """The incarnation of a log that it is of."""
        return incarnation_of(self.origin)


def checkpoint_of(note: str, keys: Iterable[str]) -> Checkpoint:
    """What a checkpoint says, once its signature holds."""
    lines = whole_lines(text_of(note, keys))
    try:
        origin, size, root, *more = lines
        told = {name: value for name, _, value in (line.partition(" ") for line in more)}
        count, _, last = told.get("access", "").partition(" ")
        access = (number_in(count), unwritten(last)) if "access" in told else None
        time = number_in(told["time"]) if "time" in told else None
        return Checkpoint(origin, number_in(size), unwritten(root), told, access, time, note)
    except ValueError:
        raise Altered("a signed note is no checkpoint") from None
