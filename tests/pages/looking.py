"""A look at pages by one person: a browser of his own, and what it complains of."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, ViewportSize

from service.pages.sessions import COOKIE

SIZES: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}


class Looking:
    """A browser of somebody who holds a token, or none; it complains of scripts that fail, of what is
    refused, and of what is asked for anywhere else."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        token: str | None,
        *,
        language: str = "en-GB",
        theme: str = "light",
        size: str = "desk",
        script: bool = True,
        zone: str = "UTC",
    ) -> None:
        options: dict[str, Any] = {
            "timezone_id": zone,
            "locale": language,
            "color_scheme": theme,
            "viewport": SIZES[size],
        }
        self._context = browser.new_context(**options, java_script_enabled=script, reduced_motion="reduce")
        self._context.set_default_timeout(10_000)
        if token is not None:
            self._context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        self.page = self._context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self._see(request.url, address))

    def end(self) -> None:
        """Close the browser, which must have had nothing to complain of."""
        self._context.close()
        assert not self.complaints, self.complaints

    def _see(self, url: str, address: str) -> None:
        if not url.startswith((f"{address}/", "data:", "blob:")):
            self.complaints.append(f"it was asked for {url}")

    def _hear(self, message: ConsoleMessage) -> None:
        is_refusal = "the server responded with a status of 4" in message.text  # which a test has asked for
        if message.type == "error" and not is_refusal:
            self.complaints.append(message.text)
