"""Signs text as a signed note, and verifies signed notes with the signers' public keys.

The format is C2SP's signed-note with Ed25519 (c2sp.org/signed-note).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\N{EM DASH} "


class BrokenNote(Exception):
    """Text that is no signed note, or a key that is none; the message says what is wrong."""


@dataclass(frozen=True)
class Verifier:
    """A name and the public key that is known under it."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """Four bytes that tell one key from another."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """A key as it is handed around: ``name+hash+key``. Raises `BrokenNote`."""
        try:
            name, key_hash, key = text.strip().split("+", 2)
            raw = b64decode(key, validate=True)
        except (ValueError, binascii.Error):
            raise BrokenNote("a key is written name+hash+key") from None
        verifier = cls(name, raw[1:])
        if raw[:1] != ED25519 or len(raw) != 33 or verifier.key_hash.hex() != key_hash:
            raise BrokenNote("this is no Ed25519 key, or it was not copied whole")
        return verifier


@dataclass(frozen=True)
class Signer:
    """A name and the private key that signs under it."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """What others need to check the signatures."""
        return Verifier(self.name, self.private.public_key().public_bytes_raw())

    def signature(self, text: str) -> str:
        """The line that signs a text."""
        signed = self.verifier.key_hash + self.private.sign(text.encode())
        return f"{DASH}{self.name} {b64encode(signed).decode()}\n"


def sign(text: str, signers: Iterable[Signer]) -> str:
    """A text that ends with a newline, as a note signed by all signers."""
    return text + "\n" + "".join(signer.signature(text) for signer in signers)


def opened(note: str, verifiers: Iterable[Verifier]) -> str:
    """The text of a note that at least one of the keys has signed. Raises `BrokenNote`, also for a wrong signature."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise BrokenNote("this is no signed note")
    text += "\n"
    known = {(verifier.name, verifier.key_hash): verifier for verifier in verifiers}
    is_signed = False
    for line in signatures.split("\n")[:-1]:
        name, signed = _signature(line)
        verifier = known.get((name, signed[:4]))
        if verifier is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(verifier.public).verify(signed[4:], text.encode())
        except InvalidSignature:
            raise BrokenNote(f"the signature of {name} does not fit the text") from None
        is_signed = True
    if not is_signed:
        raise BrokenNote("none of the known keys has signed this")
    return text


def is_signed_by(note: str, verifier: Verifier) -> bool:
    """Whether a key has signed a note, among others perhaps."""
    try:
        opened(note, [verifier])
    except BrokenNote:
        return False
    return True


def _signature(line: str) -> tuple[str, bytes]:
    words = line.removeprefix(DASH).split(" ")
    if not line.startswith(DASH) or len(words) != 2:
        raise BrokenNote("a line below the text is no signature")
    try:
        return words[0], b64decode(words[1], validate=True)
    except (ValueError, binascii.Error):
        raise BrokenNote("a signature is not in base64") from None
