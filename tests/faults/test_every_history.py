"""What is answered as of a position is what a replay of the events up to there answers, whatever happened since."""

from __future__ import annotations

import pytest

from service.database.database import Database
from service.wiring import make_ledger
from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.trial import Figures
from tests.generated import Clock
from tests.projections.histories import check_history
from tests.service.serving import founded

HISTORIES = 2000

PARTS = 10
"""In how many rounds all histories are told."""


@pytest.mark.slow
def test_answers_as_of_any_position_equal_a_replay_up_to_it(
    databases: Databases, rounds: Rounds, figures: Figures
) -> None:
    with databases.fresh(founded) as url:
        ledger = make_ledger(Database(url), Clock())
        for number in rounds(1):
            for seed in range(number % PARTS, HISTORIES, PARTS):
                check_history(ledger, seed)
                figures["asked"] = figures.get("asked", 0) + 1
        ledger.database.close()
