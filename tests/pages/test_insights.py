"""Insights: what became of leads, drawn and told, by group, now and beside that as of another day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.databases import Databases
from tests.pages.browsing import Browsing
from tests.pages.test_board import asked
from tests.served import Served
from tests.service.serving import founded, serving

LONG = "A source <b>of</b> such a long name that no chart can have it as a whole, wherever it is drawn"


class Company:
    """A company whose time goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2100, 1, 4, 8, tzinfo=UTC)
        self.browsing: Browsing

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def arrival(self, source: str) -> str:
        if source == LONG:
            self.browsing.api.post("/api/ledger/v1/lead-sources", json={"name": source})
        told = {"title": "Bathroom", "source": source, "person": {"name": f"Kari of {source}"}}
        answer = self.browsing.api.post("/api/ledger/v1/leads", json=told)
        assert answer.status_code == 201, answer.text
        return str((answer.json or {})["lead_id"])

    def converted(self, lead_id: str) -> int:
        answer = self.browsing.api.post(f"/api/ledger/v1/leads/{lead_id}/convert", json={"reason": "They hurry"})
        assert answer.status_code in (200, 201), answer.text
        return int((answer.json or {})["deal_id"])


@pytest.fixture
def company(databases: Databases) -> Iterator[Company]:
    """A company to which nothing has happened yet."""
    company = Company()
    with databases.fresh(founded) as url, serving(url, lambda: company.now) as app:
        company.browsing = Browsing(app)
        yield company


def words(page: str) -> str:
    """What a page says, its marks left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.mark.slow
def test_insights_are_drawn_and_told_by_group_in_both_languages_and_lead_into_lists(
    service: Served, looking_at: Callable[..., Page]
) -> None:
    told = asked(service, "GET", "/api/ledger/v1/insights")
    page = looking_at(service, "/inbox")
    page.get_by_role("link", name="Insights").click()
    funnel = page.get_by_role("img", name="From lead to win")
    total = told["total"]
    for step in ("leads_in", "ready", "converted", "won"):
        expect(funnel).to_contain_text(f"{total[step]} ({total[step] / total['leads_in']:.0%})")
    assert page.locator("svg [style], svg[style]").count() == 0
    table = page.get_by_role("group", name="Sources")
    expect(table.locator("tbody tr")).to_have_count(len(told["items"]))
    source = max(told["items"], key=lambda item: item["leads_in"])
    row = table.get_by_role("row", name=source["group"])
    expect(row).to_contain_text(f"{source['leads_in']}")
    row.get_by_role("link", name="Inbox").click()
    expect(page.get_by_label("Source")).to_have_value(source["group"])

    phone = looking_at(service, "/insights?by=rule", size="phone", theme="dark", language="nb-NO")
    expect(phone.get_by_role("img", name="Andel vunnet")).to_contain_text(" % (")
    expect(phone.get_by_text("varsler mest")).to_be_visible()
    phone.get_by_role("link", name="Sammenlign med 30 dager før").click()
    expect(phone.locator("#chart-win ~ .legend li")).to_have_count(4)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_company_without_leads_has_no_charts_and_one_with_few_is_told_that_rates_say_little(company: Company) -> None:
    assert "No lead has come in yet." in company.browsing.page("/insights")
    company.converted(company.arrival(LONG))
    page = company.browsing.page("/insights")
    assert "Only 1 lead came in" in page
    assert "<b>of</b>" not in page
    assert page.count("A source &lt;b&gt;of&lt;/b&gt; such a long name that no chart can have it as a whole") == 1
    assert "No conversion tells of a rule yet." not in company.browsing.page("/insights?by=rule")
    for by in ("owner", "cohort", "channel"):
        assert "<svg" in company.browsing.page(f"/insights?by={by}")
    assert "January 2100" in company.browsing.page("/insights?by=cohort")


def test_two_moments_stand_side_by_side_and_periods_narrow_down_which_leads_count(company: Company) -> None:
    first = company.arrival("Web forms")
    company.wait(days=10)
    company.browsing.api.patch(f"/api/v2/deals/{company.converted(first)}", json={"status": "won"})
    company.arrival("Web forms")
    company.arrival("Prospector")
    now = words(company.browsing.page("/insights"))
    assert "Became deals 33%" in now
    assert "10 days" in now
    beside = words(company.browsing.page("/insights?then=2100-01-04"))
    assert "Became deals 33% 4 Jan 2100: 0%" in beside
    assert "Web forms Now 2 " in beside
    assert "4 Jan 2100 1 " in beside
    later = words(company.browsing.page("/insights?from=2100-01-14&to=2100-01-14"))
    assert "Only 2 leads came in" in later
    assert "No lead came in at that time." in company.browsing.page("/insights?to=2099-12-31")
    then = words(company.browsing.page("/insights?as_of=2100-01-05T00:00:00Z"))
    assert "Only 1 lead came in" in then
    assert "Became deals 0%" in then
    for wrong in ("then=2100-02-01", "then=soon", "from=2100-13-01", "from=0001-01-01&to=0001-01-01x", "by=weather"):
        company.browsing.page(f"/insights?{wrong}", status=400)
    company.browsing.page("/insights?from=2100-01-05&to=2100-01-04", status=400)
