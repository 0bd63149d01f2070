"""Rows flow in and the facts that a lead is judged by flow out: what is said of it, its source and its signals."""

from __future__ import annotations

import re
from html import unescape

from aggregates.policy import UNKNOWN, VERDICTS
from projections.notes import written_on
from projections.organizations import ORGANIZATIONS
from projections.rows import Row, Rows
from projections.signals import LATEST_SIGNALS, LatestSignal, latest
from service.readiness.rules import LONGEST_TEXT, Facts, Saying

NOTES_READ = 5
"""The last notes of an opportunity that are looked at."""

_TAG = re.compile(r"<[^>]*>")
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@]*@)?(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)


def facts_of(rows: Rows, lead: Row) -> Facts:
    """What is known of a lead, whose row this is, as the rows stand."""
    number = lead["organization_id"]
    organization = None if number is None else rows.current(ORGANIZATIONS, number)
    sayings = [Saying("title", lead["title"][:LONGEST_TEXT])]
    if organization is not None:
        sayings.insert(0, Saying("organization_name", organization["name"][:LONGEST_TEXT]))
        if host := _HOST.match((organization["website"] or "")[:LONGEST_TEXT]):
            sayings.insert(1, Saying("domain", host[1]))
    notes = written_on(rows.connection, lead["opportunity_id"], limit=NOTES_READ)
    sayings += [Saying("note", _plain(note)) for note in notes]
    return Facts(sayings, lead["source_name"], _signals(rows, lead))


def _plain(note: str) -> str:
    """A note's text without its markup."""
    return unescape(_TAG.sub(" ", note[: 2 * LONGEST_TEXT]))[:LONGEST_TEXT]


def _signals(rows: Rows, lead: Row) -> list[LatestSignal]:
    """What was learned; of a lead whose readiness is unknown, that is nothing, and nobody has to look."""
    if VERDICTS[lead["readiness"]] == UNKNOWN:
        return []
    return latest(rows.current(LATEST_SIGNALS, lead["opportunity_id"]))
