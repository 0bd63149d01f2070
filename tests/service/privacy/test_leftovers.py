"""What a rebuild or a check has aside, or left behind, tells nothing of whoever was erased."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect

from service.database.temporary import database_aside
from service.ledger.ledger import Ledger, Origin
from service.maintenance.replay import rebuild
from service.maintenance.verification import verify
from service.privacy.erasure import erase
from service.privacy.erasure_state import Erasure
from service.privacy.subjects import Subject
from tests.service.privacy.canaries import MARK, Planted
from tests.service.serving import ledger_of
from tests.service.whole import check_whole, length_of_log

ORIGIN = Origin(user_id=1, request_id="leftovers", client="test", reason="Asked for it by letter")


@pytest.fixture
def ledger(app: Flask) -> Ledger:
    return ledger_of(app)


@pytest.fixture
def planted(client: FlaskClient) -> Planted:
    return Planted(client)


@pytest.mark.slow
def test_a_rebuild_does_not_bring_back_who_is_erased_meanwhile(
    app: Flask, client: FlaskClient, ledger: Ledger, planted: Planted
) -> None:
    with ThreadPoolExecutor(1) as threads:
        erasing: list[Future[Erasure]] = []

        def erase_meanwhile(_: int) -> None:
            if not erasing:
                erasing.append(threads.submit(erase, ledger, ORIGIN, Subject("person", planted.person), "GDPR"))
                wait(erasing, 2)

        rebuild(ledger, erase_meanwhile)
        assert erasing[0].result().position == length_of_log(app)
    assert MARK not in client.get("/api/v2/persons").text
    assert MARK not in client.get(f"/api/v2/persons/{planted.person}").text
    check_whole(app)


@pytest.mark.slow
def test_a_check_finds_no_difference_where_somebody_is_erased_meanwhile(ledger: Ledger, planted: Planted) -> None:
    with ThreadPoolExecutor(1) as threads:
        erasing: list[Future[Erasure]] = []

        def erase_meanwhile(_: int) -> None:
            erasing.append(threads.submit(erase, ledger, ORIGIN, Subject("person", planted.person), "GDPR"))
            wait(erasing, 2)

        assert verify(ledger, erase_meanwhile, 20).differences == []
        assert erasing[0].result().position is not None


def test_the_tables_of_a_rebuild_that_broke_off_are_gone_with_the_erasure(ledger: Ledger, planted: Planted) -> None:
    def power_cut(_: int) -> None:
        raise OSError("the power went")

    def tables() -> set[str]:
        with ledger.database.reading() as connection:
            return set(inspect(connection).get_table_names())

    before = tables()
    with pytest.raises(OSError, match="power"):
        rebuild(ledger, power_cut)
    assert tables() > before
    erase(ledger, ORIGIN, Subject("person", planted.person), "GDPR")
    assert tables() == before


KILLED = """
import os, signal
from service.database.temporary import database_aside
with database_aside() as aside, aside.reading():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_the_temporary_database_of_a_killed_check_is_removed_and_one_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger, planted: Planted
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    long_ago = time.time() - 3600
    with database_aside() as aside:
        (in_use,) = set(tmp_path.iterdir()) - {left}
        for folder in (left, in_use):
            os.utime(folder / "in-use", (long_ago, long_ago))
        erase(ledger, ORIGIN, Subject("person", planted.person), "GDPR")
        assert list(tmp_path.iterdir()) == [in_use]
        with aside.reading() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    assert list(tmp_path.iterdir()) == []
