"""Items of lists that show names: what was rendered is kept by version and since when names are so, or by its row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from service.http.call import Call
from service.http.json import raw, render
from service.http.kept import Key

V = TypeVar("V", bound=tuple[Any, ...])


def kept_items(
    call: Call,
    kind: str,
    listed: Sequence[V],
    passing: Callable[[V], Hashable],
    make: Callable[[Sequence[V]], Mapping[Any, Any]],
) -> Mapping[Any, Any]:
    """The items of what a list told of, by the things' ids: as JSON, or as they were made where they are not kept.

    ``kind`` is what tells such items from others, and ``passing`` is what else of an item changes with time. Those that
    are not at hand are made at once; of what may not be seen there is none.

    Of now a list tells which versions there are: a thing's id and the position at which the version began come first.
    Their items are kept for as long as nobody's name has changed. Of the past a list tells all that items show, names
    too: whatever the moment was, an item is the same where that is.
    """
    if not listed or (whose := _whose(call)) is None:
        return make(listed)
    told = 2 if call.then is None else None
    keys: list[Key] = [(kind, *whose, *each[:told], passing(each)) for each in listed]
    found = call.kept.get_all(keys)
    if missing := [place for place, item in enumerate(found) if item is None]:
        made = make([listed[place] for place in missing])
        for place in missing:
            if (item := made.get(listed[place][0])) is not None:
                rendered = render(item)
                found[place] = call.kept.keep(keys[place], rendered, len(rendered))
    return {each[0]: raw(item) for each, item in zip(listed, found, strict=True) if item is not None}


def _whose(call: Call) -> Key | None:
    """By what else items are kept; None where it is not known, before the list was read, where the log stands."""
    if call.standing is None:
        return None
    if call.then is not None:
        return ()
    since = call.names_since
    return None if since is None else (since, call.user.viewer)
