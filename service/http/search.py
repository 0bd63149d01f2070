"""What all searches share: the query's schema, how matches are scored, and how a page of them is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from projections.engine.rows import Row
from projections.engine.tables import Number, Small
from projections.search import Sought
from service.http import cursors
from service.http.family import Answer
from service.http.fields import Listed, QueryFlag, Text
from service.http.pipedrive import Show, cursor_page, offset_page

_SCORES = (1.0, 0.6, 0.3)
"""How well a row of each rank fits."""

_SHORTEST = 2


class SearchedFields(Listed):
    """Which fields to search, all of them unless some are named."""

    def __init__(self, *names: str) -> None:
        known = validate.OneOf(names, error="it must be one of {choices}; there are no custom fields to search")
        some = validate.Length(min=1, error="it must name a field")
        super().__init__(fields.String(validate=known), load_default=list(names), data_key="fields", validate=some)


class Search(Schema):
    """What to look for; a subclass says where, by `SearchedFields` named ``searched``. It comes out as ``sought``."""

    term = Text(required=True)
    exact_match = QueryFlag(load_default=False)

    @post_load
    def as_sought(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The query with the term, the fields and the way to compare in one."""
        term, exactly = query.pop("term"), query.pop("exact_match")
        if len(term) < _SHORTEST and not exactly:
            raise ValidationError({"term": [f"it must have at least {_SHORTEST} characters, or 1 with exact_match"]})
        searched = frozenset(query.pop("searched"))
        return {**query, "sought": Sought(term, searched, exactly)}


def begins_behind(query: Mapping[str, Any], key: str) -> list[Any] | None:
    """Where a page of version 2's searches begins: behind a rank and a key. Raises `BrokenCursor`."""
    return None if query["cursor"] is None else cursors.behind(query["cursor"], _listed(key), (Small, Number))


def found_by_cursor(found: list[Row], query: Mapping[str, Any], show: Show, key: str) -> Answer:
    """A page of version 2's searches; ``key`` names the column that tells two rows of a rank apart."""
    page = cursor_page(found, query, lambda rows: _scored(rows, show), "rank", key, listed=_listed(key))
    return Answer({"items": page.data}, page.beside)


def found_by_offset(found: list[Row], query: Mapping[str, Any], show: Show) -> Answer:
    """A page of version 1's searches."""
    page = offset_page(found, query, lambda rows: _scored(rows, show))
    return Answer({"items": page.data}, page.beside)


@dataclass(frozen=True)
class Paging:
    """How searches are paged: where one begins, in the words of the read models, and how its page is answered."""

    begins: Callable[[Mapping[str, Any], str], dict[str, Any]]
    answer: Callable[[list[Row], Mapping[str, Any], Show, str], Answer]


BY_CURSOR = Paging(lambda query, key: {"after": begins_behind(query, key)}, found_by_cursor)
BY_OFFSET = Paging(
    lambda query, key: {"start": query["start"]}, lambda found, query, show, key: found_by_offset(found, query, show)
)


def _listed(key: str) -> tuple[str, str]:
    return ("search", key)


def _scored(rows: list[Row], show: Show) -> list[dict[str, Any]]:
    items = zip(rows, show(rows), strict=True)
    return [{"result_score": _SCORES[row["rank"]], "item": item} for row, item in items]
