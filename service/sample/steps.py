"""The words that stories are written in: what happens to one opportunity, and how many workdays ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from aggregates.money import canonical_amount

Deed = Literal["arrive", "enter", "change", "learn", "note", "plan", "finish", "convert", "revert"]


@dataclass(frozen=True)
class Step:
    """One thing somebody does on a day; what the facts name in people's words, the story turns into ids."""

    days_ago: int
    deed: Deed
    facts: Mapping[str, Any] = field(default_factory=dict)
    because: str | None = None


@dataclass(frozen=True)
class Opportunity:
    """What may be sold, to whom (a person or an organization by name), by whom, and all that comes of it."""

    title: str
    contact: str
    seller: str
    source: str
    value: Mapping[str, str]
    steps: tuple[Step, ...]


def opportunity(
    title: str, contact: str, seller: str, source: str, value: Mapping[str, str], *steps: Step
) -> Opportunity:
    """One line of the story's tables."""
    return Opportunity(title, contact, seller, source, value, steps)


UNKNOWN: Mapping[str, str] = {}
"""Nobody has said yet what it may be worth."""


def nok(amount: int) -> Mapping[str, str]:
    """A value in Norwegian kroner."""
    return {"amount": canonical_amount(Decimal(amount), "NOK"), "currency": "NOK"}


def eur(amount: int) -> Mapping[str, str]:
    """A value in euros."""
    return {"amount": canonical_amount(Decimal(amount), "EUR"), "currency": "EUR"}


def came(days_ago: int) -> Step:
    """It comes in as a lead."""
    return Step(days_ago, "arrive")


def entered(days_ago: int, stage: str) -> Step:
    """It is a deal from the start."""
    return Step(days_ago, "enter", {"stage": stage})


def changed(days_ago: int, because: str | None = None, **facts: Any) -> Step:
    """Somebody corrects what is known of it."""
    return Step(days_ago, "change", facts, because)


def seen(days_ago: int) -> Step:
    """Somebody looks at the lead."""
    return changed(days_ago, was_seen=True)


def labelled(days_ago: int, *labels: str) -> Step:
    """The lead is sorted."""
    return changed(days_ago, labels=labels)


def given(days_ago: int, seller: str, because: str | None = None) -> Step:
    """It is handed to another seller."""
    return changed(days_ago, because, owner=seller)


def due(days_ago: int, closes_in: int) -> Step:
    """The customer says when a decision will be made, in days from the story's end."""
    return changed(days_ago, closes_in=closes_in)


def learned(days_ago: int, kind: str, interest: bool | None = None, **evidence: Any) -> Step:
    """Something is learned that speaks for or against it."""
    return Step(days_ago, "learn", {"kind": kind, "interest": interest, "evidence": evidence})


def noted(days_ago: int, text: str, *, pinned: bool = False) -> Step:
    """Somebody writes it down, and pins it where nobody must overlook it."""
    return Step(days_ago, "note", {"content": f"<p>{text}</p>", "is_pinned": pinned})


def planned(days_ago: int, activity_type: str, subject: str, due_in: int, **facts: Any) -> Step:
    """Something is to be done, in days from the story's end: what was to be done before it is overdue."""
    return Step(days_ago, "plan", {"type": activity_type, "subject": subject, "due_in": due_in, **facts})


def finished(days_ago: int, subject: str) -> Step:
    """What was planned is done."""
    return Step(days_ago, "finish", {"subject": subject})


def did(days_ago: int, activity_type: str, subject: str) -> Step:
    """Something is done that nobody had planned."""
    return planned(days_ago, activity_type, subject, due_in=-days_ago, is_done=True)


def shelved(days_ago: int, because: str) -> Step:
    """It is put into the archive."""
    return changed(days_ago, because, is_archived=True)


def fetched(days_ago: int, because: str) -> Step:
    """It is fetched from the archive."""
    return changed(days_ago, because, is_archived=False)


def converted(days_ago: int, because: str, **facts: Any) -> Step:
    """The lead is confirmed."""
    return Step(days_ago, "convert", facts, because)


def reverted(days_ago: int, because: str) -> Step:
    """The deal is taken back to the inbox."""
    return Step(days_ago, "revert", {}, because)


def moved(days_ago: int, stage: str, because: str | None = None) -> Step:
    """The deal goes on to another stage, or back to one."""
    return changed(days_ago, because, stage=stage)


def judged(days_ago: int, probability: int) -> Step:
    """Somebody says how likely the deal is, in per cent."""
    return changed(days_ago, probability=probability)


def won(days_ago: int) -> Step:
    """The customer says yes."""
    return changed(days_ago, status="won")


def lost(days_ago: int, lost_reason: str) -> Step:
    """The customer says no."""
    return changed(days_ago, status="lost", lost_reason=lost_reason)


def reopened(days_ago: int, because: str) -> Step:
    """A deal that was won or lost is worked on again."""
    return changed(days_ago, because, status="open")
