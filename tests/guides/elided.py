"""Compares what was answered with what a document shows of it, where ``…`` leaves out and every run has other ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_GAP = "…"
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,…]|[^\s{}\[\]:,…"]+)')
_VARIABLE = (
    (
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{16}\b|\b[0-9a-f]{32}\b"),
        "ID",
    ),
    (re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?Z?)?"), "TIME"),
    (re.compile(r"\+[0-9a-f]{8}\+"), "+HASH+"),
    (re.compile(r"[A-Za-z0-9+/]{40,}=*"), "BYTES"),
    (re.compile(r"/[\w./-]+\.db"), "FILE"),
    (re.compile(r"\d+"), "N"),
)
"""What is another in every run, and what stands for it while texts are compared."""

Shown = Any
"""JSON as it is shown: a list or an object's members may have gaps."""


class Members(list[tuple[str, Any]]):
    """The members of an object that are shown, of which there may be more."""

    has_gap = False


class Items(list[Any]):
    """The items of a list that are shown; a gap among them stands for any number of others."""


def fits(shown: str, answer: str) -> bool:
    """Whether an answer is what is shown of it: JSON by its structure, words and kinds of values, else line by line."""
    if shown.startswith("{"):
        return _is_like(_read(shown), json.loads(answer))
    lines = iter(_plain(line) for line in answer.splitlines())
    return all(_is_among(_plain(line), lines) for line in shown.splitlines() if line.strip() not in ("", _GAP))


def _is_among(line: str, lines: Iterator[str]) -> bool:
    start, gap, _ = line.partition(_GAP)
    return any(other.startswith(start) if gap else other == line for other in lines)


def _is_like(shown: Shown, value: Any) -> bool:
    if isinstance(shown, Members):
        is_whole = isinstance(value, dict) and (shown.has_gap or len(shown) == len(value))
        return is_whole and all(k in value and _is_like(v, value[k]) for k, v in shown)
    if isinstance(shown, Items):
        return isinstance(value, list) and _are_like(shown, value)
    if isinstance(shown, str) and isinstance(value, str):
        start, gap, _ = shown.partition(_GAP)
        return _plain(value).startswith(_plain(start)) if gap else _plain(value) == _plain(shown)
    is_number = isinstance(shown, int | float) and not isinstance(shown, bool)
    return isinstance(value, int | float) and not isinstance(value, bool) if is_number else shown is value


def _are_like(shown: list[Any], values: list[Any]) -> bool:
    """Whether values are those that are shown, in order, with any number of others where a gap is."""
    if not shown:
        return not values
    if shown[0] is _GAP:
        return any(_are_like(shown[1:], values[place:]) for place in range(len(values) + 1))
    return bool(values) and _is_like(shown[0], values[0]) and _are_like(shown[1:], values[1:])


def _plain(text: str) -> str:
    for pattern, name in _VARIABLE:
        text = pattern.sub(name, text)
    return text.strip()


def _read(text: str) -> Shown:
    tokens = _TOKEN.findall(re.sub(r"\s*\n\s*", " ", text))
    value, rest = _value(tokens, 0)
    assert rest == len(tokens), f"there is more than one value in {text}"
    return value


def _value(tokens: list[str], at: int) -> tuple[Shown, int]:
    if tokens[at] == "{":
        return _members(tokens, at + 1)
    if tokens[at] == "[":
        return _items(tokens, at + 1)
    return (_GAP if tokens[at] == _GAP else json.loads(tokens[at])), at + 1


def _members(tokens: list[str], at: int) -> tuple[Members, int]:
    members = Members()
    while tokens[at] != "}":
        if tokens[at] in (",", _GAP):
            members.has_gap |= tokens[at] == _GAP
            at += 1
        else:
            name, (value, at) = json.loads(tokens[at]), _value(tokens, at + 2)
            members.append((name, value))
    return members, at + 1


def _items(tokens: list[str], at: int) -> tuple[Items, int]:
    items = Items()
    while tokens[at] != "]":
        if tokens[at] == ",":
            at += 1
        else:
            item, at = _value(tokens, at)
            items.append(item)
    return items, at + 1
