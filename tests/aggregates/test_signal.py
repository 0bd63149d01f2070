"""What may be learned of an opportunity."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from aggregates.refusals import Refusal, UnknownReference
from aggregates.signal import KINDS, Signal, SignalRecorded, check_kind, signal_id
from tests.aggregates.given import fact, given, refused, then

SIGNAL = UUID("0c7a3f52-61d4-4a0e-9a53-6f1f5d1f0a11")
FACTS: dict[str, Any] = {
    "opportunity_id": "8a1b6c1e-6a2f-4c1e-8f1a-2f6c0f5b7a33",
    "lead_id": "8a1b6c1e-6a2f-4c1e-8f1a-2f6c0f5b7a33",
    "deal_id": None,
    "kind": "email_answered",
    "interest": True,
    "evidence": {"subject": "Re: pipes"},
    "occurred_at": "2026-03-02T10:00:00.000000Z",
    "external_id": None,
}


def test_a_signal_is_recorded_with_its_evidence() -> None:
    signal = Signal.record_new(SIGNAL, **FACTS)
    then(signal, fact(SignalRecorded, **FACTS))


@pytest.mark.parametrize("kind", [*KINDS, "x_visited_fair", "x_a", "x_fair2"])
def test_a_kind_is_known_or_free(kind: str) -> None:
    check_kind(kind)


@pytest.mark.parametrize(
    "kind", ["", "fax_sent", "x_", "x", "X_fair", "x_Fair", "x__a", "x_a_", "x_å", "x_" + "a" * 50]
)
def test_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(UnknownReference, match="no kind of signal"):
        Signal.record_new(SIGNAL, **FACTS | {"kind": kind})


def test_what_somebody_outside_reports_twice_is_one_signal_of_one_opportunity() -> None:
    assert signal_id("one", "mail-1") == signal_id("one", "mail-1")
    assert len({signal_id("one", "mail-1"), signal_id("one", "mail-2"), signal_id("other", "mail-1")}) == 3


def test_another_fact_under_the_same_name_is_refused() -> None:
    signal = given(Signal, SIGNAL, fact(SignalRecorded, **FACTS))
    told = {name: FACTS[name] for name in ("kind", "interest", "evidence", "occurred_at")}
    signal.check_same(**told)
    with refused(signal, Refusal, "another kind and interest"):
        signal.check_same(**told | {"kind": "call_held", "interest": None})
