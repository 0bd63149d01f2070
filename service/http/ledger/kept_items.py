"""Items of lists that show names and ages: what was rendered of a version is kept, and when names and ages were so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from projections.names import Whole
from service.http.answer_time import AnswerTime, Holds
from service.http.call import Call
from service.http.json import raw, render
from service.http.kept import Key

V = TypeVar("V")
W = TypeVar("W", bound=NamedTuple)


class _Item(NamedTuple):
    """An item as JSON, as it was at each position from ``first`` up to ``last``, that one too, and while it `Holds`."""

    json: bytes
    first: int
    last: int
    since: datetime
    until: datetime


def kept_items(
    call: Call,
    listed: Mapping[Key, V],
    look_up: Callable[[Sequence[V]], Sequence[Whole[W] | None]],
    show: Callable[[W, AnswerTime], Any],
) -> list[Any]:
    """The items of what a list told of: as JSON, or as they are shown where they are not kept.

    Each is listed by a key that tells it from all others, and all that it depends on beside names and the time, such
    as the versions of rows. Those that are not at hand are looked up at once; None stands for what may not be seen.

    Items of now are kept for as long as nobody's name has changed. One of the past is the same at every position at
    which the names in it were what they are in it, and at which it was known already whether they would be.
    """
    if not listed or (whose := _whose(call)) is None:
        return unkept_items(call, look_up([*listed.values()]), show)
    keys: list[Key] = [(*whose, *key) for key in listed]
    asked, found = call.time.asked, list[_Item | None](call.kept.get_all(keys))
    found = [item if item is not None and item.since <= asked < item.until else None for item in found]
    if call.then is not None:
        position = call.then.position
        found = [item if item is not None and item.first <= position <= item.last else None for item in found]
    if missing := [index for index, item in enumerate(found) if item is None]:
        values = [*listed.values()]
        for index, whole in zip(missing, look_up([values[index] for index in missing]), strict=True):
            if whole is not None:
                item = _item(call, whole, show)
                found[index] = call.kept.keep(keys[index], item, len(item.json))
    if items := [item for item in found if item is not None]:
        call.time.hold(Holds(max(item.since for item in items), min(item.until for item in items)))
    return [None if item is None else raw(item.json) for item in found]


def unkept_items(call: Call, wholes: Sequence[Whole[W] | None], show: Callable[[W, AnswerTime], Any]) -> list[Any]:
    """Items as they are shown; None stands for what may not be seen."""
    return [None if whole is None else show(whole.version, call.time) for whole in wholes]


def _item(call: Call, whole: Whole[W], show: Callable[[W, AnswerTime], Any]) -> _Item:
    assert call.standing is not None
    time, last = call.time.apart(), call.standing.position if whole.renamed is None else whole.renamed - 1
    return _Item(render(show(whole.version, time)), whole.named, last, *time.holds)


def _whose(call: Call) -> Key | None:
    """By what else items are kept; None where it is not known, before the list was read, where the log stands.

    Who may see a name is decided by present rights, about the past too. Ages are kept by the day that is asked about.
    """
    if call.standing is None:
        return None
    if call.then is not None and call.user.viewer is None:
        return "then", call.time.asked.date()
    if (since := call.names_since) is None:
        return None
    return ("now" if call.then is None else call.time.asked.date()), since, call.user.viewer
