"""The disk has no more room for a while: nothing is written, and what was acknowledged is there."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.databases import SqliteDatabases
from tests.faults.conftest import Rounds
from tests.faults.disks import filled, may_mount, nothing_grows, small_disk
from tests.faults.load import Outcome
from tests.faults.service import running
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow

DISKS = ["limited", "small"] if may_mount() else ["limited"]
"""Where files may not grow, which works everywhere; and a disk that is really full."""


@pytest.mark.parametrize("kind", DISKS)
def test_nothing_acknowledged_is_lost_where_there_is_no_room_for_a_while(
    tmp_path: Path, rounds: Rounds, figures: Figures, kind: str
) -> None:
    disk = small_disk(tmp_path / "disk") if kind == "small" else nullcontext(tmp_path)
    with (
        disk as folder,
        SqliteDatabases(folder).fresh() as url,
        running(url, tmp_path) as service,
        under_load(service, figures) as load,
    ):
        for _ in rounds(1):
            load.go_on()
            with filled(folder) if kind == "small" else nothing_grows(service.served.processes):
                load.go_on(5, Outcome.UNAVAILABLE)
                service.check_refuses("disk")
        load.go_on()
