"""Every page shows of a moment of the past what it showed then: recorded along a story, and asked again at its end."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from babel.dates import format_date
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.test import TestResponse

from service.http.family import operations_of
from service.http.route import Route
from service.pages.addresses import pages
from service.pages.sessions import COOKIE
from tests.databases import Databases
from tests.pages.browsing import Browsing
from tests.service.serving import founded, issued, ledger_of, serving

MOST = 3
"""Addresses of one page that are looked at: it is about different things there, or is filtered differently."""

_USE = re.compile(r'<td data-label="Last used">.*?</td>')
"""Tells when a token was used last: that is no event, and so a page of the past does not know it."""

Shown = tuple[int, list[str]]
"""What a page shows: the status, and the lines of its main content, or where it leads on to, of whatever moment."""


class Company:
    """A company whose time goes on only when it is told to, and its auditor, whom no page lets change anything."""

    def __init__(self) -> None:
        self.now = datetime(2100, 1, 4, 8, tzinfo=UTC)

    def open(self, app: Flask) -> None:
        """Let an administrator act by the API, and an auditor look at pages."""
        self.app, self.acts = app, Browsing(app)
        rita = self.acts.api.post(
            "/api/ledger/v1/users", json={"name": "Rita", "email": "rita@example.no", "is_auditor": True}
        )
        self._browser = app.test_client()
        self._browser.set_cookie(COOKIE, issued(ledger_of(app), (rita.json or {})["id"]))

    def clock(self) -> datetime:
        """The time it is in this company."""
        return self.now

    @property
    def position(self) -> int:
        """Where the log ends."""
        return ledger_of(self.app).event_log.max_notification_id() or 0

    def look(self, address: str) -> Shown:
        """What is at an address."""
        return _shown(self._browser.get(address))

    def look_around(self) -> dict[str, Shown]:
        """What all pages show that lead on to each other, by their addresses, a few of each page."""
        shown: dict[str, Shown] = {}
        waiting, seen = deque(["/inbox"]), Counter[str]()
        while waiting:
            address = waiting.popleft()
            route = self._page_at(urlsplit(address).path)
            if address in shown or route is None or seen[route.path] == MOST:
                continue
            seen[route.path] += 1
            answer = self._browser.get(address)
            shown[address] = _shown(answer)
            links = [answer.headers.get("Location", ""), *re.findall(r'href="([^"#]+)', answer.text)]
            waiting.extend(unescape(link) for link in links if link and "as_of=" not in link)
        return shown

    def pages_at(self, addresses: Iterator[str]) -> set[str]:
        """The paths of the pages at addresses, as routes have them."""
        return {route.path for address in addresses if (route := self._page_at(urlsplit(address).path)) is not None}

    def _page_at(self, path: str) -> Route | None:
        """The page at a path, where it is one that has a past."""
        try:
            endpoint, _ = self.app.url_map.bind("").match(path)
        except NotFound:
            return None
        family, route = operations_of(self.app).get(endpoint, (None, None))
        return route if family is pages and route is not None and route.no_past is None else None


def _shown(answer: TestResponse) -> Shown:
    if (leads_on := answer.headers.get("Location")) is not None:
        return answer.status_code, [_at_any_moment(leads_on)]
    if answer.mimetype == "text/csv":
        return answer.status_code, answer.text.splitlines()
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    main = _USE.sub("", main)
    main = re.sub(r'<input type="hidden" name="as_of"[^>]*>| data-live="\d+"', "", main)
    main = re.sub(r'(?<==")/[^"]*', lambda found: _at_any_moment(unescape(found[0])), main)
    return answer.status_code, [line.strip() for line in main.splitlines() if line.strip()]


def _at_any_moment(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{urlencode([each for each in parse_qsl(parts.query) if each[0] != 'as_of'])}"


def _of(lines: list[str], day: str) -> list[str]:
    """The lines without what they call the moment: now, or the day that it was."""
    return [re.sub(rf"\bNow\b|holds now|held then|{re.escape(day)}", "…", line) for line in lines]


@pytest.fixture
def company(databases: Databases) -> Iterator[Company]:
    """A company that has nothing but its administrator and its auditor yet."""
    company = Company()
    with databases.fresh(founded) as url, serving(url, company.clock) as app:
        company.open(app)
        yield company


def a_beginning(acts: Browsing) -> None:
    """Somebody wants something, and more deals stand in a stage than a board shows at once."""
    organization_id = acts.added("/api/v2/organizations", name="Rør & Sønn")["id"]
    person_id = acts.added("/api/v2/persons", name="Kari", org_id=organization_id)["id"]
    label_id = acts.added("/v1/leadLabels", name="Hot", color="red")["id"]
    value = {"amount": 1200.5, "currency": "NOK"}
    about = {"person_id": person_id, "organization_id": organization_id}
    lead_id = acts.lead("Bathroom", **about, value=value, label_ids=[label_id])
    acts.lead("Kitchen", **about)
    acts.added("/v1/notes", content="They want it soon", lead_id=lead_id)
    acts.added("/api/v2/activities", subject="Call", lead_id=lead_id, due_date="2100-01-20")
    new = {"method": "POST", "path": "/api/v2/deals"}
    deals = [{**new, "body": {"title": f"Deal {number}", "stage_id": 2, "value": number}} for number in range(27)]
    assert acts.api.post("/api/ledger/v1/batch", json={"mode": "all_or_nothing", "commands": deals}).status_code == 200


def a_way_through(acts: Browsing) -> None:
    """A lead becomes a deal and moves; another is put aside; a deal is won and one is lost."""
    bathroom, kitchen = (lead["id"] for lead in acts.told("/v1/leads"))
    acts.api.post(f"/api/ledger/v1/leads/{bathroom}/signals", json={"kind": "meeting_held", "interest": True})
    deal_id = (acts.api.post(f"/api/ledger/v1/leads/{bathroom}/convert", json={}).json or {})["deal_id"]
    acts.api.patch(f"/api/v2/deals/{deal_id}", json={"stage_id": 3, "value": 2000, "title": "Two bathrooms"})
    acts.api.post(f"/api/v2/deals/{deal_id}/followers", json={"user_id": 1})
    acts.api.patch(f"/v1/leads/{kitchen}", json={"is_archived": True})
    acts.api.patch("/api/v2/deals/1", json={"status": "won"})
    acts.api.patch("/api/v2/deals/2", json={"status": "lost", "lost_reason": "Too dear"})
    acts.api.patch("/api/v2/persons/1", json={"name": "Kari Berg"})


def an_end(acts: Browsing) -> None:
    """A deal goes back to the inbox; things are renamed, deleted and added, all that pages name."""
    deal_id = acts.told("/api/v2/deals?sort_by=id&sort_direction=desc")[0]["id"]
    acts.api.post(f"/api/ledger/v1/deals/{deal_id}/revert", json={"reason": "No budget until autumn"})
    acts.api.delete("/api/v2/deals/3")
    acts.api.patch("/api/v2/organizations/1", json={"name": "Rør og mer"})
    acts.api.patch("/api/v2/stages/2", json={"name": "Written to"})
    acts.api.patch("/api/v2/pipelines/1", json={"name": "Sold"})
    acts.api.patch("/v1/leadLabels/" + acts.told("/v1/leadLabels")[0]["id"], json={"name": "Hottest"})
    acts.api.post("/api/ledger/v1/lead-sources", json={"name": "Trade fair"})
    acts.api.post("/api/ledger/v1/users", json={"name": "Ola", "email": "ola@example.no"})
    acts.lead("Attic")


STORY: tuple[Callable[[Browsing], None], ...] = (a_beginning, a_way_through, an_end)


@pytest.mark.slow
def test_every_page_shows_of_a_moment_what_was_recorded_then(company: Company) -> None:
    recorded: list[tuple[str, date, dict[str, Shown]]] = []
    for step in STORY:
        company.now += timedelta(days=3)
        step(company.acts)
        recorded.append((str(company.position), company.now.date(), company.look_around()))
        company.now += timedelta(hours=30)
        recorded.append((company.now.strftime("%Y-%m-%dT%H:%M:%SZ"), company.now.date(), company.look_around()))
        company.now += timedelta(hours=1)
    looked_at = company.pages_at(address for *_, shown in recorded for address in shown)
    assert looked_at == {route.path for route in pages.routes if route.no_past is None}
    for moment, when, shown in recorded:
        day = format_date(when, "medium", locale="en_GB")
        for address, then in shown.items():
            asked = f"{address}{'&' if '?' in address else '?'}{urlencode({'as_of': moment})}"
            status, lines = company.look(asked)
            assert (asked, status) == (asked, then[0])
            assert _of(lines, day) == _of(then[1], day), asked
            assert not [line for line in lines if 'method="post"' in line], asked
