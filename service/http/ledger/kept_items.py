"""Items of lists that show names: what was rendered of a version is kept, with the positions at which names were so."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from projections.names import Whole
from service.http.call import Call
from service.http.json import raw, render
from service.http.kept import Key

V = TypeVar("V", bound=tuple[Any, ...])
W = TypeVar("W", bound=NamedTuple)


class _Item(NamedTuple):
    """An item as JSON, as it was at each position from ``since`` up to ``upto``, that one too."""

    json: bytes
    since: int
    upto: int


def kept_items(
    call: Call,
    kind: str,
    listed: Sequence[V],
    passing: Callable[[V], Hashable],
    look_up: Callable[[Sequence[V]], Mapping[Any, Whole[W]]],
    show: Callable[[W], Any],
) -> Mapping[Any, Any]:
    """The items of what a list told of, by the things' ids: as JSON, or as they are shown where they are not kept.

    The list told which versions there are: a thing's id and the position at which the version began come first.
    ``kind`` is what tells such items from others, and ``passing`` is what else of an item changes with time. Those that
    are not at hand are looked up at once; of what may not be seen there is none.

    Items of now are kept for as long as nobody's name has changed. One of the past is the same at every position at
    which the names in it were what they are in it, and at which it was known already whether they would be.
    """
    if not listed or (whose := _whose(call)) is None:
        return {number: show(whole.version) for number, whole in look_up(listed).items()}
    keys: list[Key] = [(kind, *whose, *each[:2], passing(each)) for each in listed]
    found: list[_Item | None] = call.kept.get_all(keys)
    if call.then is not None:
        position = call.then.position
        found = [item if item is not None and item.since <= position <= item.upto else None for item in found]
    if missing := [place for place, item in enumerate(found) if item is None]:
        wholes = look_up([listed[place] for place in missing])
        for place in missing:
            if (whole := wholes.get(listed[place][0])) is not None:
                item = _item(call, whole, render(show(whole.version)))
                found[place] = call.kept.keep(keys[place], item, len(item.json))
    return {each[0]: raw(item.json) for each, item in zip(listed, found, strict=True) if item is not None}


def _item(call: Call, whole: Whole[Any], json: bytes) -> _Item:
    assert call.standing is not None
    upto = call.standing.position if whole.renamed is None else whole.renamed - 1
    return _Item(json, whole.named, upto)


def _whose(call: Call) -> Key | None:
    """By what else items are kept; None where it is not known, before the list was read, where the log stands.

    Who may see a name is decided by present rights, about the past too.
    """
    if call.standing is None:
        return None
    if call.then is not None and call.user.viewer is None:
        return ("then",)
    since = call.names_since
    return None if since is None else ("then" if call.then is not None else "now", since, call.user.viewer)
