"""The type of command-line options that name a moment: a time, or a position of the log."""

from __future__ import annotations

from typing import Any

import click

from service.clock import EXAMPLE, Span
from service.ledger.ledger import Ledger
from service.log.history import position_at
from service.log.moments import NotThere, Then, moment, position_or_time


class MomentType(click.ParamType[int | Span]):
    """A position of the log, or a time."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | Span:
        """The moment that is meant."""
        if isinstance(value, int | Span):
            return value
        try:
            return position_or_time(value)
        except ValueError:
            self.fail(f"it must be a position of the log, or a time such as {EXAMPLE}", param, ctx)


MOMENT = MomentType()


def moment_meant(ledger: Ledger, named: int | Span | None) -> Then:
    """The moment that is named, or now where none is. Raises `ClickException` for one that has not come yet."""
    try:
        with ledger.database.reading() as connection:
            if named is None:
                return Then(position_at(connection), ledger.clock())
            return moment(connection, named, ledger.clock)
    except NotThere as error:
        raise click.ClickException(str(error)) from None
