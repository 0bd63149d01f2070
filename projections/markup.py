"""Tells the HTML that notes may be written in from text that only looks like it."""

from __future__ import annotations

import html
import re

_INLINE = "a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u"
_BLOCKS = (
    "blockquote|br|caption|center|col|colgroup|dd|div|dl|dt|figcaption|figure|h1|h2|h3|h4|h5|h6|hr|li|ol|p|pre|"
    "table|tbody|td|tfoot|th|thead|tr|ul"
)
INLINE = frozenset(_INLINE.split("|"))
"""Elements that stand within a line."""

ELEMENTS = INLINE | frozenset(_BLOCKS.split("|"))
"""Elements that are known."""

_ATTRIBUTE = r"""\s++[a-z][a-z0-9_:-]*+\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++)"""
TAG = re.compile(rf"<(?P<end>/?)(?P<name>{_INLINE}|{_BLOCKS})(?:{_ATTRIBUTE})*+\s*+/?>", re.IGNORECASE | re.ASCII)
"""A tag of an element that is known, with attributes that have values or none. Everything else is text:
``<kari@firma.no>``, ``x<y``, ``List<String>``, comments and scripts, too."""


def text_lines(content: str) -> list[str]:
    """What a note says without its tags: as it is written, and, where that differs, as HTML shows it."""
    written = TAG.sub(_instead, content)
    return list(dict.fromkeys((written, html.unescape(written))))


def text_of(content: str) -> str:
    """What a note says, as HTML shows it."""
    return text_lines(content)[-1]


def _instead(tag: re.Match[str]) -> str:
    return "" if tag["name"].lower() in INLINE else "\n"
