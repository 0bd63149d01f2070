"""The events of a thing just before and just behind the moment that its page is of, to which one steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.http.call import Call
from service.pages import api

_TIMELINE = "/api/ledger/v1/timeline"
_OF_ONE_COMMAND = 20
"""Events that are looked through for the command before the latest; where that had more, there is no step to it."""

Step = Mapping[str, Any]


def steps(call: Call, about: Mapping[str, Any]) -> dict[str, Step | None]:
    """What happened to a thing: the ``latest`` that a page shows, ``before`` its command, and ``behind`` its moment."""
    latest = api.get(call, _TIMELINE, {**about, "limit": _OF_ONE_COMMAND})["items"]
    before = (event for event in latest if _command(event) != _command(latest[0]))
    return {
        "latest": next(iter(latest), None),
        "before": next(before, None),
        "behind": None if call.then is None else _behind(call, call.then.position, about),
    }


def _behind(call: Call, position: int, about: Mapping[str, Any]) -> Step | None:
    asked = {**about, "order": "oldest", "after": position, "limit": 1}
    found: list[Step] = api.get(api.now(call), _TIMELINE, asked)["items"]
    return found[0] if found else None


def _command(event: Step) -> tuple[str, str]:
    """What the events of one command have in common, and no others."""
    return event["when"], event["request_id"]
