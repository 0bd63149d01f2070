"""An exported log: a folder of files that a signed manifest lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from io import BytesIO
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from service.evidence.verifier.encoding import in_base64, json_in, number_in, unwritten, whole_lines
from service.evidence.verifier.events import Values
from service.evidence.verifier.incarnations import Begun
from service.evidence.verifier.notes import text_of
from service.evidence.verifier.readability import Readability
from service.evidence.verifier.report import Report
from service.evidence.verifier.totals import AddedUp
from service.evidence.verifier.verdicts import Altered, Uncheckable, UnknownKey

BUNDLE_VERSION = "leadledger-bundle/v3"
FIRST_VERSION, SECOND_VERSION = "leadledger-bundle/v1", "leadledger-bundle/v2"
"""Older bundles: in both every state is in base64, and the first does not say what can be read."""

BLOCK = 1 << 20
"""Bytes of events that are in memory together, and some more up to the end of a line."""

_LEAF_BYTES, _LEAVES_AT_ONCE = 32, 4096
"""Bytes of a leaf, and how many leaves are read together."""

_PLAIN_LINE = re.compile(
    rb'^\{"position":([1-9][0-9]{0,18}),"stream":"([^"\\\x00-\x1f]*)",'
    rb'"version":([1-9][0-9]{0,18}),"topic":"([^"\\\x00-\x1f]*)","state":(?:(\{.*\})|"(.*)")\}\n',
    re.MULTILINE,
)
"""A line as `entry_line` writes it, or older versions did, where no text needs an escape. No other spelling of the same
event fits, once the texts have proven to be UTF-8 and the state, where it is in quotes, to be in base64: so such a line
need not be written again to compare."""


class Bundle:
    """An exported log: a folder."""

    tells_totals = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened = ExitStack()  # whoever finds something wrong reads no file to its end
        self._entries = _Digest()  # made while they are read: they are most of a bundle
        if not (folder / "manifest").is_file():
            raise Uncheckable(f"{folder} holds no manifest, so it is no bundle or not a whole one")

    def begin(self) -> None:
        """Read what is told of all events: which of them cannot be read."""
        self._opened.close()  # what an earlier look has left
        self._readability = Readability(self._readable_from())

    def check_entries(self, entries: Sequence[Values]) -> None:
        """Look for what explains that some events cannot be read."""
        self._readability.add(entries)

    def check(self, keys: Sequence[str], added_up: AddedUp, report: Report) -> None:
        """Check the manifest's signature, and all that it says: totals, what can be read, and every file."""
        try:
            head, *lines = self._manifest(keys)
        except UnknownKey as unknown:
            raise Uncheckable(f"the manifest: {unknown}") from None
        listed = _files(lines)
        there = {path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()}
        for path in sorted(there ^ {*listed, "manifest"}):
            raise Altered(f"{path} is {'not in the manifest' if path in there else 'missing'}")
        report.said.append(f"the manifest is signed and lists {len(listed)} files")
        if added_up.doubt is None:
            totals = added_up.older_lines if head == FIRST_VERSION else added_up.lines
            check_totals([line for line in lines if line.startswith(("leads ", "deals ", "open-deals "))], totals)
            report.said.append(f"the events add up to the {len(totals)} totals that it tells")
        report.said += self._readability.explained()
        report.doubts += [*filter(None, [added_up.doubt]), *self._readability.doubts]
        self._check_files(listed)

    def _readable_from(self) -> dict[str, int] | None:
        """What readable-from.txt tells; None where the bundle is of the first version, which had none."""
        if self._text("manifest").startswith(f"{FIRST_VERSION}\n"):
            return None
        try:
            lines = [line.split(" ") for line in whole_lines(self._text("readable-from.txt"))]
            return {stream: number_in(version) for stream, version in lines}
        except ValueError:
            raise Altered("a line of readable-from.txt is not as it was exported") from None

    def keys(self) -> list[str]:
        """What keys.txt names."""
        return [line for line in self._text("keys.txt").split("\n") if line]

    def keys_vouched_for(self, keys: Sequence[str]) -> list[str]:
        """What keys.txt names, where it is the file of that name in a manifest that one of the keys has signed."""
        try:
            listed = _files(self._manifest(keys))
        except (Altered, UnknownKey):
            return []
        told, _ = listed.get("keys.txt", ("", ""))
        return self.keys() if told == sha256(self._text("keys.txt").encode()).hexdigest() else []

    def check_form(self, keys: Sequence[str]) -> None:
        """Look at the first line of the manifest, where a key has signed it: a later form may differ in all else."""
        try:
            head, *_ = self._manifest(keys)
        except (Altered, UnknownKey):
            return  # `check` tells, once the events are looked at
        if head not in (FIRST_VERSION, SECOND_VERSION, BUNDLE_VERSION):
            raise Uncheckable(f"the bundle is of a version that is not known here: {head}")

    def entries(self) -> Iterator[Sequence[Values]]:
        """The lines of entries.jsonl."""
        before, digest = 0, _Digest()
        with self._open("entries.jsonl") as file:
            while some := file.read(BLOCK) + file.readline():
                digest.add(some)
                entries, is_whole = _entries_of(some)
                yield entries
                before += len(entries)
                if not is_whole:
                    raise Altered("a line of entries.jsonl is not as it was exported", before + 1)
        self._entries = digest

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """The hashes of leaves.bin."""
        first = 1
        with self._open("leaves.bin") as file:
            while some := file.read(_LEAF_BYTES * _LEAVES_AT_ONCE):
                starts = range(0, len(some), _LEAF_BYTES)
                yield from enumerate((some[start : start + _LEAF_BYTES] for start in starts), first)
                first += _LEAVES_AT_ONCE

    def notes(self) -> list[str]:
        """The files in checkpoints/."""
        names = sorted(path.name for path in (self._folder / "checkpoints").glob("*"))
        return [self._text(f"checkpoints/{name}") for name in names]

    def access(self) -> Iterator[Sequence[Any]]:
        """The lines of access.jsonl."""
        with self._open("access.jsonl") as file:
            for number, line in enumerate(file, start=1):
                try:
                    (told,) = whole_lines(line.decode())
                    *record, written = json_in(told)
                    yield *record, unwritten(written)
                except (ValueError, TypeError, RecursionError):
                    raise Altered(f"access record {number} is not as it was exported") from None

    def begun(self) -> list[Begun]:
        """The lines of lives.jsonl; older bundles do not have it."""
        if not (self._folder / "lives.jsonl").exists():
            return []
        try:
            return [_begun(line) for line in whole_lines(self._text("lives.jsonl"))]
        except (ValueError, TypeError, RecursionError):
            raise Altered("lives.jsonl is not as it was exported") from None

    def close(self) -> None:
        """Be done with it."""
        self._opened.close()

    def _manifest(self, keys: Sequence[str]) -> list[str]:
        """The lines of the manifest. Raises `Altered`, and `UnknownKey` where none of the keys has signed it."""
        return whole_lines(text_of(self._text("manifest"), keys))

    def _check_files(self, listed: Mapping[str, tuple[str, str]]) -> None:
        for path, told in listed.items():
            if (self._entries if path == "entries.jsonl" else _digest_of(self._folder / path)).told() != told:
                raise Altered(f"{path} is not the file that the manifest lists")

    def _open(self, name: str) -> Any:
        try:
            return self._opened.enter_context((self._folder / name).open("rb"))
        except OSError:
            raise Altered(f"{name} is missing") from None

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            raise Altered(f"{name} is missing, or is no text") from None


class _Digest:
    """The SHA-256 and the size of what was read of a file so far."""

    def __init__(self) -> None:
        self._hashed, self._length = sha256(), 0

    def add(self, block: bytes) -> None:
        self._hashed.update(block)
        self._length += len(block)

    def told(self) -> tuple[str, str]:
        """Both as a manifest lists them."""
        return self._hashed.hexdigest(), str(self._length)


def _digest_of(path: Path) -> _Digest:
    digest = _Digest()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.add(block)
    return digest


def entry_line(entry: Values) -> bytes:
    """An event as a line of entries.jsonl: there is one way to write it.

    The state is as it is stored, so that whatever reads JSON reads it, or in base64 where it is no object on one line.
    """
    state = entry[4]
    is_line = state.startswith(b"{") and state.endswith(b"}") and b"\n" not in state
    return _line(entry, state if is_line else b'"%b"' % in_base64(state))


def _line(entry: Values, state: bytes) -> bytes:
    position, stream, version, topic, _, _ = entry
    named = encode_basestring(stream).encode(), version, encode_basestring(topic).encode()
    return b'{"position":%d,"stream":%b,"version":%d,"topic":%b,"state":%b}\n' % (position, *named, state)


def _entries_of(lines: bytes) -> tuple[Sequence[Values], bool]:
    """The events in lines up to the first that is not as events are written, and whether there is none such."""
    found = _PLAIN_LINE.findall(lines)
    if len(found) == lines.count(b"\n") and lines.endswith(b"\n"):
        with suppress(ValueError):
            return [*map(_plain_entry, found)], True
    entries = list[Values]()
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        for line in BytesIO(lines):
            entries.append(_entry_of(line))
        return entries, True
    return entries, False


def _entry_of(line: bytes) -> Values:
    """The event in a line. Raises ValueError, KeyError, TypeError or RecursionError where it is written otherwise."""
    plain = _PLAIN_LINE.fullmatch(line)
    return _entry_with_escapes(line) if plain is None else _plain_entry(plain.groups(b""))


def _plain_entry(found: tuple[bytes, ...]) -> Values:
    position, stream, version, topic, state, written = found
    number = int(version)
    return int(position), stream.decode(), number, topic.decode(), state or unwritten(written), number - 1 or None


def _entry_with_escapes(line: bytes) -> Values:
    named, _, stored = line.partition(b',"state":')
    told, state = json.loads(named + b"}"), stored[:-2]
    if stored.startswith(b'"'):
        state = unwritten(state[1:-1])
    version = told["version"]
    entry = told["position"], told["stream"], version, told["topic"], state, version - 1 or None
    if line not in (entry_line(entry), _line(entry, b'"%b"' % in_base64(state))):
        raise ValueError
    return entry


def check_totals(told: Sequence[str], added_up: Sequence[str]) -> None:
    for line in told:
        if line not in added_up:
            raise Altered(f"the manifest tells {line!r}, which the events do not add up to")
    for line in added_up:
        if line not in told:
            raise Altered(f"the events add up to {line!r}, which the manifest does not tell")


def _files(lines: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The files that a manifest lists: of each path the SHA-256 and the size, as they are written."""
    try:
        listed = [line.split(" ", 3) for line in lines if line.startswith("file ")]
        return {path: (digest, size) for _, digest, size, path in listed}
    except ValueError:
        raise Altered("a file is not listed in the manifest as it was exported") from None


def _begun(line: str) -> Begun:
    begun = Begun(*json_in(line))
    if [*map(type, begun[:3])] != [int, str, str] or not isinstance(begun.last_note, str | None):
        raise ValueError
    return begun
