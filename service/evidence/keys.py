"""Reads, makes and rotates the files of the Ed25519 keys that sign checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.database.key_files import UnusableKey, read, usable
from service.database.private_files import keep_new, move, replace
from service.evidence.signed_notes import BrokenNote, Verifier

Keys = Sequence[Ed25519PrivateKey]
"""The keys that sign: one, or two while one follows the other."""

_UNREADABLE = "the file with the key that signs cannot be read"


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file. Raises `UnusableKey`; reading never makes one."""
    content = read(path)
    if content is None:
        raise UnusableKey(
            f"{path} is not there, and this log was signed with the key in it before; put it back, or name it with "
            'LEADLEDGER_SIGNING_KEY; where it is lost for good: "leadledger audit incarnation --new-key"',
            "the file with the key that signs is not there",
        )
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey(f"{path} holds no private key", _UNREADABLE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"the key in {path} is of another kind than Ed25519", _UNREADABLE)
    return key


def make_signing_key(path: Path) -> None:
    """Make the signing key, where there is none; of several processes that do so at once, one's key is used by all."""
    with usable(path):
        keep_new(path, _new())


def signing_keys(path: Path) -> list[Ed25519PrivateKey]:
    """The key that signs and, while one follows another, the next one. Raises `UnusableKey`."""
    following = _next(path)
    return [signing_key(path), *([signing_key(following)] if following.exists() else [])]


def begin_next_key(path: Path) -> None:
    """Make the key that is to follow; from now on both sign. Raises `UnusableKey` where one was made already."""
    if _next(path).exists():
        raise UnusableKey("the next key signs already, beside the present one; finish that first")
    make_signing_key(_next(path))


def adopt_next_key(path: Path, retired: Verifier) -> None:
    """Let the next key be the one that signs; the public half of the other is kept. Raises `UnusableKey`."""
    if not _next(path).exists():
        raise UnusableKey("no key was made that could follow; begin with that")
    with usable(path):
        replace(_retired(path), "".join(f"{key}\n" for key in [*retired_keys(path), retired]).encode())
        move(_next(path), path)


def retired_keys(path: Path) -> list[Verifier]:
    """The public halves of the keys that signed before. Raises `UnusableKey`."""
    try:
        return [Verifier.parse(line) for line in (read(_retired(path)) or b"").decode().splitlines()]
    except (BrokenNote, UnicodeError):
        raise UnusableKey(f"{_retired(path)} cannot be read as the keys that signed before", _UNREADABLE) from None


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _retired(path: Path) -> Path:
    return path.with_name(f"{path.name}.retired")


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
