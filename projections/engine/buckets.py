"""Finds a page of the past without looking at all versions that ended: these lie in buckets, by duration and start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    asc,
    bindparam,
    desc,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.sql.elements import ClauseElement

from projections.engine.validity import AS_OF, OF_THE_PAST, Past, Rule, Validity, exchanged, past_of

BEGINNING: dict[Any, Any] = {"is_beginning": True}
"""What a column's ``info`` says that has the position at which a thing began: no version of it began earlier."""

_LENGTHS = range(8, 26, 2)
"""How long versions lasted that share a bucket: less than 2 ** 8 positions, less than 2 ** 10 and so on. Every other
power of two keeps the buckets of a moment few, while much of what lies in each of them held then."""

_LONGEST = 1 << 26
"""The bucket of all that lasted even longer."""

_BUCKETS = [bindparam(f"bucket_{place}", type_=BigInteger()) for place in range(2 * len(_LENGTHS) + 1)]


def bucket_of(began: int, ended: int) -> int:
    """The bucket of a closed row version, by its duration and start; a query about a moment looks into 19 of them.

    What lasted less than a length began in one of the spans that are as long; the bucket's number is that of the span,
    followed by a one and as many zero bits as tell the length.
    """
    bits = (ended - began).bit_length()
    length = max(_LENGTHS[0], bits + bits % 2)
    return _bucket(length, began >> length) if length in _LENGTHS else _LONGEST


def buckets_at(position: int) -> Iterator[int]:
    """The buckets in which all versions lie that held at a position and have ended since, beside others.

    There are always as many: what lasted less than a length began in the span of that length that the position is in,
    or in the one before, even where there was none.
    """
    for length in _LENGTHS:
        for span in (position >> length, (position >> length) - 1):
            yield _bucket(length, span)
    yield _LONGEST


def _bucket(length: int, span: int) -> int:
    return (2 * span + 1) << length


@lru_cache(maxsize=64)
def moment_values(position: int) -> Mapping[str, int]:
    """What queries about the past bind."""
    buckets = zip((bucket.key for bucket in _BUCKETS), buckets_at(position), strict=True)
    return {AS_OF.key: position, **dict(buckets)}


@dataclass(frozen=True)
class BucketedPage:
    """What a query is a page of: the rows of a table, in the order of some of its columns, and how many at most."""

    table: Table
    order: Sequence[str]
    descending: bool
    rows: int

    def marked(self, query: Select[Any]) -> Select[Any]:
        """The query; where its table has buckets, a page of the past is found by them.

        All the query's conditions are about that table's columns.
        """
        has_buckets = self._past.bucket is not None
        return query.execution_options(**{OF_THE_PAST: self._of_the_past}) if has_buckets else query

    @property
    def _past(self) -> Past:
        past = past_of(self.table)
        assert past is not None
        return past

    def _of_the_past(self, query: Select[Any], rule: Rule | None) -> Select[Any]:
        """The page at the moment `AS_OF`: the first of what still holds and of what lies in each bucket, merged.

        Indexes have that in the page's order, so it is read only as far as the page goes.
        """
        table, limit = self.table, literal_column(str(self.rows), type_=Integer)
        ends, its_bucket = table.c[self._past.ends or ""], table.c[self._past.bucket or ""]
        buckets = [and_(its_bucket == bucket, ends > AS_OF) for bucket in _BUCKETS]
        parts = union_all(*(self._part(query, until, rule) for until in (ends.is_(None), *buckets)))
        first = parts.order_by(*map(desc if self.descending else asc, self.order)).limit(limit).subquery()
        these = and_(*(first.c[column.name] == column for column in table.primary_key))
        versions = select(table).select_from(first.join(table, these)).subquery()

        def exchange(element: Any) -> ClauseElement | None:
            if isinstance(element, Column) and element.table is table:
                return versions.c[element.key]
            return versions if element is table else None

        def held(element: Any) -> ClauseElement | None:
            if not isinstance(element, Validity):
                return None
            return element.past if element.table is table else element.at(True, rule)

        return exchanged(exchanged(query, held), exchange)

    def _part(self, query: Select[Any], until: ColumnElement[bool], rule: Rule | None) -> Select[Any]:
        """The versions that may be on the page and hold until then.

        PostgreSQL must be told how few are wanted, or it collects and sorts them all; SQLite would do so if it were.
        """
        table, conditions = self.table, query.whereclause
        assert conditions is not None
        held = and_(table.c[self._past.begins] <= AS_OF, until)
        seen = None if rule is None else rule(table)
        if table.c[self.order[0]].info.get("is_beginning"):
            held = and_(table.c[self.order[0]] <= AS_OF, held)
        needed = [table.c[name] for name in dict.fromkeys((*table.primary_key.columns.keys(), *self.order))]

        def exchange(element: Any) -> ClauseElement | None:
            is_its_own = isinstance(element, Validity) and element.table is table
            return (held if seen is None else and_(held, seen)) if is_its_own else None

        part = select(*needed).where(exchanged(conditions, exchange))
        part = part.order_by(*(table.c[name].desc() if self.descending else table.c[name] for name in self.order))
        return select(part.suffix_with(text(f"LIMIT {self.rows}"), dialect="postgresql").subquery())
