"""Types of the command line's options that take text, by the same rules as HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from service import text


class TextType(click.ParamType[str]):
    """Text that one of the rules of `service.text` takes, of a bounded length."""

    name = "text"

    def __init__(self, rule: Callable[[str], str], longest: int = 255) -> None:
        self._rule = rule
        self._longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is recorded."""
        try:
            ruled = self._rule(text.composed(value))
        except text.BadText as bad:
            self.fail(str(bad), param, ctx)
        if len(ruled) > self._longest:
            self.fail(f"it must not be longer than {self._longest} characters", param, ctx)
        return ruled


LINE = TextType(text.line)
REASON = TextType(text.line, 1000)
EMAIL = TextType(text.email)
