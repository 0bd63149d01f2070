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
    BEGUN = "its first transactions"
    OTHERWISE = "something else"


_RIGHT = {
    Outcome.ACKNOWLEDGED: {Found.ONCE},
    Outcome.UNKNOWN: {Found.NOTHING, Found.BEGUN, Found.ONCE},
    Outcome.REFUSED: {Found.NOTHING},
    Outcome.UNAVAILABLE: {Found.NOTHING},
}


def count(commands: Sequence[Command], log: Iterable[Event]) -> tuple[dict[str, float], list[str]]:
    """The figures, by name, and what is wrong: commands of which the log does not tell what their clients were told."""
    by_request, texts = defaultdict[str, list[Event]](list), set[str]()
    for event in log:
        by_request[event["request_id"]].append(event)
        texts.update(_TEXT.findall(_said(event)))
    told = [(command, _found(command, by_request[command.request_id], texts)) for command in commands]
    counted = Counter((command.outcome, found) for command, found in told)
    wrong = [
        f"the log tells {found.value} of {command}" for command, found in told if found not in _RIGHT[command.outcome]
    ]
    figures = {
        **{outcome.value: sum(counted[outcome, found] for found in Found) for outcome in Outcome},
        "unknown, but done": counted[Outcome.UNKNOWN, Found.ONCE],
        "lost": counted[Outcome.ACKNOWLEDGED, Found.NOTHING],
        "twice": sum(counted[outcome, Found.TWICE] for outcome in Outcome),
        "wrong": len(wrong),
        "slowest, s": round(max((command.seconds for command in commands), default=0), 2),
    }
    return figures, wrong


def _found(command: Command, events: Sequence[Event], texts: Set[str]) -> Found:
    """How much of a command there is among the events under its request id; ``texts`` are those of all events."""
    if not events:
        return Found.OTHERWISE if command.text in texts else Found.NOTHING
    times = Counter(event["event"] for event in events)
    of_each = [[times[name] for name in names] for names in command.transactions]
    if any(number > 1 for numbers in of_each for number in numbers):
        return Found.TWICE
    first = next(filter(lambda event: event["event"] == command.transactions[0][0], events), None)
    if first is None or (command.text not in _said(first) and ERASED not in _said(first)):
        return Found.OTHERWISE
    if all(all(numbers) for numbers in of_each):
        return Found.ONCE
    return Found.BEGUN if all(all(numbers) == any(numbers) for numbers in of_each) else Found.OTHERWISE


def _said(event: Event) -> str:
    return json.dumps([event["data"], event["reason"]], ensure_ascii=False)
