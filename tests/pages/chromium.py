"""Starts the Chromium that the system has, without a screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = "NO PAGE WAS LOOKED AT: there is no Chromium here. Install it: apt-get install chromium"

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_FLAGS += ["--disable-component-update", "--disable-quic"]

LARGEST_PAINT = """() => new Promise((resolve) => {
  const observer = new PerformanceObserver((found) => resolve(found.getEntries().at(-1).startTime));
  observer.observe({ type: "largest-contentful-paint", buffered: true });
})"""
"""In how many milliseconds the largest part of the page that is shown was painted."""


def where() -> str | None:
    """Where Chromium is; None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium, until the end of the block. Raises `FileNotFoundError` where there is none."""
    if (path := where()) is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()
