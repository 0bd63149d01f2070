"""What was checked, how much of it there was, and what cannot be told of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """What was checked, and how much of it there was; ``doubts`` are what cannot be told of it."""

    events: int = 0
    sealed: int = 0
    checkpoints: int = 0
    known: int = 0
    accesses: int = 0
    said: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
