"""The documents for people, as text, with the code spans and code blocks that they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "service" / "guides").glob("*.md"))
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
TYPED = (ROOT / "README.md", *GUIDES)
"""Those whose examples are typed, each in a shell of its own."""

DOCUMENTS = (*TYPED, CONTRIBUTING)

_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(document: Path) -> str:
    """How a document is called in the checkout, such as ``service/guides/auditors.md``."""
    return document.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[str]:
    """The code blocks, without their fences."""
    return _BLOCK.findall(text)


def prose(text: str) -> str:
    """What is left without the code blocks."""
    return _BLOCK.sub("", text)


def spans(text: str) -> list[str]:
    """The code spans of the prose."""
    return _SPAN.findall(prose(text))


def links(text: str) -> list[str]:
    """The targets of the links in the prose."""
    return _LINK.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The names under which a link can lead to the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(text))}


def code(text: str) -> Iterator[str]:
    """All lines of code: spans, and lines of blocks with what is continued by a backslash put together."""
    yield from spans(text)
    for block in blocks(text):
        yield from re.sub(r"\\\n\s*", "", block).splitlines()
