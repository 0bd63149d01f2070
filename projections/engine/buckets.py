"""Sorts versions that have ended into buckets, by duration and start, so that few of them may have held at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Text, bindparam

AS_OF: BindParameter[int] = bindparam("as_of", type_=BigInteger())
"""The position of the log that a query about the past is asked for."""

AS_OF_TIME: BindParameter[str] = bindparam("as_of_time", type_=Text())
"""What time it was then: what had happened by that position bears no later one."""

BEGINNING: dict[Any, Any] = {"is_beginning": True}
"""What a column's ``info`` says that has the position at which a thing began: no version of it began earlier."""

EVENT_TIME: dict[Any, Any] = {"is_event_time": True}
"""What a column's ``info`` says that has the time of an event which the version came of, or an earlier one."""

_LENGTHS = range(8, 26, 2)
"""How long versions lasted that share a bucket: less than 2 ** 8 positions, less than 2 ** 10 and so on. Every other
power of two keeps the buckets of a moment few, while much of what lies in each of them held then."""

_LONGEST = 1 << 26
"""The bucket of all that lasted even longer."""

BEHIND_ALL_TIMES = "~"

BUCKETS = [bindparam(f"bucket_{place}", type_=BigInteger()) for place in range(2 * len(_LENGTHS) + 1)]
"""The parameters for the buckets of the moment that a query is about."""

BUCKET_LIST: BindParameter[str] = bindparam("bucket_list", type_=Text())
"""All of them in one parameter, as PostgreSQL writes a list: a value of a question costs its driver half a microsecond,
and a board asks for the first deals of each of its stages."""


def bucket_of(began: int, ended: int) -> int:
    """The bucket of a closed row version, by its duration and start; a query about a moment looks into 19 of them.

    What lasted less than a length began in one of the spans that are as long; the bucket's number is that of the span,
    followed by a one and as many zero bits as tell the length.
    """
    bits = (ended - began).bit_length()
    length = max(_LENGTHS[0], bits + bits % 2)
    return _bucket(length, began >> length) if length in _LENGTHS else _LONGEST


def buckets_at(position: int) -> Iterator[int | None]:
    """The buckets in which all versions lie that held at a position and have ended since, beside others.

    There are always as many: what lasted less than a length began in the span of that length that the position is in,
    or in the one before; where there was none, None stands in its place.
    """
    for length in _LENGTHS:
        span = position >> length
        yield _bucket(length, span)
        yield _bucket(length, span - 1) if span else None
    yield _LONGEST


def _bucket(length: int, span: int) -> int:
    return (2 * span + 1) << length


@lru_cache(maxsize=64)
def moment_values(position: int, time: str | None) -> Mapping[str, Any]:
    """What queries about the past bind; a time that is not known is behind all others."""
    buckets = [*buckets_at(position)]
    together = f"{{{','.join(str(bucket) for bucket in buckets if bucket is not None)}}}"
    apart = dict(zip((bucket.key for bucket in BUCKETS), buckets, strict=True))
    return {AS_OF.key: position, AS_OF_TIME.key: time or BEHIND_ALL_TIMES, BUCKET_LIST.key: together, **apart}
