"""Of all ways to write an event as a line of a bundle, the verifier reads those in which bundles were ever exported."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clock import wall_clock
from service.database.database import Database
from service.evidence.bundle import export
from service.evidence.verifier import command as verifier
from service.evidence.verifier.bundle import Bundle, entry_line
from service.evidence.verifier.events import Entry
from service.evidence.verifier.log import verify
from service.evidence.verifier.verdicts import Altered
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import SqliteDatabases
from tests.service.evidence.test_tampering import flips, sealed


@pytest.fixture(scope="module")
def exported(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed log as it was exported, which tests copy before they alter it."""
    folder = tmp_path_factory.mktemp("exported") / "bundle"
    with sqlite_databases.fresh(sealed) as url:
        database = Database(url)
        ledger = make_ledger(database, wall_clock, Settings(url))
        export(database, ledger.notary, ledger.event_log.stream_keys, folder, lambda _: None)
        database.close()
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy to be altered."""
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What looks like a bundle from outside, for lines that no log has."""
    found = tmp_path_factory.mktemp("lines")
    (found / "manifest").touch()
    return found


def entries_of(folder: Path, content: bytes) -> list[Entry]:
    (folder / "entries.jsonl").write_bytes(content)
    with closing(Bundle(folder)) as source:
        return [Entry(*values) for some in source.entries() for values in some]


def checked(bundle: Path) -> None:
    with closing(Bundle(bundle)) as source:
        verify(source, [], [])


def in_base64(line: bytes) -> bytes:
    """A line as older versions wrote it."""
    named, begins, state = line.partition(b',"state":')
    return named + begins + b'"%b"}\n' % b64encode(state[:-2])


def lines_of(bundle: Path) -> list[bytes]:
    return (bundle / "entries.jsonl").read_bytes().splitlines(keepends=True)


numbers = st.integers(min_value=1, max_value=2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(numbers, texts, numbers, texts, st.binary(max_size=20))
def test_whatever_an_event_is_called_and_holds_its_line_is_read_as_that_event(
    folder: Path, position: int, stream: str, version: int, topic: str, state: bytes
) -> None:
    entry = Entry(position, stream, version, topic, state, version - 1 or None)
    assert entries_of(folder, entry_line(entry)) == [entry]
    whole = entry._replace(state=b'{"data":"%b"}' % state)
    line = entry_line(whole)
    assert entries_of(folder, line) == [whole]
    if b"\n" not in state:
        assert line.endswith(b',"state":%b}\n' % whole.state)
        assert entries_of(folder, in_base64(line)) == [whole]


TOPICS = ["LeadCreated", "Rørlagt", "潜在客户", 'say "so"', "back\\slash", "a\tb", "\x7f\u2028"]


@pytest.mark.parametrize(
    ("topic", "state"),
    [*((topic, b"{}") for topic in TOPICS), ("LeadCreated", b"no object"), ("LeadCreated", b"{\n}")],
)
def test_a_line_with_any_bit_flipped_is_refused_or_is_the_one_line_of_another_event(
    folder: Path, topic: str, state: bytes
) -> None:
    refused = 0
    for line in flips(entry_line(Entry(10, "6f96", 2, topic, state, 1))):
        try:
            entries = entries_of(folder, line)
        except Altered:
            refused += 1
        else:
            (present,) = map(entry_line, entries)
            assert line in (present, in_base64(present))
    assert refused > 400


@pytest.mark.slow
def test_every_byte_of_a_line_counts(bundle: Path) -> None:
    before, line, after = lines_of(bundle)[:2], lines_of(bundle)[2], lines_of(bundle)[3:]
    for flipped in list(flips(line))[::7]:
        (bundle / "entries.jsonl").write_bytes(b"".join([*before, flipped, *after]))
        with pytest.raises(Altered) as found:
            checked(bundle)
        assert found.value.position == 3, flipped


Rewrite = Callable[[bytes], bytes]


def replaced(old: bytes, new: bytes) -> Rewrite:
    return lambda line: line.replace(old, new, 1)


def told_anew(line: bytes) -> bytes:
    """The same as JSON, with the keys in another order."""
    told = dict(reversed(json.loads(line).items()))
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


REWRITTEN: dict[str, Rewrite] = {
    "a position with a leading zero": replaced(b'"position":3', b'"position":03'),
    "a version with a leading zero": replaced(b'"version":1', b'"version":01'),
    "a number with a plus": replaced(b'"position":3', b'"position":+3'),
    "a negative number": replaced(b'"position":3', b'"position":-3'),
    "a number with an exponent": replaced(b'"version":1', b'"version":1e0'),
    "a number with a fraction": replaced(b'"position":3', b'"position":3.0'),
    "a version with a fraction": replaced(b'"version":1', b'"version":1.0'),
    "a version that is true": replaced(b'"version":1', b'"version":true'),
    "a number as text": replaced(b'"position":3', b'"position":"3"'),
    "a number in other digits": replaced(b'"position":3', b'"position":\xef\xbc\x93'),
    "a number too long": replaced(b'"position":3', b'"position":3' + b"0" * 5000),
    "a space between": replaced(b',"topic"', b', "topic"'),
    "a space before": lambda line: b" " + line,
    "a space behind": replaced(b"}\n", b"} \n"),
    "another last byte": replaced(b"}}\n", b"}]\n"),
    "an end of line of another kind": replaced(b"}\n", b"}\r\n"),
    "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    "another encoding": lambda line: line.decode().encode("utf-16"),
    "a key twice": replaced(b'"version":1', b'"version":1,"version":1'),
    "a key too much": replaced(b'"version":1', b'"version":1,"note":1'),
    "a key too few": replaced(b'"version":1,', b""),
    "keys in another order": told_anew,
    "a letter escaped without need": replaced(b'"topic":"P', b'"topic":"\\u0050'),
    "a slash escaped without need": replaced(b'"topic":"P', b'"topic":"\\/P'),
    "a control character": replaced(b'"topic":"P', b'"topic":"\x01P'),
    "bytes that are no text": replaced(b'"topic":"P', b'"topic":"\xff'),
    "half a character, escaped": replaced(b'"topic":"P', b'"topic":"\\ud800P'),
    "half a character": replaced(b'"topic":"P', b'"topic":"\xed\xa0\x80P'),
    "a letter written too long": replaced(b'"topic":"P', b'"topic":"\xc1\x90'),
    "a space in a state": replaced(b'"state":{', b'"state":{ '),
    "a space before a state": replaced(b'"state":{', b'"state": {'),
    "a space behind a state": replaced(b"}}\n", b"} }\n"),
    "a key behind a state": replaced(b"}}\n", b'},"note":1}\n'),
    "a state that is no object": replaced(b'"state":{', b'"state":[{'),
    "a state that is no text": replaced(b'"state":', b'"state":5,"not":'),
    "no object": lambda _: b"[]\n",
    "no JSON": lambda _: b"\n",
    "lists in lists without end": lambda _: b"[" * 100_000 + b"\n",
}


OLDER_REWRITTEN: dict[str, Rewrite] = {
    "base64 with a space": replaced(b'"state":"ey', b'"state":"e y'),
    "base64 with a line's end": replaced(b'"state":"ey', b'"state":"e\\ny'),
    "base64 with what is no letter of it": replaced(b'"state":"ey', b'"state":"-ey'),
    "base64 padded too much": replaced(b'"}\n', b'===="}\n'),
    "base64 padded in between": replaced(b'"state":"ey', b'"state":"YQ==ey'),
    "base64 that is escaped": replaced(b'"state":"e', b'"state":"\\u0065'),
    "base64 that does not end": replaced(b'"}\n', b"}\n"),
    "a state that is no text": replaced(b'"state":"', b'"state":5,"not":"'),
}


@pytest.mark.parametrize(
    ("rewrite", "is_older"),
    [
        *(pytest.param(rewrite, False, id=what) for what, rewrite in REWRITTEN.items()),
        *(pytest.param(rewrite, True, id=f"older: {what}") for what, rewrite in OLDER_REWRITTEN.items()),
    ],
)
def test_a_line_that_is_written_in_another_way_is_found(
    bundle: Path, rewrite: Rewrite, is_older: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [in_base64(line) if is_older else line for line in lines_of(bundle)]
    rewritten = rewrite(lines[2])
    assert rewritten != lines[2]
    (bundle / "entries.jsonl").write_bytes(b"".join([*lines[:2], rewritten, *lines[3:]]))
    assert verifier.main([str(bundle)]) == verifier.ALTERED
    assert capsys.readouterr().out.endswith("First bad position: 3.\n")


def test_a_position_that_is_true_instead_of_one_is_found(bundle: Path) -> None:
    content = (bundle / "entries.jsonl").read_bytes()
    (bundle / "entries.jsonl").write_bytes(replaced(b'"position":1', b'"position":true')(content))
    with pytest.raises(Altered) as found:
        checked(bundle)
    assert found.value.position == 1


def test_a_last_line_that_does_not_end_is_found(bundle: Path) -> None:
    content = (bundle / "entries.jsonl").read_bytes()
    (bundle / "entries.jsonl").write_bytes(content[:-1])
    with pytest.raises(Altered) as found:
        checked(bundle)
    assert found.value.position == content.count(b"\n")


SPARE_BITS = [(b"a", b"YR=="), (b"a", b"Yf=="), (b"ab", b"YWJ="), (b"ab", b"YWL=")]
UNPADDED = [(b"a", b"YQ"), (b"a", b"YQ="), (b"ab", b"YWI"), (b"abc", b"YWJj="), (b"abc", b"YWJj=="), (b"abc", b"YWJjY")]


@pytest.mark.parametrize(("state", "other"), [*SPARE_BITS, *UNPADDED, (b"", b"="), (b"\xfb\xff", b"-_8=")])
def test_base64_that_means_the_same_in_another_way_is_refused(folder: Path, state: bytes, other: bytes) -> None:
    line = entry_line(Entry(1, "6f9619ff", 1, "LeadCreated", state, None))
    start, _ = line.split(b'"state":"')
    with pytest.raises(Altered):
        entries_of(folder, start + b'"state":"' + other + b'"}\n')
