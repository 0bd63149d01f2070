"""Reads a document's examples: what is typed behind ``$``, and what is shown as its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_EXAMPLE = re.compile(
    r"(?P<command>[^\n]*<<'(?P<end>\w+)'\n.*?\n(?P=end)\n|(?:[^\n]*\\\n)*[^\n]*\n)(?P<answer>.*)", re.DOTALL
)
_BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """A command and what it answers, empty where nothing is shown."""

    command: str
    answer: str


def examples(document: str) -> Iterator[Example]:
    """All examples in order; a command goes on where a line ends in a backslash, and to the end of a here-document."""
    for block in _BLOCK.findall(document):
        if block.startswith("$ "):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                found = _EXAMPLE.match(part)
                assert found is not None
                yield Example(found["command"].strip(), found["answer"].strip())
