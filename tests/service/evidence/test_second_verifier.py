"""Two verifiers that share no line agree on what is sound and what is not."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.clock import wall_clock
from service.database.database import Database
from service.evidence import merkle
from service.evidence.access import Access, keep_access
from service.evidence.bundle import export
from service.evidence.merkle import consistency_proof, inclusion_proof, is_consistent, is_included
from service.evidence.verifier import command as verifier
from service.evidence.verifier_file import verifier_file
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import SqliteDatabases
from tests.generated import fill
from tests.service.evidence.test_merkle import root
from tests.service.serving import founded

SCRIPT = Path(__file__).parents[2] / "verifier" / "verify.mjs"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None and not os.environ.get("LEADLEDGER_REQUIRE_NODE"),
    reason="the second verifier runs in Node, which is not here",
)


def second_verdicts(vectors: list[dict[str, Any]]) -> list[int]:
    """What the second verifier says of each: sound, altered or impossible to tell, by the first one's exit codes."""
    done = subprocess.run(["node", SCRIPT], input=json.dumps(vectors), capture_output=True, text=True, check=True)
    verdicts: list[int] = json.loads(done.stdout)
    return verdicts


def written(node: bytes) -> str:
    return b64encode(node).decode()


def proofs() -> Iterator[tuple[bool, dict[str, Any]]]:
    """Proofs, most of them bent somehow, and what the first verifier says of each."""
    chance = random.Random(4)
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(120)]

    def subtree(start: int, stop: int) -> bytes:
        return root(leaves[start:stop])

    def bent(path: list[bytes]) -> list[bytes]:
        return chance.choice([path, path, path[:-1], [*path, leaves[0]], path[::-1], [*path[:1], bytes(32), *path[2:]]])

    for _ in range(200):
        size = chance.randint(1, len(leaves))
        old, index = chance.randint(1, size), chance.randrange(size)
        path = bent(inclusion_proof(index, size, subtree))
        leaf, top = chance.choice([leaves[index], leaves[index], leaves[0]]), subtree(0, size)
        claimed = chance.choice([index, index, index, size, index // 2])
        vector = {"leaf": written(leaf), "index": claimed, "size": size, "path": [*map(written, path)]}
        yield is_included(leaf, claimed, size, path, top), {"kind": "inclusion", **vector, "root": written(top)}
        path = bent(consistency_proof(old, size, subtree))
        before = chance.choice([subtree(0, old), subtree(0, old), leaves[1]])
        roots = {"oldRoot": written(before), "root": written(top), "path": [*map(written, path)]}
        yield (
            is_consistent(old, size, path, before, top),
            {"kind": "consistency", "old": old, "size": size, **roots},
        )


@needs_node
def test_both_agree_on_proofs_sound_and_bent() -> None:
    first, vectors = zip(*proofs(), strict=True)
    assert second_verdicts(list(vectors)) == [verifier.SOUND if is_shown else verifier.ALTERED for is_shown in first]
    assert min(first.count(True), first.count(False)) > 60


Spoil = Callable[[Path], object]


def replaced(name: str, old: bytes, new: bytes) -> Spoil:
    def spoil(bundle: Path) -> None:
        content = (bundle / name).read_bytes()
        assert old in content
        (bundle / name).write_bytes(content.replace(old, new, 1))

    return spoil


def line_moved(bundle: Path) -> None:
    lines = (bundle / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (bundle / "entries.jsonl").write_bytes(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]))


def line_dropped(bundle: Path) -> None:
    lines = (bundle / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (bundle / "entries.jsonl").write_bytes(b"".join(lines[:5] + lines[6:]))


def cut_short(bundle: Path) -> None:
    for name, length in (("entries.jsonl", -1), ("leaves.bin", -32)):
        content = (bundle / name).read_bytes()
        shorter = content[:length] if name == "leaves.bin" else b"".join(content.splitlines(keepends=True)[:-1])
        (bundle / name).write_bytes(shorter)


SPOILT: dict[str, Spoil] = {
    "another state": replaced("entries.jsonl", b'"state":{"', b'"state":{ "'),
    "another state, in base64": replaced("entries.jsonl", b'"state":{', b'"state":"e30="}{'),
    "another topic": replaced("entries.jsonl", b"PipelineAdded", b"PipelineAddec"),
    "another stream": replaced("entries.jsonl", b'"stream":"', b'"stream":"0'),
    "two events changed places": line_moved,
    "an event is gone": line_dropped,
    "the end is gone": cut_short,
    "another leaf": lambda bundle: (bundle / "leaves.bin").write_bytes(
        bytes(32) + (bundle / "leaves.bin").read_bytes()[32:]
    ),
    "another checkpoint": replaced("checkpoints/00000001", b"\n", b"\n1"),
    "another total": replaced("manifest", b"events ", b"events 1"),
    "another end of each line": lambda bundle: (bundle / "manifest").write_bytes(
        (bundle / "manifest").read_bytes().replace(b"\n", b"\r\n")
    ),
    "another signature": replaced("manifest", b"\xe2\x80\x94 lead", b"\xe2\x80\x94 laed"),
    "no keys": lambda bundle: (bundle / "keys.txt").write_bytes(b""),
    "one file more": lambda bundle: (bundle / "more").write_bytes(b""),
    "another access record": replaced("access.jsonl", b"/audit/access", b"/audit/acc3ss"),
    "an access record is gone": lambda bundle: (bundle / "access.jsonl").write_bytes(b""),
    "no access record": replaced("access.jsonl", b"[", b"5["),
    "no incarnation": replaced("lives.jsonl", b"[1", b"[[]"),
    "no checkpoints": lambda bundle: shutil.rmtree(bundle / "checkpoints"),
    "one file less": lambda bundle: (bundle / "access.jsonl").unlink(),
    "no manifest": lambda bundle: (bundle / "manifest").unlink(),
}

CANNOT_BE_TOLD = ("another signature", "no checkpoints", "no manifest")


@pytest.fixture
def bundle(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Path]:
    with sqlite_databases.fresh(founded) as url:
        database = Database(url)
        ledger = make_ledger(database, wall_clock, Settings(url, signing_key=tmp_path / "key"))
        ledger.notary.checkpoint()
        fill(ledger, 40)
        for query in ("", "limit=5"):
            keep_access(database, wall_clock, Access(1, "a-request", "tests", "/api/ledger/v1/audit/access", query))
        export(ledger.database, ledger.notary, ledger.event_log.stream_keys, tmp_path / "bundle", lambda _: None)
        database.close()
        yield tmp_path / "bundle"


@needs_node
def test_both_agree_on_bundles_sound_and_spoilt(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = (bundle / "keys.txt").read_text().split()
    vectors: list[dict[str, Any]] = [{"kind": "bundle", "folder": str(bundle), "known": [], "keys": keys}]
    codes = [verifier.main([str(bundle), "--key", *keys])]
    for number, spoil in enumerate(SPOILT.values()):
        spoilt = bundle.with_name(f"spoilt-{number}")
        shutil.copytree(bundle, spoilt)
        spoil(spoilt)
        codes.append(verifier.main([str(spoilt), "--key", *keys]))
        vectors.append({"kind": "bundle", "folder": str(spoilt), "known": [], "keys": keys})
    capsys.readouterr()
    assert codes[0] == verifier.SOUND
    assert dict(zip(SPOILT, second_verdicts(vectors)[1:], strict=True)) == dict(zip(SPOILT, codes[1:], strict=True))
    assert dict(zip(SPOILT, codes[1:], strict=True)) == {
        what: verifier.UNTOLD if what in CANNOT_BE_TOLD else verifier.ALTERED for what in SPOILT
    }


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_log_is_exported_to_the_same_bytes(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    with sqlite_databases.fresh(founded) as url:
        database = Database(url)
        ledger = make_ledger(database, wall_clock, Settings(url, signing_key=tmp_path / "key"))
        for name in ("one", "other"):
            export(ledger.database, ledger.notary, ledger.event_log.stream_keys, tmp_path / name, lambda _: None)
        database.close()
    one, other = (contents(tmp_path / name) for name in ("one", "other"))
    assert one == other


def test_the_one_file_checks_a_bundle_alone(bundle: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone" / "check.py"
    alone.parent.mkdir()
    alone.write_text(verifier_file(), "utf-8")
    done = subprocess.run([sys.executable, "-I", alone, bundle], capture_output=True, text=True, check=False)
    assert done.returncode == verifier.SOUND, done.stderr
    assert done.stdout.startswith("SOUND: ")


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--no"], ["bundle", "--key"]])
def test_wrong_usage_has_an_exit_code_of_its_own(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verifier.main(arguments)
    assert ended.value.code == verifier.USAGE
    assert "verify" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["nowhere"], ["sqlite:////nowhere/at/all.db"], ["{bundle}", "--key", "x"], ["{bundle}", "--known", "no"]],
)
def test_what_cannot_be_told_is_said_so(bundle: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    given = [argument.replace("{bundle}", str(bundle)) for argument in arguments]
    assert verifier.main(given) == verifier.UNTOLD
    assert capsys.readouterr().out.startswith("CANNOT TELL: ")
