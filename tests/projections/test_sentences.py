"""Every event can be told in words, and is told about people and places by their names."""

from __future__ import annotations

from string import Formatter
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest

from aggregates import EVENTS
from aggregates.catalogue import told_by
from aggregates.event import Event, Metadata
from projections.sentences import SENTENCES, sentences
from service.ledger.ledger import Ledger

_SAMPLES: dict[Any, Any] = {str: "Something", int: 1, bool: True, list: [1], dict: {"title": "x", "amount": "1.00"}}


def recorded(name: str, by: int | None = 1, **facts: Any) -> Event:
    """An event of that name; what is not told otherwise is made up, and may be null only where it must be."""
    told = {field: _sample(hint) for field, hint in told_by(EVENTS[name]).items()}
    metadata = Metadata(by, "2030-01-07T08:00:00.000000Z", "request", "command", "client")
    event: Event = EVENTS[name](originator_id=UUID(int=1), originator_version=1, metadata=metadata, **{**told, **facts})
    return event


def _sample(hint: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if get_origin(hint) not in (list, dict)] or [hint]
    return _SAMPLES[get_origin(kinds[0]) or kinds[0]]


def test_every_event_has_a_sentence_and_every_sentence_an_event() -> None:
    assert SENTENCES.keys() == EVENTS.keys()


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_sentence_tells_only_what_its_event_tells(name: str) -> None:
    told = {field for _, field, _, _ in Formatter().parse(SENTENCES[name]) if field}
    assert told - {"who"} <= told_by(EVENTS[name]).keys()


def test_every_event_is_told_without_a_gap(ledger: Ledger) -> None:
    with ledger.reading() as reading:
        said = sentences(reading, [recorded(name) for name in SENTENCES])
    assert len(said) == len(SENTENCES)
    for sentence in said:
        assert "{" not in sentence
        assert "None" not in sentence
        assert sentence[0].isupper()


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("DealMovedToStage", {"stage_id": 4}, "Administrator moved the deal to Offer made"),
        ("DealMovedToStage", {"stage_id": 99}, "Administrator moved the deal to somebody or something unknown"),
        ("LeadAssigned", {"by": None}, "The system handed the lead to Administrator"),
        ("LeadEdited", {"changes": {"title": "x"}}, "Administrator changed the lead’s title"),
        (
            "DealEdited",
            {"changes": {"title": "x", "amount": None, "currency": None, "expected_close_date": None}},
            "Administrator changed the deal’s title, value and expected close date",
        ),
        ("DealEstimated", {"probability": 40}, "Administrator judged how likely the deal is: 40 %"),
        ("DealEstimated", {"probability": None}, "Administrator judged how likely the deal is: as its stage says"),
        ("DealLost", {"lost_reason": None}, "Administrator lost the deal: no reason was given"),
        ("DealRevertedToLead", {"reasons": None}, "Administrator took the deal back to the inbox"),
        ("DealRevertedToLead", {"reasons": ["a", "b"]}, "Administrator took the deal back to the inbox: a; b"),
        ("LeadCreated", {"title": "{who} %s"}, "Administrator added the lead “{who} %s”"),
    ],
)
def test_a_sentence_names_who_what_and_where(ledger: Ledger, name: str, facts: dict[str, Any], expected: str) -> None:
    with ledger.reading() as reading:
        assert sentences(reading, [recorded(name, **facts)]) == [expected]
