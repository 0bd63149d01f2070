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
    preferences,
    revert,
    sign_in,
)
from service.pages.family import pages
from service.pages.problems import problem_shown
from service.pages.settings import labels, people, pipelines, policy, sources, stages, tokens

PAGES = (
    sign_in,
    preferences,
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
    people,
    tokens,
    pipelines,
    stages,
    labels,
    sources,
    policy,
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
