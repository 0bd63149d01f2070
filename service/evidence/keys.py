"""Keys that sign checkpoints flow out of files that nobody but the service can read, and one follows another."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.key_files import UnusableKey, keep_new, replace


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


def signing_keys(path: Path) -> list[Ed25519PrivateKey]:
    """The key that signs and, while one follows another, the next one. Raises `UnusableKey`."""
    following = _next(path)
    return [signing_key(path), *([signing_key(following)] if following.exists() else [])]


def begin_next_key(path: Path) -> None:
    """Make the key that is to follow; from now on both sign. Raises `UnusableKey` where one was made already."""
    if _next(path).exists():
        raise UnusableKey("the next key signs already, beside the present one; finish that first")
    keep_new(_next(path), _new())


def adopt_next_key(path: Path, retired: str) -> None:
    """Let the next key be the one that signs; the public half of the other is kept. Raises `UnusableKey`."""
    if not _next(path).exists():
        raise UnusableKey("no key was made that could follow; begin with that")
    replace(_retired(path), "".join(f"{line}\n" for line in [*retired_keys(path), retired]).encode())
    _next(path).replace(path)


def retired_keys(path: Path) -> list[str]:
    """The public halves of the keys that signed before, as verifiers take them."""
    return _retired(path).read_text("utf-8").splitlines() if _retired(path).exists() else []


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _retired(path: Path) -> Path:
    return path.with_name(f"{path.name}.retired")


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
