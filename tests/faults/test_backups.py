"""Backups and restores are killed at random moments, while clients write: what is there is whole, or nothing is."""

from __future__ import annotations

import random
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from service.backups.file import Backup
from service.database.database import Database
from service.log.tables import EVENTS
from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.load import Load, sell
from tests.faults.service import TOKEN, Service
from tests.faults.trial import Figures

pytestmark = pytest.mark.slow


SECONDS = 1.5
"""After which a command is killed, or a while before or after: that is about how long it takes."""


def test_a_backup_or_a_restore_that_is_killed_leaves_nothing_half_and_can_be_done_again(
    service: Service, durable_databases: Databases, tmp_path: Path, rounds: Rounds, figures: Figures
) -> None:
    half, whole = tmp_path / "half", tmp_path / "whole"
    with Load(service.address, TOKEN, sell, clients=2) as load:
        for _ in rounds(1):
            load.go_on(20)
            is_done = is_done_before_it_is_killed(service, "backup", str(half))
            figures["backups killed"] = figures.get("backups killed", 0) + (not is_done)
            assert half.exists() or not is_done
            if half.exists():
                assert Backup(half).heading.position > 0
                half.unlink()
        service.operate("backup", str(whole))
    service.stop()
    position = Backup(whole).heading.position
    with durable_databases.fresh() as url:
        restored = Service(url, tmp_path / "restored")
        hand_keys(service, restored)
        for _ in rounds(1):
            is_done_before_it_is_killed(restored, "restore", str(whole))
            if is_there := bool(tables(url)):
                break
            figures["restores killed"] = figures.get("restores killed", 0) + 1
        if not is_there:
            restored.operate("restore", str(whole))
        restored.operate("verify")
        assert events(url, position) == events(service.url, position)


def is_done_before_it_is_killed(service: Service, *words: str) -> bool:
    """Run a command and kill it at a random moment; whether it has ended well before."""
    running = service.begin(*words)
    try:
        running.wait(random.uniform(SECONDS / 2, 2 * SECONDS))
    except subprocess.TimeoutExpired:
        running.kill()
    return running.wait() == 0


def hand_keys(service: Service, other: Service) -> None:
    """Give another service the files with keys, and what stands beside them."""
    other.folder.mkdir()
    for key in (service.data_keys, service.signing_key):
        for path in key.parent.glob(f"{key.name}*"):
            shutil.copyfile(path, other.folder / path.name)


def tables(url: str) -> list[str]:
    with closing(Database(url)) as database, database.reading() as connection:
        return inspect(connection).get_table_names()


def events(url: str, position: int) -> list[tuple[Any, ...]]:
    query = select(EVENTS).where(EVENTS.c.position <= position).order_by(EVENTS.c.position)
    with closing(Database(url)) as database, database.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]
