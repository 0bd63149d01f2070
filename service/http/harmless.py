"""Sanitizes notes into HTML that is safe to show, since clients of the public wire show them as HTML."""

from __future__ import annotations

import re

import nh3

from projections.markup import ELEMENTS, TAG, text_of
from service.text import looks_empty

_MOST_TAGS = 5_000
_DEEPEST = 100
"""Tags and levels of elements in a note: more than anybody writes, and few enough to be made safe quickly."""

_NOT_NESTED = frozenset(
    {"br", "col", "colgroup", "dd", "dt", "hr", "img", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
"""Elements that hold nothing, or end by themselves where the next one begins."""

_MAY_BEGIN_A_TAG = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE | re.ASCII)
_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {"font": {"color", "face", "size"}}
_CLEANER = nh3.Cleaner(tags=set(ELEMENTS), attributes=_ATTRIBUTES)
"""Made once: to make it takes fifteen times as long as to clean a short note."""


def as_harmless_html(content: str) -> str:
    """A note as HTML that runs nothing: known tags stay, without attributes that could do harm.

    All else is text and shown as text; nothing that was written is left out. A note with more than `_MOST_TAGS` tags
    or `_DEEPEST` levels of them is text altogether.
    """
    tags = list(TAG.finditer(content))
    if not tags or len(tags) > _MOST_TAGS or _depth(tags) > _DEEPEST:
        return _as_text(content)
    ends = [0, *(tag.end() for tag in tags)]
    texts = [_as_text(content[end : tag.start()]) + tag[0] for end, tag in zip(ends, tags, strict=False)]
    return _CLEANER.clean("".join(texts) + _as_text(content[ends[-1] :]))


def shows_something(content: str) -> bool:
    """Whether a note shows text, or a picture."""
    is_text = not looks_empty(text_of(content))
    return is_text or any(tag["name"].lower() == "img" for tag in TAG.finditer(content))


def _as_text(content: str) -> str:
    """Text in HTML, changed only where it could be taken for a tag."""
    return _MAY_BEGIN_A_TAG.sub("&lt;", content)


def _depth(tags: list[re.Match[str]]) -> int:
    depth = deepest = 0
    for tag in tags:
        if tag["name"].lower() not in _NOT_NESTED:
            depth = max(0, depth - 1) if tag["end"] else depth + 1
            deepest = max(deepest, depth)
    return deepest
