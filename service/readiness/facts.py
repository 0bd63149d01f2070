"""Collects the facts that a lead is judged by: texts about it, its source and its latest signals."""

from __future__ import annotations

import re

from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.lead_evidence import Known, known_of
from projections.markup import text_of
from projections.notes import NOTES, last_written_on
from projections.organizations import ORGANIZATIONS
from projections.signals import LATEST_SIGNALS, latest
from service.ledger.transaction import Transaction
from service.readiness.rules import LONGEST_TEXT, Facts, Saying

NOTES_READ = 5
"""The last notes of an opportunity that are looked at."""

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@]*@)?(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)


def facts_in(reading: Reading, lead: Row) -> Facts:
    """The facts about the lead of a row, read from the database."""
    return _facts(lead, known_of(reading, lead["lead_id"], notes=NOTES_READ))


def facts_of(rows: Rows, lead: Row, *, is_new: bool = False) -> Facts:
    """The facts about the lead of a row, from rows that may not have been written yet; no query for one that is new."""
    number, opportunity_id = lead["organization_id"], lead["opportunity_id"]
    organization = None if number is None else rows.current(ORGANIZATIONS, number)
    name, website = (None, None) if organization is None else (organization["name"], organization["website"])
    if is_new:
        return _facts(lead, Known(name, website, [], []))
    notes = [note["content"] for note in rows.ask(last_written_on(opportunity_id, NOTES_READ))]
    return _facts(lead, Known(name, website, latest(rows.current(LATEST_SIGNALS, opportunity_id)), notes))


def facts_for(tx: Transaction, lead: Row, *, is_new: bool = False) -> Facts:
    """As `facts_of`, for a command: whatever it or one before it has saved is known."""
    if not is_new and tx.rows.has_unwritten(NOTES):
        tx.flush()
    return facts_of(tx.rows, lead, is_new=is_new)


def _facts(lead: Row, known: Known) -> Facts:
    texts = [("organization_name", known.organization_name), ("domain", _host(known.website)), ("title", lead["title"])]
    texts += [("note", text_of(note[: 2 * LONGEST_TEXT])) for note in known.notes]
    sayings = [Saying(where, text[:LONGEST_TEXT]) for where, text in texts if text is not None]
    return Facts(sayings, lead["source_name"], known.signals)


def _host(website: str | None) -> str | None:
    found = _HOST.match(website) if website else None
    return found and found[1]
