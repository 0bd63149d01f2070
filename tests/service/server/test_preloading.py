"""What is preloaded is left in memory for workers to share, and nothing is left open that a fork must not have."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from service.fingerprints import of_code
from service.server.preloading import preload
from service.settings import Settings
from tests.databases import Databases
from tests.service.serving import founded


def test_neither_a_connection_nor_a_thread_is_left_for_workers_to_be_forked_with(databases: Databases) -> None:
    with databases.fresh(founded) as url:
        preload(Settings(url))
        of_code.cache_clear()
        before = open_files(), threading.active_count()
        preload(Settings(url))
        assert (open_files(), threading.active_count()) == before
        assert of_code.cache_info().currsize == 1


def test_a_database_that_cannot_be_reached_keeps_no_server_from_starting(tmp_path: Path) -> None:
    preload(Settings(f"postgresql://nobody@/none?host={tmp_path}"))


def open_files() -> list[str]:
    """What this process has open: files, sockets, pipes."""
    return sorted(
        os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{fd}")
    )
