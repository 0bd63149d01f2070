"""Items of lists that show names: those that were rendered are kept for as long as nobody's name has changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from service.http.call import Call
from service.http.json import raw, render

V = TypeVar("V", bound=tuple[Any, ...])


def kept_items(
    call: Call,
    kind: str,
    versions: Sequence[V],
    passing: Callable[[V], Hashable],
    make: Callable[[Sequence[V]], Mapping[V, Any]],
) -> Mapping[V, Any]:
    """The items of versions of rows: as JSON, or as they were made where they are not to be kept.

    ``kind`` is what tells such items from others. A version begins with the thing's id and the position at which the
    version began; ``passing`` is what else of its item changes with time. Those that are not at hand are made at once;
    of a version that may not be seen there is none.
    """
    if not versions:
        return {}
    if (since := call.names_since) is None:
        return make(versions)
    whose = kind, since, call.user.viewer
    keys = [(*whose, *version[:2], passing(version)) for version in versions]
    found = call.kept.get_all(keys)
    if missing := [place for place, item in enumerate(found) if item is None]:
        made = make([versions[place] for place in missing])
        for place in missing:
            if (item := made.get(versions[place])) is not None:
                rendered = render(item)
                found[place] = call.kept.keep(keys[place], rendered, len(rendered))
    return {version: raw(item) for version, item in zip(versions, found, strict=True) if item is not None}
