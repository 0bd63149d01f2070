"""What is learned of an opportunity, one fact at a time: an email sent, an answer, a meeting, with the evidence."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.identity import stream_named
from aggregates.refusals import Refusal, UnknownReference

KINDS = (
    "email_sent",
    "email_opened",
    "email_answered",
    "meeting_held",
    "call_held",
    "form_filled_in",
    "chat_held",
    "profile_linked",
    "profile_liked",
    "company_fits",
    "budget_named",
)
"""The kinds of signals that have a meaning of their own; others are free, see `check_kind`."""

FREE_KIND = re.compile(r"x_[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
LONGEST_KIND = 50


class SignalRecorded(Event, personal=("kind", "evidence", "external_id"), plain={"kind": KINDS}):
    """Something was learned that may speak for or against an opportunity, with the evidence for it.

    ``lead_id`` and ``deal_id`` are the forms it had by then. ``interest`` says whether interest was shown, where
    anybody noted that; ``external_id`` is the name that whoever reported the signal has for it.
    """

    opportunity_id: str
    lead_id: str | None
    deal_id: int | None
    kind: str
    interest: bool | None
    evidence: dict[str, Any]
    occurred_at: str
    external_id: str | None

    def apply(self, signal: Signal) -> None:
        signal.kind = self.kind
        signal.interest = self.interest
        signal.evidence = self.evidence
        signal.occurred_at = self.occurred_at

    @property
    def signal_id(self) -> str:
        """The signal's UUID as text; its stream bears the same id."""
        return self.text_id


class Signal(Aggregate):
    """One fact about an opportunity; it never changes."""

    created = SignalRecorded

    kind: str
    interest: bool | None
    evidence: dict[str, Any]
    occurred_at: str

    @classmethod
    def record_new(cls, signal_id: UUID, *, kind: str, **facts: Any) -> Signal:
        """Let a signal be known. Raises `UnknownReference` for a kind that there is not."""
        check_kind(kind)
        signal = cls(signal_id)
        signal.record(SignalRecorded, kind=kind, **facts)
        return signal

    def check_same(self, *, kind: str, interest: bool | None, evidence: dict[str, Any], occurred_at: str) -> None:
        """Raise `Refusal` where what is reported under this signal's name is not this signal."""
        reported = {"kind": kind, "interest": interest, "evidence": evidence, "occurred_at": occurred_at}
        if differing := self.differing(reported):
            raise Refusal(f"this external_id was reported before with another {' and '.join(differing)}")


def signal_id(opportunity_id: str, external_id: str) -> UUID:
    """The stream that older versions gave to the signal that somebody outside knows by that name."""
    return stream_named("signal", f"{opportunity_id}/{external_id}")


def check_kind(kind: str) -> None:
    """A kind is one of `KINDS` or a free one: ``x_`` and snake case. Raises `UnknownReference`."""
    if kind not in KINDS and (len(kind) > LONGEST_KIND or not FREE_KIND.fullmatch(kind)):
        raise UnknownReference(
            f"there is no kind of signal {kind!r}; a kind of one's own begins with x_ and goes on in snake case"
        )
