"""Lays out bar charts: which bars there are, how long, and how far down; a template draws them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

_NAME, _BAR, _GAP = 22, 22, 10
"""Pixels of a row's name, of each of its bars, and between rows."""


class Value(NamedTuple):
    """What a bar stands for: a number, perhaps a part of a whole; None where there is nothing to take it of."""

    number: Any
    part: int = 0
    whole: int = 0


@dataclass(frozen=True)
class Bar:
    """A bar as drawn; ``series`` is its index in the row, and ``length`` a part of the longest that can be."""

    value: Value
    series: int
    length: float
    y: int


@dataclass(frozen=True)
class Row:
    """The bars of one thing, which the template knows how to name."""

    about: Any
    bars: Sequence[Bar]
    y: int


@dataclass(frozen=True)
class Chart:
    """Rows with the same series each; ``measure`` says how the values are written."""

    name: str
    measure: str
    rows: Sequence[Row]
    height: int


def chart(name: str, measure: str, told: Sequence[tuple[Any, Sequence[Value]]], longest: float = 0) -> Chart:
    """The chart of what is told of each thing, in that order; 0 lets the longest bar be the largest value's."""
    longest = longest or max((float(value.number or 0) for _, values in told for value in values), default=0)
    rows, y = [], 0
    for about, values in told:
        bars = [
            Bar(value, series, float(value.number or 0) / longest if longest else 0, y + _NAME + series * _BAR)
            for series, value in enumerate(values)
        ]
        rows.append(Row(about, bars, y))
        y += _NAME + len(bars) * _BAR + _GAP
    return Chart(name, measure, rows, y)
