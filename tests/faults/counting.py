"""What clients were told of their commands, compared with what the log tells of them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import Enum
from typing import Any

from aggregates.event import ERASED
from tests.faults.load import Command, Outcome

Event = Mapping[str, Any]
"""An event as the feed shows it."""

_TEXT = re.compile("[0-9a-f]{32}")


class Found(Enum):
    """How much of a command the log tells."""

    NOTHING = "nothing"
    ONCE = "all of it, once"
    TWICE = "some of it twice"
    PARTLY = "a part of it"
    OTHERWISE = "something else"


_RIGHT = {
    (Outcome.ACKNOWLEDGED, Found.ONCE),
    (Outcome.UNKNOWN, Found.ONCE),
    (Outcome.UNKNOWN, Found.NOTHING),
    (Outcome.REFUSED, Found.NOTHING),
    (Outcome.UNAVAILABLE, Found.NOTHING),
}


def count(commands: Sequence[Command], log: Iterable[Event]) -> tuple[dict[str, int], list[str]]:
    """The figures, by name, and what is wrong: commands of which the log does not tell what their clients were told."""
    by_request, texts = defaultdict[str, list[Event]](list), set[str]()
    for event in log:
        by_request[event["request_id"]].append(event)
        texts.update(_TEXT.findall(_said(event)))
    found = [_found(command, by_request[command.request_id], texts) for command in commands]
    told = Counter((command.outcome, what) for command, what in zip(commands, found, strict=True))
    figures = {
        **{outcome.value: sum(told[outcome, what] for what in Found) for outcome in Outcome},
        "unknown, but done": told[Outcome.UNKNOWN, Found.ONCE],
        "lost": told[Outcome.ACKNOWLEDGED, Found.NOTHING],
        "twice": sum(told[outcome, Found.TWICE] for outcome in Outcome),
    }
    wrong = [
        f"{command} was {command.outcome.value}, but the log tells {what.value}"
        for command, what in zip(commands, found, strict=True)
        if (command.outcome, what) not in _RIGHT
    ]
    return {**figures, "wrong": len(wrong)}, wrong


def _found(command: Command, events: Sequence[Event], texts: Set[str]) -> Found:
    times = Counter(event["event"] for event in events)
    if not events and command.text not in texts:
        return Found.NOTHING
    if any(times[name] > 1 for name in command.events):
        return Found.TWICE
    if any(times[name] < 1 for name in command.events):
        return Found.PARTLY
    said = _said(next(event for event in events if event["event"] == command.events[0]))
    return Found.ONCE if command.text in said or ERASED in said else Found.OTHERWISE


def _said(event: Event) -> str:
    return json.dumps([event["data"], event["reason"]], ensure_ascii=False)
