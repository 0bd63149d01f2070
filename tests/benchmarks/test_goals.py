"""All that there are goals of speed for is measured, and told beside its goal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = tuple(f"page of 50, {name}" for name in ("leads", "deals", "inbox", "board"))
SINGLE = ("one lead", "one deal")
STATIC = "beside a static answer"
FIGURES = (
    *("create a lead", "create, convert, ask for the status", "page of 50 leads", "page of 50 deals", "one lead"),
    *("mixed, 80 % reads", "99 of 100 creates take at most"),
    *(f"{page}{way}, {STATIC}" for page in PAGES for way in ("", ", again with If-None-Match", ", again without")),
    *(f"{name}, {STATIC}" for name in SINGLE),
    *(f"{page}, as of any moment" for page in PAGES),
    *(f"{name}, at 100 rows / at 60" for name in (*PAGES, *SINGLE)),
    *("create a lead, at … events / at 200", "replay of … events", "sealing, … events", "exporting, … events"),
    *("verifying a bundle, … events", "a worker's memory, serving a mixed load"),
    *("a worker's memory, importing 10 leads", "memory, exporting … events"),
    *(f"{name}, as a page" for name in ("inbox", "board", "deals", "lead", "deal", "story of 6 turns", "contact")),
)
"""The figures that there are goals for; numbers that differ from run to run are left out."""


@pytest.mark.slow
@pytest.mark.long
def test_every_goal_is_measured_and_told_whether_it_is_met(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bench", "--quick", "--only", "sqlite"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in done.stdout.splitlines()]
    judged = {_without_numbers(row[0]): row[-1] for row in rows if len(row) > 1}
    for figure in FIGURES:
        assert judged[figure].endswith((", met", ", missed")), figure


def _without_numbers(name: str) -> str:
    return re.sub(r"[\d,]+ events", "… events", name)
