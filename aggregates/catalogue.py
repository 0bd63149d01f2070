"""Describes every event for people, as Markdown made from the classes: ``python -m aggregates.catalogue``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import getdoc
from itertools import groupby
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from aggregates.aggregate import Aggregate
from aggregates.event import EVENTS, Event

_INTRODUCTION = """\
# Events

Every kind of event the log may hold, under the name it is stored by. Made by `python -m aggregates.catalogue`
from the classes; a test holds the two together.

Beside its own fields, every event says who caused it (`user_id`), when it was recorded (`recorded_at`, UTC),
through what (`request_id`, `command_id`, `client`, `token_id`) and, where somebody said so, why (`reason`). A
`request_id` that is no UUID, a `client` and a `reason` are somebody's text, and so encrypted like what is personal.
Amounts are decimal text, times and dates ISO 8601 text, UUIDs text.
"""

_WORDS = {str: "text", int: "whole number", bool: "true or false", NoneType: "null", Any: "any", dict: "object"}


def catalogue() -> str:
    """All events by aggregate, as Markdown: what each one means, and the fields it tells."""
    by_module = sorted(EVENTS.values(), key=lambda kind: kind.__module__)
    sections = [_INTRODUCTION]
    for module, kinds in groupby(by_module, key=lambda kind: kind.__module__):
        aggregate = next(_aggregates_of(module))
        sections.append(f"\n## {aggregate.__name__}\n\n{_said_of(aggregate)}\n")
        sections += [_described(kind) for kind in kinds]
    return "".join(sections)


def told_by(kind: type[Event]) -> dict[str, Any]:
    """The fields an event tells, and their types."""
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind.fact_names}


def _aggregates_of(module: str) -> Iterator[type[Aggregate]]:
    for found in vars(sys.modules[module]).values():
        if isinstance(found, type) and issubclass(found, Aggregate) and found.__module__ == module:
            yield found


def _described(kind: type[Event]) -> str:
    version = f" (version {kind.class_version})" if kind.class_version > 1 else ""
    described = f"\n### {kind.__name__}{version}\n\n{_said_of(kind)}\n"
    if told := told_by(kind):
        described += "\n| Field | Type | Personal |\n|---|---|---|\n"
        for name, hint in told.items():
            described += f"| `{name}` | {_in_words(hint)} | {_personal(kind, name)} |\n"
    return described


def _said_of(kind: type) -> str:
    return (getdoc(kind) or "").replace("``", "`")


def _in_words(hint: Any) -> str:
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        return f"list of {_in_words(item)}s"
    if get_origin(hint) is dict:
        return _WORDS[dict]
    if alternatives := get_args(hint):
        return " or ".join(_in_words(alternative) for alternative in alternatives)
    return _WORDS[hint]


def _personal(kind: type[Event], name: str) -> str:
    if name in kind.personal:
        return "but for our own words, yes" if name in kind.plain else "yes"
    return ", ".join(sorted(f"`{path}`" for path in kind.personal if path.startswith(f"{name}.")))


if __name__ == "__main__":
    sys.stdout.write(catalogue())
