"""Finds the moment of the past that a request asks about, or refuses the parameter that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from marshmallow import ValidationError
from sqlalchemy import Connection

from service.clock import Span
from service.http.answer_time import AnswerTime
from service.ledger.ledger import Ledger
from service.log.moments import NotThere, Then


def then_of(ledger: Ledger, time: AnswerTime, connection: Connection, as_of: int | Span) -> Then:
    """The moment that a request is about. Raises `ValidationError` for one that has not come yet."""
    with blamed_on("as_of"):
        return ledger.moments.find(connection, as_of, time.now)


@contextmanager
def blamed_on(parameter: str) -> Iterator[None]:
    """A block in which `NotThere` is the fault of that parameter: it comes out as a `ValidationError`."""
    try:
        yield
    except NotThere as error:
        raise ValidationError({parameter: [str(error)]}) from None
