"""Whoever signs a manifest writes no event in a second way, and a later form is none that was altered: both agree."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.evidence.signed_notes import Signer, sign
from service.evidence.verifier import command as verifier
from service.evidence.verifier.access import access_hash
from service.evidence.verifier.bundle import BUNDLE_VERSION
from tests.service.evidence.manifests import sign_anew
from tests.service.evidence.test_bundle_lines import OLDER_REWRITTEN, REWRITTEN, Rewrite, exported, in_base64, lines_of
from tests.service.evidence.test_second_verifier import Spoil, needs_node, second_verdicts

__all__ = ["exported"]

SIGNER, STRANGER = (Signer("log.example/0123456789abcdef", Ed25519PrivateKey.generate()) for _ in range(2))
LATER = "leadledger-bundle/v4"


def third_line(rewrite: Rewrite, *, is_older: bool) -> Spoil:
    def spoil(bundle: Path) -> None:
        lines = [in_base64(line) if is_older else line for line in lines_of(bundle)]
        (bundle / "entries.jsonl").write_bytes(b"".join([*lines[:2], rewrite(lines[2]), *lines[3:]]))

    return spoil


def appended(name: str, more: bytes) -> Spoil:
    return lambda bundle: (bundle / name).write_bytes((bundle / name).read_bytes() + more)


WRITTEN_OTHERWISE: dict[str, Spoil] = {
    **{what: third_line(rewrite, is_older=False) for what, rewrite in REWRITTEN.items()},
    **{f"older: {what}": third_line(rewrite, is_older=True) for what, rewrite in OLDER_REWRITTEN.items()},
    "a rest behind the last event": appended("entries.jsonl", b"{"),
    "an empty line behind the last event": appended("entries.jsonl", b"\n"),
    "a rest behind the last access record": appended("access.jsonl", b"["),
    "an access record without a number": appended("access.jsonl", b'["YQ=="]\n'),
    "an access record that is none": appended("access.jsonl", b"5\n"),
    "a rest behind the last incarnation": appended("lives.jsonl", b"["),
    "an incarnation without a number": appended("lives.jsonl", b'[[],"","",null]\n'),
    "a rest behind what can be read": appended("readable-from.txt", b"0"),
}


SPELLINGS = ["0{}", "+{}", "-{}", "{}.0", "{}e0", "{}E0", "0x{}", "{}_0", "{}n", "\uff11{}", "1{}" + "0" * 15]
"""Ways to write a number that readers of numbers take in one language or another."""


def spelt_in_note(line: int, place: int, spelling: str) -> Spoil:
    """Spell a number in the last checkpoint otherwise: the word at a place of a line."""

    def spoil(bundle: Path) -> None:
        note = max((bundle / "checkpoints").iterdir())
        lines = note.read_text("utf-8").partition("\n\n")[0].split("\n")
        words = lines[line].split(" ")
        words[place] = spelling.format(words[place])
        lines[line] = " ".join(words)
        note.write_bytes(sign("".join(f"{each}\n" for each in lines), [SIGNER]).encode())

    return spoil


def access_line(number: str) -> bytes:
    """The first access record, whose number is spelt so."""
    told = ["2026-11-26T22:00:00.000000Z", 1, "a-request", "tests", "/api/ledger/v1/audit/access", ""]
    sealed = b64encode(access_hash(b"", [1, *told])).decode()
    return f"[{number}, {json.dumps([*told, sealed])[1:]}\n".encode()


def spelt_incarnation(spelling: str) -> Spoil:
    """Spell the number of the first incarnation otherwise."""

    def spoil(bundle: Path) -> None:
        content = (bundle / "lives.jsonl").read_text("utf-8")
        assert content.startswith("[1, ")
        (bundle / "lives.jsonl").write_text(f"[{spelling.format(1)}{content.removeprefix('[1')}", "utf-8")

    return spoil


SPELT_OTHERWISE: dict[str, Spoil] = {
    f"{what} as {spelling}": spoil
    for spelling in SPELLINGS
    for what, spoil in (
        ("the size of a checkpoint", spelt_in_note(1, 0, spelling)),
        ("a version that can be read", appended("readable-from.txt", f"{'f' * 32} {spelling.format(1)}\n".encode())),
        ("an access record", appended("access.jsonl", access_line(spelling.format(1)))),
        ("an incarnation", spelt_incarnation(spelling)),
    )
}


Verdicts = Callable[[Iterable[tuple[str, Spoil]], str, Signer], dict[str, tuple[int, int]]]


@pytest.fixture
def verdicts(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verdicts:
    """What both verifiers say of a bundle that was spoilt in these ways, and then signed in this form by this key."""
    keys = [*(exported / "keys.txt").read_text("utf-8").split(), str(SIGNER.verifier)]

    def found(spoilt: Iterable[tuple[str, Spoil]], form: str, signer: Signer) -> dict[str, tuple[int, int]]:
        names, vectors, codes = [], [], []
        for number, (what, spoil) in enumerate(spoilt):
            bundle = Path(shutil.copytree(exported, tmp_path / f"{number}"))
            spoil(bundle)
            sign_anew(bundle, form, signer)
            names.append(what)
            codes.append(verifier.main([str(bundle), *(word for key in keys for word in ("--key", key))]))
            vectors.append({"kind": "bundle", "folder": str(bundle), "known": [], "keys": keys})
        capsys.readouterr()
        return dict(zip(names, zip(codes, second_verdicts(vectors), strict=True), strict=True))

    return found


def nothing(_: Path) -> None:
    """The bundle as it was exported."""


@needs_node
def test_whoever_signs_the_manifest_writes_no_line_in_another_way(verdicts: Verdicts) -> None:
    found = verdicts([("nothing", nothing), *WRITTEN_OTHERWISE.items()], BUNDLE_VERSION, SIGNER)
    assert found.pop("nothing") == (verifier.SOUND, verifier.SOUND)
    assert found == dict.fromkeys(WRITTEN_OTHERWISE, (verifier.ALTERED, verifier.ALTERED))


@needs_node
def test_no_number_is_read_that_is_written_in_another_way(verdicts: Verdicts) -> None:
    as_it_is = appended("access.jsonl", access_line("1"))
    found = verdicts([("as it is", as_it_is), *SPELT_OTHERWISE.items()], BUNDLE_VERSION, SIGNER)
    assert found.pop("as it is") == (verifier.SOUND, verifier.SOUND)
    assert found == dict.fromkeys(SPELT_OTHERWISE, (verifier.ALTERED, verifier.ALTERED))


def other_lines(bundle: Path) -> None:
    entries = bundle / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"position"', b'"at"'))


LATER_FORMS: dict[str, Spoil] = {
    "the same lines": nothing,
    "other lines": other_lines,
    "another file of leaves": lambda bundle: (bundle / "leaves.bin").unlink(),
    "checkpoints elsewhere": lambda bundle: shutil.rmtree(bundle / "checkpoints"),
}


@needs_node
def test_of_a_later_form_that_is_signed_nothing_is_told_whatever_stands_in_it(verdicts: Verdicts) -> None:
    found = verdicts(LATER_FORMS.items(), LATER, SIGNER)
    assert found == dict.fromkeys(LATER_FORMS, (verifier.UNTOLD, verifier.UNTOLD))


@needs_node
def test_a_later_form_that_a_stranger_has_signed_hides_no_alteration(verdicts: Verdicts) -> None:
    found = verdicts([("nothing", nothing), ("other lines", other_lines)], LATER, STRANGER)
    assert found == {
        "nothing": (verifier.UNTOLD, verifier.UNTOLD),
        "other lines": (verifier.ALTERED, verifier.ALTERED),
    }
