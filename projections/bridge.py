"""Explains how a pipeline's sums went from what they were at one position to what they were at another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from projections import board
from projections.board_changes import CHANGES, steps
from projections.board_totals import totals
from projections.engine.reading import Reading
from projections.engine.rows import Row, find_all
from projections.stages import STAGES


class Sum(NamedTuple):
    """So many deals, and what they add up to in the currency's smallest coin; of changes, either may be negative."""

    deals: int
    amount: int


_NOTHING = Sum(0, 0)


@dataclass
class Account:
    """What a stage's open deals of one currency added up to at either position, and all that changed in between.

    The opening and all ``changes``, which are in the order of `CHANGES`, make the closing.
    """

    opening: Sum = _NOTHING
    changes: dict[str, Sum] = field(default_factory=dict)
    closing: Sum = _NOTHING


@dataclass(frozen=True)
class StageAccounts:
    """A stage by its row, and its accounts by currency, "" where deals name none."""

    stage: Row
    accounts: dict[str, Account]


def bridge(reading: Reading, pipeline_id: int, since: int, until: int) -> list[StageAccounts]:
    """The stages of a pipeline at both positions and in between, in order, each with the accounts that there are.

    Opening and closing are what the board of then shows. It leaves out what whoever asks may not see, as the board
    does, and is to be read at one moment. The cost goes with how much changed in between.
    """
    accounts: dict[int, dict[str, Account]] = {}

    def account(stage_id: int, currency: str) -> Account:
        return accounts.setdefault(stage_id, {}).setdefault(currency, Account())

    for total in totals(reading.at(since), pipeline_id):
        account(total.stage_id, total.currency).opening = Sum(total.deals, total.amount)
    for step in sorted(steps(reading, pipeline_id, since, until), key=lambda step: CHANGES.index(step.change)):
        account(step.stage_id, step.currency).changes[step.change] = Sum(step.deals, step.amount)
    for total in totals(reading.at(until), pipeline_id):
        account(total.stage_id, total.currency).closing = Sum(total.deals, total.amount)
    return [
        StageAccounts(stage, dict(sorted(accounts.get(stage["stage_id"], {}).items())))
        for stage in _stages(reading, pipeline_id, since, until, accounts)
    ]


def _stages(reading: Reading, pipeline_id: int, since: int, until: int, others: Iterable[int]) -> list[Row]:
    """The stages as they are in the end, those last that do not stand in the pipeline any more."""
    present = board.stages_of(reading.at(until), pipeline_id)
    known = {stage["stage_id"] for stage in present}
    earlier = [stage["stage_id"] for stage in board.stages_of(reading.at(since), pipeline_id)]
    gone = find_all(reading.at(until), STAGES, {*earlier, *others} - known)
    return [*present, *(gone[stage_id] for stage_id in sorted(gone))]
