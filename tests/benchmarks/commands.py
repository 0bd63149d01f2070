"""Runs commands of the command line, and measures the time, the CPU time and the memory that they take."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from typing import NamedTuple

import psutil

from tests.benchmarks.memory import watched
from tests.served import LEADLEDGER


class Taken(NamedTuple):
    """What a command took: seconds, CPU seconds of all its processes, and the most megabytes of one of them (PSS)."""

    seconds: float
    cpu_seconds: float
    mb: float

    def rates(self, events: int, mb: float) -> str:
        """The pace of so many events in so many megabytes: by the clock, by its own CPU time, and the memory."""
        by_clock = f"{mb / self.seconds:,.1f} MB/s, {events / self.seconds:,.0f} events/s"
        return f"{by_clock} ({events / self.cpu_seconds:,.0f} by own CPU), {self.mb:.0f} MB of memory"


def run(environment: Mapping[str, str], *arguments: str) -> Taken:
    """Run a command to its end, which must be a good one."""
    begun = time.perf_counter()
    command = subprocess.Popen(
        [LEADLEDGER, *arguments], env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert command.stderr is not None
    with watched(lambda: _family(command.pid)) as peak, command.stderr as errors:
        said = errors.read().decode()
        _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode != 0:
        raise RuntimeError(f"leadledger {' '.join(arguments)} ended with {command.returncode}: {said[-2000:]}")
    return Taken(time.perf_counter() - begun, used.ru_utime + used.ru_stime, peak.mb)


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
