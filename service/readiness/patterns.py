"""Compiles regular expressions with RE2, whose matching time is linear in the length of the text."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

LONGEST_PATTERN = 200
LARGEST_PROGRAM = 200
"""Instructions: the time a pattern takes is at most this many steps for each character of the text."""

_MEMORY = 1 << 16


class InvalidPattern(Exception):
    """An expression that RE2 does not accept, or that is too large; the message says why."""


class Pattern(Protocol):
    """What is needed of a compiled pattern."""

    def search(self, text: str) -> object:
        """A match, or None."""


@lru_cache(maxsize=500)
def pattern(expression: str) -> Pattern:
    """An expression in RE2's syntax, which knows no backtracking; case does not matter. Raises `InvalidPattern`."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    if len(expression) > LONGEST_PATTERN:
        raise InvalidPattern(f"it must not be longer than {LONGEST_PATTERN} characters")
    try:
        compiled = re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise InvalidPattern(f"it is no regular expression: {said}") from None
    if compiled.programsize > LARGEST_PROGRAM:
        raise InvalidPattern("it is too complicated; use several simpler ones")
    if compiled.search(""):
        raise InvalidPattern("it matches any text")
    found: Pattern = compiled
    return found
