"""Measures pages: how long the server takes, beside the API's answer of the same, and how soon one is painted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from service.pages.sessions import COOKIE
from tests.benchmarks import servers
from tests.benchmarks.asked import INBOX, LEAD, anew, first_leads
from tests.benchmarks.figures import WAIT, Figure, Goal, Scale, paired
from tests.benchmarks.filled import Filled
from tests.benchmarks.load import TOKEN, connected, request_bytes
from tests.pages import chromium
from tests.served import Served

SERVER_TIME, PAINTED = Goal(50, 50), Goal(1000, 1000)
FEWER = 20
"""A page is asked for once for so many requests of the scale."""

TURNS = 3
"""How often the opportunity whose story is told became a deal, and a lead again."""


def measure(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """All of them, in the large database."""
    with servers.ours(filled.large) as ours:
        alone = replace(scale, requests=max(1, scale.requests // FEWER), clients=1)
        for name, (path, beside) in _pages(ours).items():
            yield _page(alone, ours, name, path, beside)
        yield from _painted(ours)


def _pages(ours: Served) -> Mapping[str, tuple[str, str]]:
    """Where each page is, and what the API answers of the same."""
    lead, turned = first_leads(ours)[0], _turned(ours)
    return {
        "inbox": ("/inbox", INBOX),
        "board": ("/pipelines/1", "/api/ledger/v1/pipelines/1/board?limit=25"),
        "deals": ("/deals", "/api/ledger/v1/deals?limit=50"),
        "lead": (f"/leads/{lead}", f"/v1/leads/{lead}"),
        "deal": ("/deals/1", "/api/v2/deals/1"),
        f"story of {2 * TURNS} turns": (f"/leads/{turned}", f"/api/ledger/v1/timeline?lead_id={turned}"),
        "contact": ("/persons/1", "/api/v2/persons/1"),
    }


def _page(scale: Scale, ours: Served, name: str, path: str, beside: str) -> Figure:
    looking = partial(anew, scale, ours, path, Cookie=f"{COOKIE}={TOKEN}")
    _, theirs, own = paired(scale, partial(anew, scale, ours, beside), looking, WAIT)
    told = f"{own.median_ms:.1f} ms, {own.cpu_ms:.1f} ms CPU"
    return Figure(f"{name}, as a page", told, f"the API: {theirs.cpu_ms:.1f} ms CPU", own.median_ms, SERVER_TIME)


def _turned(ours: Served) -> str:
    """A lead that was a deal several times."""
    with connected(ours.address) as client:
        lead: str = json.loads(client.ask(request_bytes("POST", "/v1/leads", LEAD)).body)["data"]["id"]
        for _ in range(TURNS):
            convert = request_bytes("POST", f"/api/ledger/v1/leads/{lead}/convert", {"reason": "They answered"})
            deal = json.loads(client.ask(convert).body)["deal_id"]
            client.ask(request_bytes("POST", f"/api/ledger/v1/deals/{deal}/revert", {"reason": "Only asked"}))
    return lead


def _painted(ours: Served) -> Iterator[Figure]:
    """How soon the largest part of the inbox is painted, where there is a browser."""
    if chromium.where() is None:
        return
    with chromium.started() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": TOKEN, "url": ours.address}])
        page = context.new_page()
        page.goto(f"{ours.address}/inbox")
        soon = page.evaluate(chromium.LARGEST_PAINT)
    yield Figure("inbox, painted", f"{soon:.0f} ms", "", soon, PAINTED)
