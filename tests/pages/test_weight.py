"""The first page is light, and painted soon."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page

from service.pages.sessions import COOKIE
from tests.pages.chromium import LARGEST_PAINT
from tests.pages.company import TOKEN
from tests.served import Served

MOST = 60_000
"""Bytes over the wire, of the page and of all that it asks for."""

SOON = 1_000
"""Milliseconds until the largest part of it is painted."""


def test_the_first_page_is_light_over_the_wire(service: Served) -> None:
    session = requests.Session()
    session.cookies.set(COOKIE, TOKEN)
    html = _weight(session, f"{service.address}/inbox")
    text = session.get(f"{service.address}/inbox", timeout=20).text
    asked = {*re.findall(r'(?:src|href)="(/assets/[^"]+)"', text)}
    weights = {path: _weight(session, service.address + path) for path in asked}
    assert len(asked) >= 3
    assert html + sum(weights.values()) <= MOST, (html, weights)


@pytest.mark.slow
def test_the_largest_part_of_the_first_page_is_painted_soon(service: Served, looking_at: Callable[..., Page]) -> None:
    page = looking_at(service, "/inbox")
    painted = list[float]()
    for _ in range(3):  # of which the first finds a service that has just started
        painted.append(page.evaluate(LARGEST_PAINT))
        page.reload()
    assert min(painted) <= SOON, painted


def _weight(session: requests.Session, address: str) -> int:
    """How many bytes of an answer come over the wire, its head too."""
    with session.get(address, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=20) as answer:
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        return len(head) + len(answer.raw.read(decode_content=False))
