"""The themes that pages are shown in: light, dark, or as the reader's system has it."""

from __future__ import annotations

from flask import Request

COOKIE = "leadledger_theme"
SYSTEM = "system"
THEMES = (SYSTEM, "light", "dark")


def theme_of(request: Request) -> str:
    """The theme that was chosen, else that of the system."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else SYSTEM
