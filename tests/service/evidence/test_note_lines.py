"""A checkpoint's note tells more than size and root, in signed lines that readers may not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.clock import timestamp
from service.database.database import Database
from service.evidence.checkpoints import Checkpoint, LogOrigin
from service.evidence.note_lines import LINES
from service.evidence.signed_notes import BrokenNote, Signer, opened, sign
from service.evidence.verifier.notes import checkpoint_of
from service.ledger.ledger import Ledger
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock, fill
from tests.service.evidence.test_signed_lines import SPELLINGS
from tests.service.serving import founded

NOON = datetime(2026, 10, 1, 12, 0, 0, 700_000, UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON, step=timedelta())


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with databases.fresh(founded) as url, closing(Database(url)) as database:
        yield make_ledger(database, clock, Settings(url, signing_key=tmp_path / "key"))


def signed(ledger: Ledger) -> Checkpoint:
    note = ledger.notary.checkpoint()
    assert note is not None
    return Checkpoint.parse(opened(note, [ledger.notary.verifier()]))


def test_a_checkpoint_tells_when_it_was_signed(ledger: Ledger) -> None:
    assert signed(ledger).time == int(NOON.timestamp())


def test_the_time_of_a_checkpoint_is_never_earlier_than_that_of_the_one_before(ledger: Ledger, clock: Clock) -> None:
    signed(ledger)
    clock.now -= timedelta(hours=1)
    fill(ledger, 3, seed=1)
    assert signed(ledger).time == int(NOON.timestamp())
    clock.now += timedelta(hours=2)
    fill(ledger, 3, seed=2)
    assert signed(ledger).time == int((NOON + timedelta(hours=1)).timestamp())
    assert timestamp(clock.now).startswith("2026-10-01T13:00:00")


@pytest.mark.parametrize(
    "lines", ["", "something new\nbare\n", "time 5\n", "access 3 AAAA\nother 1\n", "one line\u2028streams AAAA\n"]
)
def test_readers_skip_lines_that_they_do_not_know_and_miss_none_that_older_notes_lack(lines: str) -> None:
    signer = Signer("log.example/1f", Ed25519PrivateKey.generate())
    note = sign(f"log.example/1f/1\n7\n{'A' * 43}=\n{lines}", [signer])
    ours = Checkpoint.parse(opened(note, [signer.verifier]))
    theirs = checkpoint_of(note, [str(signer.verifier)])
    assert (ours.size, ours.root, ours.time, dict(ours.lines)) == (7, bytes(32), theirs.time, theirs.lines)
    assert (theirs.size, theirs.root) == (7, bytes(32))
    assert ours.accesses == (theirs.access or (0, b""))[0]
    assert str(ours) == opened(note, [signer.verifier]).replace("bare\n", "bare \n")


def test_names_of_lines_are_words_so_that_a_value_begins_behind_the_first_blank() -> None:
    assert all(name.replace("-", "").isalpha() and name.islower() for name in LINES)


ROOT = "A" * 43 + "="
NUMBERED = (
    f"log.example/0123/0\n{{}}\n{ROOT}\n",
    f"log.example/0123/0\n5\n{ROOT}\naccess {{}} {ROOT}\n",
    f"log.example/0123/0\n5\n{ROOT}\ntime {{}}\n",
)
"""Texts of checkpoints that lack a number."""


@pytest.mark.parametrize("spelling", [*SPELLINGS, " {}", "{}\t", "\u0663", "\u00b2", ""])
def test_a_number_that_verifiers_do_not_take_is_none_for_the_service_either(spelling: str) -> None:
    for form in NUMBERED:
        Checkpoint.parse(form.format(7))
        with pytest.raises(BrokenNote):
            Checkpoint.parse(form.format(spelling.format(7)))
    assert LogOrigin.of("log.example/0123/7\n").number == 7
    with pytest.raises(BrokenNote):
        LogOrigin.of(f"log.example/0123/{spelling.format(7)}\n")


@pytest.mark.parametrize("form", ["{}\n", f"{ROOT}\nstreams {{}}\n"])
@pytest.mark.parametrize("root", [ROOT[:-1], "A" * 42 + "B=", f"{ROOT}=", f" {ROOT}"])
def test_a_root_that_is_written_in_another_way_is_none_either(form: str, root: str) -> None:
    Checkpoint.parse(f"log.example/0123/0\n5\n{form.format(ROOT)}")
    with pytest.raises(BrokenNote):
        Checkpoint.parse(f"log.example/0123/0\n5\n{form.format(root)}")
