"""A moment is named by a position of the log or by a time."""

from __future__ import annotations

import pytest

from service.log.moments import position_or_time


@pytest.mark.parametrize(("text", "position"), [("0", 0), ("41", 41), ("41.0", 41)])
def test_a_whole_number_is_a_position(text: str, position: int) -> None:
    assert position_or_time(text) == position


def test_a_time_to_the_tenth_of_a_second_means_that_tenth() -> None:
    span = position_or_time("2026-12-31T10:00:00.0Z")
    assert span == position_or_time("2026-12-31T11:00:00.0+01:00")
    assert span != position_or_time("2026-12-31T10:00:00Z")


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1.0.0", ".0", "soon", "9" * 16])
def test_anything_else_is_neither(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        position_or_time(text)
