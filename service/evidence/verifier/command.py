"""The command: checks what its arguments name, says what was found, and ends with a code for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NoReturn

from service.evidence.verifier.bundle import Bundle
from service.evidence.verifier.database import DatabaseSource
from service.evidence.verifier.forks import Contradiction, Fork
from service.evidence.verifier.log import verify
from service.evidence.verifier.notes import DASH, checkpoint_of
from service.evidence.verifier.proofs import PROOF_VERSION, check_proof
from service.evidence.verifier.sources import Source
from service.evidence.verifier.verdicts import Altered, Uncheckable

SOUND, ALTERED, UNTOLD, USAGE = range(4)

_KEY_HELP = "a public key, name+hash+key, as you got it before, or several, one a line"


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Wrong usage has an exit code of its own."""
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name, say what was found, and answer the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = {"proof": _check_proof_file, "fork": _check_fork_file}
    check = partial(commands[given[0]], given[1:]) if given and given[0] in commands else partial(_check_log, given)
    try:
        return check()
    except Altered as altered:
        where = "" if altered.position is None else f" First bad position: {altered.position}."
        print(f"ALTERED: {altered}.{where}")
        return ALTERED
    except (Uncheckable, OSError) as error:
        print(f"CANNOT TELL: {error}.")
        return UNTOLD


def _check_proof_file(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify proof", description="Check what a proof file of Leadledger says.")
    parser.add_argument("file", type=Path, help="a file that `leadledger audit proof` has written")
    parser.add_argument("--key", action="append", required=True, help=_KEY_HELP)
    given = parser.parse_args(arguments)
    try:
        told = json.loads(given.file.read_bytes())
        if told["format"] != PROOF_VERSION:
            raise ValueError
        note = str(told["checkpoint"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Uncheckable(f"{given.file} is no proof of a form that is known here") from None
    sentences = check_proof(told, checkpoint_of(note, _lines_of(given.key)))
    for number, sentence in enumerate(sentences):
        print(f"{'  ' if number else 'SOUND: '}{sentence[0].upper()}{sentence[1:]}.")
    return SOUND


def _check_fork_file(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify fork", description="Check what is to show that a signer contradicts itself.")
    parser.add_argument("file", type=Path, help="a file that --fork has written")
    parser.add_argument("--key", action="append", required=True, help=_KEY_HELP)
    given = parser.parse_args(arguments)
    fork = Fork.parse(given.file.read_text("utf-8", "replace"), _lines_of(given.key))
    if fork.reason() is None:
        raise Uncheckable("the file shows no contradiction: both checkpoints may be true")
    raise Contradiction(fork)


def _lines_of(values: Iterable[str]) -> list[str]:
    return [line for value in values for line in value.splitlines()]


def _check_log(arguments: Sequence[str]) -> int:
    parser = _Arguments(prog="verify", description="Check that a log of Leadledger is what was sealed and signed.")
    parser.add_argument("log", help="an exported bundle's folder, or the address of a database")
    parser.add_argument("--key", action="append", default=[], help=_KEY_HELP)
    parser.add_argument("--known", action="append", default=[], metavar="FILE", help="checkpoints that you have kept")
    parser.add_argument(
        "--fork", type=Path, metavar="FILE", help="where to write what shows it, should the signer contradict itself"
    )
    given = parser.parse_args(arguments)
    known = (note for name in given.known for note in _notes_in(Path(name)))
    source: Source = DatabaseSource(given.log) if "://" in given.log else Bundle(Path(given.log))
    with closing(source):
        try:
            report = verify(source, _lines_of(given.key), known)
        except Contradiction as contradiction:
            if given.fork is not None:
                with given.fork.open("w", encoding="utf-8") as file:
                    file.write(str(contradiction.fork))
            raise
    for doubt in report.doubts:
        print(f"CANNOT TELL: {doubt}.")
    print(f"{'  ' if report.doubts else 'SOUND: '}{report.events} events are those that were sealed and signed.")
    print(f"  {report.checkpoints} checkpoints of the log and {report.known} of yours fit it,")
    print(f"  {report.sealed} leaves and {report.accesses} access records are what they should be.")
    for sentence in report.said:
        print(f"  {sentence[0].upper()}{sentence[1:]}.")
    if not given.key:
        print("  The key came with the log: get it from somebody else, and give it as --key, to be sure.")
    return UNTOLD if report.doubts else SOUND


def _notes_in(path: Path) -> Iterator[str]:
    """The checkpoints in a file, read one by one: one, or many behind each other with an empty line between."""
    lines = list[str]()
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line == "\n" and lines and lines[-1].startswith(DASH):
                yield "".join(lines)
                lines = []
            else:
                lines.append(line)
    if lines:
        yield "".join(lines)
