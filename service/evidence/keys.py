"""The key that signs checkpoints flows out of a file that nobody but the service can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class UnusableKey(Exception):
    """The file holds no Ed25519 key; the message says which file."""


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file; where there is no file yet, a new key is made and kept there. Raises `UnusableKey`."""
    if not path.exists():
        _keep_new(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey(f"{path} holds no private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"the key in {path} is of another kind than Ed25519")
    return key


def _keep_new(path: Path) -> None:
    """Write a new key; of several processes that do so at once, one wins, and all use its key."""
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor, unfinished = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with open(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(unfinished)
