"""Lists of which one entry is the primary one: ways to reach a person, participants of an activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def with_one_primary(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries, of which the first that claims to be ``primary`` is; the very first where none does."""
    primary = next((place for place, entry in enumerate(entries) if entry.get("primary")), 0)
    return [{**entry, "primary": place == primary} for place, entry in enumerate(entries)]
