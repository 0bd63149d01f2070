"""Moments flow through here as text, from the one form that is stored to the three that the wire knows."""

from __future__ import annotations

from datetime import UTC, datetime

from service.clock import timestamp


def with_milliseconds(stored: str) -> str:
    """``2020-10-14T11:30:36.551Z``, as leads and lead labels show times (wire reference 1.8)."""
    return f"{stored[:23]}Z"


def whole_seconds(stored: str | None) -> str | None:
    """``2024-01-01T00:00:00Z``, as all of version 2 shows times (wire reference 1.8)."""
    return f"{stored[:19]}Z" if stored else None


def classic(stored: str) -> str:
    """``2024-01-01 00:00:00``, as the older part of version 1 shows times (wire reference 1.8)."""
    return f"{stored[:10]} {stored[11:19]}"


def parsed(text: str) -> str:
    """A time in any of the wire's forms as it is stored; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if len(text) < len("2024-01-01T00:00"):
        raise ValueError("a time needs a date and a time of day")
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def days_since(stored: str, now: datetime) -> int:
    """How many whole days have passed since a moment that was stored."""
    return (now - datetime.fromisoformat(stored)).days
