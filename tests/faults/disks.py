"""Disks that have no more room for a while."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import psutil
import pytest

LARGEST_FILE = 4096
"""Bytes; every database is larger."""

SMALL_DISK = "64m"
"""Room for the database and a write-ahead log of 16 MB, so that it is full only while it is filled."""

_SYS_ADMIN = 1 << 21


def may_mount() -> bool:
    """Whether this process may mount file systems, which even root may not in most containers."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    capabilities = next(line.split()[1] for line in status if line.startswith("CapEff:"))
    return bool(int(capabilities, 16) & _SYS_ADMIN)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own with little room, in a new folder; whoever wants one needs the right to mount."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """A block in which there is no room left on a disk, whatever others write there meanwhile."""
    ballast = disk / "ballast"
    block = bytes(os.statvfs(disk).f_frsize)
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(repeat(block))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def nothing_grows(processes: list[psutil.Process]) -> Iterator[None]:
    """A block in which processes can write to no file but to its first bytes: as good as a full disk."""
    limits = [process.rlimit(psutil.RLIMIT_FSIZE) for process in processes]
    for process, (_, hard) in zip(processes, limits, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        yield
    finally:
        for process, limit in zip(processes, limits, strict=True):
            process.rlimit(psutil.RLIMIT_FSIZE, limit)
