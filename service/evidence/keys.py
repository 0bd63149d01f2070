"""The key that signs checkpoints flows out of a file that nobody but the service can read."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.key_files import UnusableKey, keep_new


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file; where there is no file yet, a new key is made and kept there. Raises `UnusableKey`."""
    if not path.exists():
        keep_new(path, _new())
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey(f"{path} holds no private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"the key in {path} is of another kind than Ed25519")
    return key


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
