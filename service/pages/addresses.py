"""Gathers all pages: whoever imports this has the family with every page in it."""

from __future__ import annotations

from service.pages import (
    accesses,
    assets,
    audit,
    board,
    bridge,
    checkpoints,
    contact,
    contacts,
    convert,
    deal,
    deals,
    docs,
    erasures,
    event,
    export,
    inbox,
    insights,
    lead,
    linking,
    live,
    move,
    revert,
    settings,
    sign_in,
)
from service.pages.family import pages
from service.pages.problems import problem_shown

PAGES = (
    sign_in,
    inbox,
    lead,
    convert,
    contacts,
    contact,
    board,
    move,
    deals,
    deal,
    revert,
    linking,
    live,
    insights,
    settings,
    audit,
    event,
    checkpoints,
    erasures,
    bridge,
    accesses,
    export,
    docs,
    assets,
)

__all__ = ["PAGES", "pages", "problem_shown"]
