"""An auditor finds events, and has the browser check whether they are sound, altered, or cannot be told."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete, func, select, update

from service.database.database import Database
from service.evidence.signed_notes import Signer, Verifier
from service.evidence.verifier import command as verifier
from service.log.tables import EVENTS
from service.pages.sessions import COOKIE
from tests.databases import SqliteDatabases
from tests.pages.browsing import Browsing
from tests.pages.company import TOKEN, told
from tests.pages.test_board import asked
from tests.served import Served, leadledger
from tests.service.evidence.attacks import unguarded
from tests.service.serving import client_of, issued, ledger_of

OURS = "/api/ledger/v1"


def verdict(page: Page) -> Locator:
    """What the page says that the check came to."""
    return page.locator("[data-verdict]:visible")


def step(page: Page, name: str) -> Locator:
    """A step of the check, with what was made in it and what that shows."""
    return page.locator(f"[data-step={name}]")


def stranger(key: str) -> str:
    """A key under the same name that somebody else has made."""
    return str(Signer(Verifier.parse(key).name, Ed25519PrivateKey.generate()).verifier)


def altered(url: str, position: int, by: Callable[[bytes], bytes]) -> None:
    """Alter the stored bytes of an event past the service, as the owner of the database can."""
    with closing(Database(url)) as database, unguarded(database) as connection:
        at = EVENTS.c.position == position
        state = bytes(connection.execute(select(EVENTS.c.state).where(at)).scalar_one())
        assert by(state) != state
        connection.execute(update(EVENTS).where(at).values(state=by(state)))


def test_an_auditor_finds_a_change_and_the_browser_proves_it_from_the_formats_alone(
    service: Served, looking_at: Callable[..., Page]
) -> None:
    page = looking_at(service, "/audit")
    expect(page.get_by_role("link", name="Audit", exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Which values of deals were changed").click()
    changes = asked(service, "GET", f"{OURS}/events?kind=deal&field=value&changes=true")["items"]
    expect(page.locator("tbody tr")).to_have_count(len(changes))
    expect(page.get_by_label("Field that changed")).to_have_value("value")
    first = changes[0]
    page.locator("tbody tr").first.get_by_role("link", name=first["event"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Event {first['position']}: {first['event']}")
    expect(page.get_by_text(first["who"]["name"]).first).to_be_visible()
    expect(verdict(page)).to_contain_text("SOUND By the key that this service shows")
    proof = asked(service, "GET", f"{OURS}/audit/proofs/inclusion?position={first['position']}")
    expect(step(page, "leaf").locator("[data-made]")).to_have_text(proof["leaf"])
    expect(step(page, "way").locator("[data-made]")).to_have_text(proof["root"])
    expect(page.locator("[data-levels] li")).to_have_count(len(proof["path"]))
    expect(page.locator("[data-outcome=sound]:visible")).to_have_count(3)

    key = page.locator("[data-shown-keys]").inner_text().strip()
    check = page.get_by_role("button", name="Check again")
    for own, said in (
        (stranger(key), "CANNOT TELL"),
        (key[:-3], "no key, or it was not copied whole"),
        (key, "By the key that you gave"),
    ):
        page.get_by_label("Your key").fill(own)
        check.click()
        expect(verdict(page)).to_contain_text(said)
    page.get_by_role("link", name="The next one").click()
    expect(verdict(page)).to_contain_text("SOUND By the key that you gave")

    page.get_by_text("The proof file", exact=True).click()
    file = page.get_by_role("textbox", name="The proof file")
    for part, other in (
        ('"version": ', '"version": 1'),
        ('"topic": "', '"topic": "Not'),
        ('"state": "e', '"state": "f'),
    ):
        sound = file.input_value()
        file.fill(sound.replace(part, other))
        check.click()
        expect(verdict(page)).to_contain_text("ALTERED")
        file.fill(sound)
    check.click()
    expect(verdict(page)).to_contain_text("SOUND")


def hold_against_what_was_kept(page: Page, kept: str) -> None:
    """Paste a checkpoint that was kept, whole and altered and with another key, into the page of checkpoints."""
    size, root = kept.splitlines()[1:3]
    for note, said in (
        (kept, "SOUND"),
        (kept.replace(f"\n{size}\n", f"\n{int(size) - 1}\n"), "ALTERED"),
        (kept.replace(root[:8], root[:8][::-1]), "ALTERED"),
        (kept[:40], "That is no checkpoint"),
        ("", "That is no checkpoint"),
    ):
        page.get_by_label("The checkpoint that you kept").fill(note)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(verdict(page)).to_contain_text(said)
    page.get_by_label("The checkpoint that you kept").fill(kept)
    for key, said in ((stranger(page.locator("[data-shown-keys]").inner_text()), "CANNOT TELL"), ("", "SOUND")):
        page.get_by_label("Your key").fill(key)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(verdict(page)).to_contain_text(said)


def test_what_was_kept_is_found_in_the_log_of_now_and_what_was_altered_in_the_database_is_told_to_be(
    companies: SqliteDatabases, looking_at: Callable[..., Page]
) -> None:
    with companies.fresh(told) as url, leadledger(url, "--workers", "1") as server:
        page = looking_at(server, "/audit/checkpoints")
        kept = page.locator("[data-newest]").text_content() or ""
        for name in ("Kari", "Ola", "Anna"):
            asked(server, "POST", "/api/v2/persons", {"name": name})
        page.reload()
        expect(page.locator("[data-newest]")).not_to_have_text(kept)
        hold_against_what_was_kept(page, kept)

        changes = asked(server, "GET", f"{OURS}/events?types=DealMovedToStage&limit=2")["items"]
        position, other = (each["position"] for each in changes)
        page.goto(f"{server.address}/audit/events/{position}")
        expect(verdict(page)).to_contain_text("SOUND")
        altered(url, position, lambda state: state.replace(b'"stage_id":', b'"stage_id":1'))
        altered(url, other, lambda state: state[:20])
        page.reload()
        expect(verdict(page)).to_contain_text("ALTERED")
        expect(step(page, "told").locator("[data-outcome=sound]")).to_be_visible()
        expect(step(page, "way").locator("[data-outcome=altered]")).to_be_visible()
        expect(step(page, "signature").locator("[data-outcome=sound]")).to_be_visible()
        page.goto(f"{server.address}/audit/events/{other}")
        expect(page.get_by_text("This event cannot be read")).to_be_visible()
        expect(verdict(page)).to_contain_text("ALTERED")
        page.goto(f"{server.address}/audit?types=DealMovedToStage")
        expect(page.get_by_role("alert")).to_contain_text("cannot be read")
        page.goto(f"{server.address}/audit/events/{other + 1}")
        expect(verdict(page)).to_contain_text("SOUND")


def test_a_bridge_says_what_the_api_says_and_each_line_leads_to_its_event(service: Served) -> None:
    page = requests.get(
        f"{service.address}/audit/bridge?pipeline_id=1&from=2026-07-01", cookies={COOKIE: TOKEN}, timeout=20
    )
    bridge = asked(service, "GET", f"{OURS}/pipelines/1/bridge?from=2026-07-01T00:00:00Z&limit=50")
    told = [total for stage in bridge["stages"] for total in stage["totals"]]
    assert page.text.count('<section class="bridge"') == len(told)
    for total in told:
        assert f"{total['closing']['sum']:,.0f} {total['currency']}" in page.text
    assert [int(number) for number in re.findall(r'<td class="number"><a href="/audit/events/(\d+)"', page.text)] == [
        line["position"] for line in bridge["items"]
    ]


def test_what_was_erased_and_held_is_told_with_who_why_and_by_which_right(app: Flask) -> None:
    browsing = Browsing(app)
    assert "Nothing was erased or held." in browsing.page("/audit/erasures")
    number = browsing.added("/api/v2/persons", name="Kari")["id"]
    path = f"{OURS}/persons/{number}"
    for act, right in (("hold", {}), ("release", {}), ("erase", {"legal_basis": "GDPR Art. 17"})):
        answer = browsing.api.post(f"{path}/{act}", json={"reason": f"because of {act}", **right})
        assert answer.status_code == 200, answer.text
    page = browsing.page("/audit/erasures")
    for text in (
        "Held",
        "Released",
        "Erased",
        "Erasure confirmed",
        "GDPR Art. 17",
        "because of hold",
        f"Person {number}",
    ):
        assert text in page
    assert "The key that wraps all" in page


def test_what_an_auditor_takes_along_is_what_the_verifier_takes(app: Flask, tmp_path: Path) -> None:
    browsing, ledger = Browsing(app), ledger_of(app)
    for name in ("Kari", "Ola"):
        browsing.added("/api/v2/persons", name=name)
        browsing.page("/audit/checkpoints")
    for name in ("checkpoints.txt", "events/1/proof"):
        (tmp_path / Path(name).name).write_text(browsing.page(f"/audit/{name}"), "utf-8")
    key, url = str(ledger.notary.verifier()), f"sqlite:///{ledger.database.url.database}"
    assert verifier.main([url, "--key", key, "--known", str(tmp_path / "checkpoints.txt")]) == verifier.SOUND
    assert verifier.main(["proof", str(tmp_path / "proof"), "--key", key]) == verifier.SOUND
    program = browsing.page("/audit/verifier.py")
    page = browsing.page("/audit/export")
    assert sha256(program.encode()).hexdigest() in page
    assert html.escape(key) in page


def test_who_is_neither_administrator_nor_auditor_is_told_so_and_sees_no_way_there(app: Flask) -> None:
    client_of(app).post(f"{OURS}/users", json={"name": "Kari", "email": "kari@roer.no"})
    browser = app.test_client()
    browser.set_cookie(COOKIE, issued(ledger_of(app), 2))
    assert 'href="/audit"' not in browser.get("/inbox").text
    refused = browser.get("/audit", headers={"Accept": "text/html"})
    assert refused.status_code == 403
    assert "only an administrator may do this" in refused.text


def test_an_auditor_s_look_leaves_a_record_and_changes_nothing(app: Flask) -> None:
    client_of(app).post(f"{OURS}/users", json={"name": "Anna", "email": "anna@auditors.no", "is_auditor": True})
    browser = app.test_client()
    browser.set_cookie(COOKIE, issued(ledger_of(app), 2))
    page = browser.get("/audit/events/1")
    assert page.status_code == 200
    assert 'href="/audit"' in page.text
    assert page.text.count("<form") == sum(
        page.text.count(f'action="/{kept_by_the_browser}"') for kept_by_the_browser in ("sign-out", "language", "theme")
    )
    records = client_of(app).get(f"{OURS}/audit/access").json["items"]
    assert [(each["who"]["name"], each["path"]) for each in records][1:] == [("Anna", "/audit/events/1")]


def test_what_is_asked_wrongly_is_refused_beside_what_was_asked(app: Flask) -> None:
    browsing = Browsing(app)
    page = browsing.page("/audit?kind=deal&types=PersonAdded", status=400)
    assert "here it must be one of:" in page
    assert '<option value="PersonAdded" selected>' in page
    assert "it must be a time such as" in browsing.page("/audit?since=yesterday", status=400)
    browsing.page("/audit/events/999999", status=404)
    assert "No event fits." in browsing.page("/audit?client=nobody")
    assert "what was recorded never changes" in browsing.page("/audit?as_of=1", status=400)
    assert 'href="/audit"' in browsing.page("/inbox?as_of=1")


def test_an_event_that_is_there_no_more_is_said_to_be_gone_and_not_taken_for_the_next(app: Flask) -> None:
    client, ledger = client_of(app), ledger_of(app)
    for name in ("Kari", "Ola"):
        assert client.post("/api/v2/persons", json={"name": name}).status_code == 200
    ledger.notary.checkpoint()
    with unguarded(ledger.database) as connection:
        position = connection.execute(select(func.max(EVENTS.c.position))).scalar_one() - 1
        connection.execute(delete(EVENTS).where(EVENTS.c.position == position))
    browsing = Browsing(app)
    page = browsing.page(f"/audit/events/{position}")
    assert f"there is no event {position}" in page
    assert "Ola" not in page
    browsing.page(f"/audit/events/{position}/proof", status=404)
    assert client.post("/api/v2/persons", json={"name": "Per"}).status_code == 503, "an altered log is written no more"
