"""Whoever has the key can sign a log that is not so; what contradicts itself is found by two verifiers alike."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregates.identity import stream_id
from service.clock import wall_clock
from service.database.database import Database
from service.evidence.access import Access, keep_access
from service.evidence.bundle import export
from service.evidence.signed_notes import Signer, sign
from service.evidence.verifier import command as verifier
from service.evidence.verifier.bundle import BUNDLE_VERSION, Bundle, entry_line
from service.evidence.verifier.events import Entry, leaf_of
from service.evidence.verifier.merkle import Tree
from service.evidence.verifier.stream_heads import Streams
from service.evidence.verifier.totals import Totals
from service.ledger.ledger import Origin
from service.privacy.erasure import erase
from service.privacy.subjects import Subject
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import SqliteDatabases
from tests.generated import fill
from tests.service.evidence.test_second_verifier import needs_node, second_verdicts
from tests.service.serving import founded

SIGNER = Signer("log.example/0123456789abcdef", Ed25519PrivateKey.generate())
ORIGIN = Origin(user_id=1, request_id="a-request", client="tests", reason="Asked for it by letter")

OTHER_ROOT = b64encode(bytes(32)).decode()
KARI = stream_id("person", 1).hex


@pytest.fixture(scope="module")
def honest(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which somebody was erased, and somebody looked, as it was exported."""
    folder = tmp_path_factory.mktemp("honest")
    with sqlite_databases.fresh(founded) as url, closing(Database(url)) as database:
        ledger = make_ledger(database, wall_clock, Settings(url, signing_key=folder / "key"))
        fill(ledger, 100)
        erase(ledger, ORIGIN, Subject("person", 1), "GDPR Art. 17(1)(b)")
        keep_access(database, wall_clock, Access(1, "a-request", "tests", "/api/ledger/v1/audit/access", ""))
        export(database, ledger.notary, ledger.event_log.stream_keys, folder / "bundle", lambda _: None)
    return folder / "bundle"


class Lie:
    """A bundle that is signed anew, after something in it was made to be otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = [Entry(*values) for some in Bundle(folder).entries() for values in some]
        self.access = (folder / "access.jsonl").read_bytes()
        self.readable_from = (folder / "readable-from.txt").read_text().split("\n")[:-1]
        self.rewrite: Callable[[bytes], bytes] = lambda lines: lines
        self.more: list[str] = []
        self.headless: Sequence[Entry] = ()
        self.sealed = len(self.access.splitlines())
        self.incarnations: list[tuple[int, str | None]] = [(1, None)]
        self.ends: dict[int, str] = {}
        self.known: list[str] = []

    def tell(self, change: Callable[[dict[str, Any]], None], topic: str) -> None:
        """Let the last event of that name tell something else."""
        place = max(place for place, entry in enumerate(self.entries) if entry.topic == topic)
        state = json.loads(self.entries[place].state)
        change(state)
        self.entries[place] = self.entries[place]._replace(state=json.dumps(state, separators=(",", ":")).encode())

    def write(self) -> None:
        """Write it all, leaves, checkpoint and manifest, as somebody does who has the key."""
        tree, streams, totals = Tree(), Streams(), Totals()
        tree.add([*map(leaf_of, self.entries)])
        totals.add(self.entries)
        streams.add([entry for entry in self.entries if entry not in self.headless])
        records = [json.loads(line) for line in self.access.splitlines()]
        self._file("entries.jsonl", self.rewrite(b"".join(map(entry_line, self.entries))))
        self._file("leaves.bin", b"".join(map(leaf_of, self.entries)))
        self._file("access.jsonl", self.access)
        self._file("readable-from.txt", "".join(f"{line}\n" for line in self.readable_from).encode())
        self._file("keys.txt", f"{SIGNER.verifier}\n".encode())
        tells = ["time 4102444800", f"access {self.sealed} {records[-1][-1]}"]
        tells += [f"streams {b64encode(streams.root()).decode()}", *self.more]
        shutil.rmtree(self.folder / "checkpoints")
        (self.folder / "checkpoints").mkdir()
        root, instance = b64encode(tree.root).decode(), SIGNER.name.rpartition("/")[2]
        ends = {number: end.replace("ROOT", root) for number, end in self.incarnations if end is not None}
        last = {number: _signed(end.split(" ")).decode() for number, end in {**ends, **self.ends}.items()}
        numbers = range(1, max(number for number, _ in self.incarnations) + 1)
        told = [[number, "2026-01-01T00:00:00.000000Z", instance, last.get(number)] for number in numbers]
        self._file("lives.jsonl", "".join(f"{json.dumps(each)}\n" for each in told).encode())
        for file, (number, _) in enumerate(self.incarnations, start=1):
            end = [f"follows {ends[number]}"] if number in ends else []
            note = [f"{SIGNER.name}/{number}", str(tree.size), root, *tells, *end]
            self._file(f"checkpoints/{file:08}", _signed(note))
        (self.folder / "manifest").unlink()
        told_by_manifest = [BUNDLE_VERSION, f"events {tree.size}", *totals.added_up().lines, *self._listed()]
        self._file("manifest", _signed(told_by_manifest))

    def _file(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def _listed(self) -> Iterator[str]:
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            content, name = path.read_bytes(), path.relative_to(self.folder).as_posix()
            yield f"file {sha256(content).hexdigest()} {len(content)} {name}"


def _signed(lines: Sequence[str]) -> bytes:
    return sign("".join(f"{line}\n" for line in lines), [SIGNER]).encode()


def nothing(_: Lie) -> None:
    """The same log, by another signer."""


def a_line_of_a_note_that_looks_like_two(lie: Lie) -> None:
    """What nobody knows is skipped to its end, which is a newline and no other character."""
    lie.more = [f"note of ours\u2028streams {OTHER_ROOT}"]


def half_a_character(lie: Lie) -> None:
    """There is none in UTF-8, and what some write for it is another one."""
    lie.entries[-1] = lie.entries[-1]._replace(topic="\ufffd")
    lie.rewrite = lambda lines: lines.replace("\ufffd".encode(), b"\\ud800")


def other_heads(lie: Lie) -> None:
    last = {entry.stream: entry for entry in lie.entries}
    lie.headless = [next(entry for entry in last.values() if entry.version > 1)]


def a_head_too_few(lie: Lie) -> None:
    lie.headless = [entry for entry in lie.entries if entry.stream == KARI]


def more_records_than_there_are(lie: Lie) -> None:
    lie.sealed += 1


def a_time_that_went_back(lie: Lie) -> None:
    lie.tell(lambda state: state["metadata"].update(recorded_at="2020-01-01T00:00:00.000000Z"), lie.entries[-1].topic)


def a_time_that_had_not_come_yet(lie: Lie) -> None:
    lie.tell(lambda state: state["metadata"].update(recorded_at="2101-01-01T00:00:00.000000Z"), lie.entries[-1].topic)


def an_erasure_that_is_not_told(lie: Lie) -> None:
    another = next(entry for entry in lie.entries if entry.topic == "PersonAdded" and entry.stream != KARI)
    lie.readable_from.append(f"{another.stream} 2")


def an_erasure_that_left_out_a_stream(lie: Lie) -> None:
    lie.tell(lambda state: state["data"]["streams"].pop(KARI), "ErasureStarted")


def an_erasure_of_too_little(lie: Lie) -> None:
    lie.tell(lambda state: state["data"]["streams"].update({KARI: 0}), "ErasureStarted")


def an_erasure_that_erased_nothing(lie: Lie) -> None:
    lie.readable_from = [line for line in lie.readable_from if not line.startswith(KARI)]


def another_incarnation(lie: Lie) -> None:
    lie.incarnations.append((2, f"{SIGNER.name}/1 {len(lie.entries)} ROOT"))


def a_restore_that_lost_something(lie: Lie) -> None:
    lie.incarnations = [(2, f"{SIGNER.name}/1 {len(lie.entries) + 5} {OTHER_ROOT}")]


def a_restore_that_lost_what_is_there(lie: Lie) -> None:
    lie.incarnations.append((2, f"{SIGNER.name}/1 {len(lie.entries)} {OTHER_ROOT}"))


def an_incarnation_that_is_said_to_follow_another_end(lie: Lie) -> None:
    another_incarnation(lie)
    lie.ends = {2: f"{SIGNER.name}/1 1 {OTHER_ROOT}"}


def an_incarnation_that_is_said_to_follow_itself(lie: Lie) -> None:
    lie.ends = {1: f"{SIGNER.name}/1 {len(lie.entries)} {OTHER_ROOT}"}


def two_ends_of_one_incarnation(lie: Lie) -> None:
    lie.incarnations = [(number, f"{SIGNER.name}/1 {len(lie.entries) + number} {OTHER_ROOT}") for number in (2, 3)]


def a_restore_that_lost_what_somebody_knows(lie: Lie) -> None:
    a_restore_that_lost_something(lie)
    lie.known = [_signed([f"{SIGNER.name}/1", str(len(lie.entries) + 3), OTHER_ROOT]).decode()]


def a_restore_that_tells_of_less_than_somebody_knows(lie: Lie) -> None:
    a_restore_that_lost_something(lie)
    lie.known = [_signed([f"{SIGNER.name}/1", str(len(lie.entries) + 6), OTHER_ROOT]).decode()]


def what_somebody_kept_is_altered(lie: Lie) -> None:
    """The log is not to blame for that."""
    lie.known = [_signed([f"{SIGNER.name}/1", "1", OTHER_ROOT]).decode().replace("\n1\n", "\n2\n")]


LIES = {
    nothing: verifier.SOUND,
    a_line_of_a_note_that_looks_like_two: verifier.SOUND,
    half_a_character: verifier.ALTERED,
    another_incarnation: verifier.SOUND,
    a_restore_that_lost_something: verifier.SOUND,
    a_restore_that_lost_what_is_there: verifier.ALTERED,
    an_incarnation_that_is_said_to_follow_another_end: verifier.ALTERED,
    an_incarnation_that_is_said_to_follow_itself: verifier.ALTERED,
    two_ends_of_one_incarnation: verifier.ALTERED,
    a_restore_that_lost_what_somebody_knows: verifier.UNTOLD,
    a_restore_that_tells_of_less_than_somebody_knows: verifier.ALTERED,
    what_somebody_kept_is_altered: verifier.UNTOLD,
    other_heads: verifier.ALTERED,
    a_head_too_few: verifier.ALTERED,
    more_records_than_there_are: verifier.ALTERED,
    a_time_that_went_back: verifier.ALTERED,
    a_time_that_had_not_come_yet: verifier.UNTOLD,
    an_erasure_that_is_not_told: verifier.ALTERED,
    an_erasure_that_left_out_a_stream: verifier.ALTERED,
    an_erasure_of_too_little: verifier.ALTERED,
    an_erasure_that_erased_nothing: verifier.ALTERED,
}


@needs_node
def test_both_find_what_contradicts_itself_whoever_signed_it(
    honest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, vectors, said = str(SIGNER.verifier), list[dict[str, Any]](), dict[str, tuple[int, str]]()
    for tell in LIES:
        folder = Path(shutil.copytree(honest, tmp_path / tell.__name__))
        lie = Lie(folder)
        tell(lie)
        lie.write()
        (tmp_path / "known").write_text("\n".join(lie.known), "utf-8")
        known = ["--known", str(tmp_path / "known")] if lie.known else []
        capsys.readouterr()
        said[tell.__name__] = verifier.main([str(folder), "--key", key, *known]), capsys.readouterr().out
        vectors.append({"kind": "bundle", "folder": str(folder), "known": lie.known, "keys": [key]})
    expected = {tell.__name__: verdict for tell, verdict in LIES.items()}
    assert {name: verdict for name, (verdict, _) in said.items()} == expected, said
    assert dict(zip(expected, second_verdicts(vectors), strict=True)) == expected
