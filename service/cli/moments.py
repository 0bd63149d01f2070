"""A moment flows in as somebody types it: a time, or a position of the log."""

from __future__ import annotations

from typing import Any

import click

from service.http.times import parsed
from service.ledger import Ledger
from service.log.history import position_at


class MomentType(click.ParamType[int | str]):
    """A position of the log, or a time, which comes out in the form that is stored."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The moment that is meant."""
        if isinstance(value, int):
            return value
        try:
            is_position = value.isascii() and value.isdigit() and len(value) <= 15
            return int(value) if is_position else parsed(value)
        except (ValueError, OverflowError):
            self.fail("it must be a position of the log, or a time such as 2026-12-31T10:00:00Z", param, ctx)


MOMENT = MomentType()


def position_meant(ledger: Ledger, moment: int | str) -> int:
    """The last position at or before a moment; one that the log has not reached yet means its end."""
    with ledger.database.reading() as connection:
        if isinstance(moment, str):
            return position_at(connection, moment)
        return min(moment, position_at(connection))
