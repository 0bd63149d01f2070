"""What holds for every page: it is accessible and quiet, fits a phone, asks nobody else, runs nothing that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from service.http.route import Route
from tests.databases import SqliteDatabases
from tests.pages.examples import PAGES, example
from tests.pages.looking import SIZES, Looking
from tests.pages.planted import BEGINNING, FURTHER, Planting
from tests.served import Served, leadledger
from tests.service.http.attacks import Ids
from tests.service.serving import TOKEN

CHECKS = Path(__file__).with_name("every_page.js").read_text("utf-8")
AXE = Axe().axe_script
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Which rules of axe say another thing in another theme."""

RAN = "window.ran = () => console.error('a planted script ran')"
OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
STOPS = """() => {
  window.reached = new Set();
  document.addEventListener("focusin", (event) => reached.add(event.target));
  window.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    (each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled && each.type !== "hidden");
  return stops.length;
}"""
MISSED = "stops.filter((each) => each.isConnected && !reached.has(each)).map((each) => each.outerHTML.slice(0, 160))"


class Walk(NamedTuple):
    """Somebody who looks at one page after the other in one browser."""

    server: Served
    things: Ids
    looking: Looking

    def complaints(self, address: str, *, theme: Literal["light", "dark"] = "light", size: str = "desk") -> list[str]:
        """What the browser has to say against a page while it loads."""
        page = self.looking.page
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(SIZES[size])
        answer = page.goto(self.server.address + address)
        found = list(self.looking.complaints)
        self.looking.complaints.clear()
        return found if answer is not None and answer.ok else [*found, f"it was answered {answer and answer.status}"]


@pytest.fixture(scope="module")
def walk(browser: Browser, companies: SqliteDatabases, planting: Planting) -> Iterator[Walk]:
    """An administrator who looks at a company in which scripts are planted."""
    with companies.fresh(planting) as url, leadledger(url, "--workers", "1") as server:
        looking = Looking(browser, server.address, TOKEN)
        looking.page.add_init_script(RAN)
        yield Walk(server, planting.things, looking)
        looking.end()


@pytest.mark.slow
@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)
def test_a_page_is_accessible_in_both_themes_fits_a_phone_and_runs_nothing_that_it_shows(
    walk: Walk, route: Route
) -> None:
    page, address = walk.looking.page, example(route, walk.things)
    found = walk.complaints(address)
    if page.url != walk.server.address + address:
        assert not found
        return  # it leads on to a page that is looked at by itself
    page.evaluate(OPEN)
    checked = page.evaluate(CHECKS, [BEGINNING, FURTHER])
    found += checked["complaints"]
    if "<id:" in route.path or "<uuid:" in route.path:
        assert checked["planted"], "the page shows nothing of what is planted in its thing"
    page.evaluate(AXE)
    found += _violations(page)
    page.emulate_media(color_scheme="dark")
    found += _violations(page, COLOURS)
    found += _not_reached(page)
    page.set_viewport_size(SIZES["phone"])
    found += _sideways(page)
    found += _violations(page)
    if route.no_past is None:
        past = f"{address}{'&' if '?' in address else '?'}as_of={walk.things['position']}"
        found += walk.complaints(past, theme="dark", size="phone") + _sideways(page)
        page.evaluate(AXE)
        found += _violations(page, COLOURS)
    assert not found, f"{address}:\n" + "\n".join(found)


def _violations(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe finds, by rule and place."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    result = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"axe, {violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def _not_reached(page: Page) -> list[str]:
    """What the keyboard does not come to."""
    left = 3 * page.evaluate(STOPS)
    missed = list[str]()
    while left > 0 and (missed := page.evaluate(MISSED)):
        left -= len(missed)
        for _ in missed:
            page.keyboard.press("Tab")
    return [f"the keyboard does not reach {each}" for each in missed]


def _sideways(page: Page) -> list[str]:
    width, wanted = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"on a phone it is {width} pixels wide"] if width > wanted else []
