"""Formats stored times as the wire shows them."""

from __future__ import annotations

from datetime import datetime


def with_milliseconds(stored: str) -> str:
    """``2020-10-14T11:30:36.551Z``, as leads and lead labels show times (wire reference 1.8)."""
    return f"{stored[:23]}Z"


def whole_seconds(stored: str | None) -> str | None:
    """``2024-01-01T00:00:00Z``, as all of version 2 shows times (wire reference 1.8)."""
    return f"{stored[:19]}Z" if stored else None


def classic(stored: str) -> str:
    """``2024-01-01 00:00:00``, as the older part of version 1 shows times (wire reference 1.8); empty for none."""
    return f"{stored[:10]} {stored[11:19]}" if stored else ""


def days_since(stored: str, now: datetime) -> int:
    """How many whole days have passed since a moment that was stored; none since one that a faster clock told."""
    return max(0, (now - datetime.fromisoformat(stored)).days)
