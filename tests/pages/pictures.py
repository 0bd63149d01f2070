"""Takes the pictures that the README shows, of the sample company: python -m tests.pages.pictures."""

from __future__ import annotations

import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page

from tests.databases import SqliteDatabases
from tests.pages import chromium
from tests.pages.company import TOKEN, told
from tests.pages.looking import Looking
from tests.served import Served, leadledger

FOLDER = Path(__file__).with_suffix("")
"""Where they are kept: beside what takes them, since no part of the service shows them."""

LARGEST = 60_000
"""Bytes of one picture."""

_QUALITY = 26


@dataclass(frozen=True)
class Picture:
    """What is shown: a page, which may be found by what the API answers, and what somebody does there first."""

    name: str
    path: str | Callable[[Served], str]
    does: Callable[[Page], None] = lambda page: None
    theme: str = "light"
    size: str = "desk"
    language: str = "en-GB"


def _open_lead(page: Page) -> None:
    page.locator("#leads th a[data-parts]").nth(2).click()
    page.locator("#context h2").wait_for()


def _show_story(page: Page) -> None:
    page.locator(".story").evaluate("(story) => scrollTo(0, story.getBoundingClientRect().top + scrollY - 16)")


def _turned(server: Served) -> str:
    """A lead that was a deal, and is a lead again."""
    path = "/api/ledger/v1/inbox?term=rehabilitering%20av%20avl%C3%B8p"
    found = requests.get(server.address + path, headers={"x-api-token": TOKEN}, timeout=20)
    return f"/leads/{found.json()['items'][0]['id']}"


PICTURES = (
    Picture("inbox", "/inbox", _open_lead),
    Picture("board", "/pipelines/1", theme="dark"),
    Picture("story", _turned, _show_story),
    Picture("contact", "/organizations/1"),
    Picture("insights", "/insights"),
    Picture("audit", "/audit"),
    Picture("phone", "/inbox", size="phone", language="nb-NO"),
)


def taken(browser: Browser, server: Served) -> Iterator[tuple[str, bytes]]:
    """Each picture's name, and itself as WebP."""
    for each in PICTURES:
        path = each.path if isinstance(each.path, str) else each.path(server)
        looking = Looking(browser, server.address, TOKEN, language=each.language, theme=each.theme, size=each.size)
        looking.page.goto(server.address + path)
        each.does(looking.page)
        session = looking.page.context.new_cdp_session(looking.page)
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
        yield each.name, b64decode(shot["data"])
        looking.end()


def main() -> None:
    """Take all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteDatabases(Path(folder)).fresh(told) as url,
        leadledger(url, "--workers", "1") as server,
        chromium.started() as browser,
    ):
        for name, picture in taken(browser, server):
            (FOLDER / f"{name}.webp").write_bytes(picture)
            print(f"{name}: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
