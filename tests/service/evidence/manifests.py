"""The manifest of a bundle written anew, as whoever holds a signing key can."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from service.evidence.signed_notes import Signer, sign


def manifest_lines(bundle: Path, form: str) -> list[str]:
    """The lines of a manifest of this form, which tells what the present one does and lists every file as it is now."""
    _, *told = (bundle / "manifest").read_text("utf-8").partition("\n\n")[0].split("\n")
    paths = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "manifest")
    files = [(path.read_bytes(), path.relative_to(bundle).as_posix()) for path in paths]
    listed = [f"file {sha256(content).hexdigest()} {len(content)} {name}" for content, name in files]
    return [form, *(line for line in told if not line.startswith("file ")), *listed]


def sign_anew(bundle: Path, form: str, signer: Signer) -> None:
    """Let a key sign for the files of a bundle as they are now."""
    text = "".join(f"{line}\n" for line in manifest_lines(bundle, form))
    (bundle / "manifest").write_bytes(sign(text, [signer]).encode())
