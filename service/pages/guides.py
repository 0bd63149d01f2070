"""Reads the guides as they are in the source, and makes HTML of them, with the address of the running service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FOLDER = Path(__file__).parents[1] / "guides"
_WRITTEN = "http://127.0.0.1:8000"
"""Where the service answers in the guides' examples."""

_SCROLLS = '<pre tabindex="0">'
"""An example is scrolled by keyboard, too, where it is wider than the page."""

_SNIPPET = 160


@dataclass(frozen=True)
class Section:
    """A part of a guide under one heading; ``anchor`` leads there, and ``text`` is its words without marks."""

    guide: str
    title: str
    anchor: str
    level: int
    text: str


@dataclass(frozen=True)
class Guide:
    """A guide: for whom it is, as HTML, and its parts."""

    name: str
    title: str
    html: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Found:
    """A section that holds a term, and the words around it."""

    section: Section
    before: str
    term: str
    after: str


@cache
def guides() -> dict[str, Guide]:
    """All guides by name, as they are written."""
    return {path.stem: _guide(path.stem, path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.md"))}


def with_address(guide: Guide, address: str) -> str:
    """A guide as HTML, its examples for the service at an address."""
    return guide.html.replace(_WRITTEN, escape(address))


def search(term: str) -> list[Found]:
    """The sections that hold a term, whatever its case, in the guides' order."""
    wanted = re.compile(re.escape(term), re.IGNORECASE)
    sections = (section for guide in guides().values() for section in guide.sections)
    return [found for section in sections if (found := _found(section, wanted)) is not None]


def _found(section: Section, wanted: re.Pattern[str]) -> Found | None:
    text = f"{section.title}: {section.text}"
    match = wanted.search(text)
    if match is None:
        return None
    begin, end = max(match.start() - _SNIPPET, 0), match.end() + _SNIPPET
    return Found(section, text[begin : match.start()], match[0], text[match.end() : end])


def _guide(name: str, markdown: str) -> Guide:
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(markdown)
    sections = tuple(_sections(name, tokens))
    for token in _inline(tokens):
        _lead_somewhere(token)
    html = str(parser.renderer.render(tokens, parser.options, {}))
    return Guide(name, sections[0].title, html.replace("<pre>", _SCROLLS), sections)


def _sections(name: str, tokens: list[Token]) -> Iterator[Section]:
    """The parts under each heading, which is given its anchor on the way."""
    headings = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    for place, end in zip(headings, [*headings[1:], len(tokens)], strict=True):
        title = tokens[place + 1].content.replace("`", "")
        anchor = _anchor(title)
        tokens[place].attrSet("id", anchor)
        parts = [token.content for token in tokens[place + 3 : end] if token.type in ("inline", "fence")]
        text = re.sub(r"\]\([^)]*\)|[`*\[]", "", " ".join(parts))
        yield Section(name, title, anchor, int(tokens[place].tag[1]), " ".join(text.split()))


def _anchor(title: str) -> str:
    """As the usual hosts of source code name it, so that links are right in both places."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _lead_somewhere(token: Token) -> None:
    """Let a link lead to a guide's page; what is only in the source tree is named, but leads nowhere here."""
    if token.type != "link_open":
        return
    target = str(token.attrGet("href"))
    path, _, anchor = target.partition("#")
    if path.endswith(".md") and "/" not in path:
        token.attrSet("href", f"/docs/{path.removesuffix('.md')}{'#' if anchor else ''}{anchor}")
    elif path and "://" not in path:
        token.attrs.pop("href")
