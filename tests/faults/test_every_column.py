"""Every column of the log and of the evidence is altered, on both databases, and those notice it who ought to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.trial import Figures
from tests.service.evidence.attacks import attacks
from tests.service.evidence.test_who_notices import check_noticed

PARTS = 10
"""In how many rounds all columns are altered."""


@pytest.mark.slow
def test_whatever_is_altered_is_noticed_by_whoever_ought_to(
    databases: Databases, rounds: Rounds, figures: Figures, tmp_path: Path
) -> None:
    for number in rounds(1):
        for table, column in [*attacks()][number % PARTS :: PARTS]:
            check_noticed(databases, table, column, tmp_path)
            figures["altered"] = figures.get("altered", 0) + 1
