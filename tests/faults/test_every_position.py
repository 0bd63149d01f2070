"""Whichever position somebody asks about, every list is that of a command's end."""

from __future__ import annotations

import pytest

from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.trial import Figures
from tests.service.past import Sample
from tests.service.sampled import NOW, told
from tests.service.serving import client_of, serving

PARTS = 10
"""In how many rounds all positions are asked about."""


@pytest.mark.slow
def test_at_every_position_every_list_is_that_of_a_commands_end(
    databases: Databases, rounds: Rounds, figures: Figures
) -> None:
    with databases.fresh(told) as url, serving(url, lambda: NOW) as app:
        sample = Sample(client_of(app))
        for number in rounds(1):
            for position in list(sample.ends)[number % PARTS :: PARTS]:
                sample.check(position)
                figures["asked"] = figures.get("asked", 0) + len(sample.paths)
