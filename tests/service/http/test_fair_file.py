"""The security log holds each line of all processes once or counts it, and nobody pushes out what others wrote."""

from __future__ import annotations

import fcntl
import json
import logging
import multiprocessing
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from service.http import fair_file
from service.http.fair_file import FairFile

PROCESSES, LINES = 4, 3000
FLOOD = "203.0.113.9"


def write(path: Path, largest: int, told: Iterable[dict[str, Any]]) -> None:
    """Write lines as one process does."""
    file = FairFile(path, largest)
    for each in told:
        file.handle(logging.makeLogRecord({"msg": json.dumps(each)}))


def write_many(path: Path, largest: int, process: int) -> None:
    """As a process of its own: from two addresses, one of them everybody's."""
    addresses = (FLOOD, f"192.0.2.{process}")
    write(path, largest, ({"id": f"{process}-{n}", "address": addresses[n % 10 == 0]} for n in range(LINES)))


def lines(path: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many lines were dropped, as the file says, and those that are there."""
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    dropped = told.pop(0)["dropped"] if "dropped" in told[0] else 0
    return dropped + sum(each.get("lost_before", 0) for each in told), told


@pytest.mark.slow
@pytest.mark.parametrize("largest", [10_000_000, 100_000], ids=["room for all", "too little room"])
def test_every_line_of_several_processes_is_there_once_or_counted(tmp_path: Path, largest: int) -> None:
    path, spawn = tmp_path / "security", multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write_many, args=(path, largest, number)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    dropped, there = lines(path)
    ids = Counter(line["id"] for line in there)
    assert set(ids.values()) == {1}
    assert dropped + len(ids) == PROCESSES * LINES
    assert (dropped == 0) == (largest == 10_000_000)
    assert path.stat().st_size <= largest
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_flood_from_one_address_pushes_out_nothing_but_itself(tmp_path: Path) -> None:
    path, quiet = tmp_path / "security", [{"id": n, "address": "192.0.2.1", "user_id": None} for n in range(50)]
    known = [{"id": 1000 + n, "address": FLOOD, "user_id": 7} for n in range(50)]
    network = [{"id": 2000 + n, "address": f"2001:db8::{n:x}", "user_id": None} for n in range(5000)]
    write(path, 50_000, [*quiet, *known])
    write(path, 50_000, ({"id": 9000 + n, "address": FLOOD, "user_id": None} for n in range(20_000)))
    write(path, 50_000, network)
    dropped, there = lines(path)
    assert [line for line in there if line["id"] < 2000] == [*quiet, *known]
    assert [line for line in there if 2000 <= line["id"] < 9000][-1] == network[-1]
    assert dropped + len(there) == 25_100
    told = json.loads(path.read_text("utf-8").splitlines()[0])
    assert set(told["of"]) == {FLOOD, "2001:db8::/64"}


def test_a_flood_from_everywhere_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "security"
    write(path, 50_000, ({"id": n, "address": f"10.{n // 250}.0.{n % 250}"} for n in range(5000)))
    dropped, there = lines(path)
    assert dropped + len(there) == 5000
    assert [line["id"] for line in there] == list(range(5000 - len(there), 5000))
    assert len(json.loads(path.read_text("utf-8").splitlines()[0])["of"]) <= fair_file.NAMED + 1


def test_a_line_that_cannot_be_written_is_counted_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_file, "LOCK_SECONDS", 0.1)
    path = tmp_path / "security"
    file = FairFile(path)

    def note(number: int) -> None:
        file.handle(logging.makeLogRecord({"msg": json.dumps({"id": number, "address": FLOOD})}))

    note(1)
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        note(2)
        note(3)
    note(4)
    note(5)
    dropped, there = lines(path)
    assert (dropped, [line["id"] for line in there]) == (2, [1, 4, 5])
