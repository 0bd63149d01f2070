"""Rows flow in and the facts that a lead is judged by flow out: what is said of it, its source and its signals."""

from __future__ import annotations

import re

from projections.organizations import ORGANIZATIONS
from projections.rows import Row, Rows
from projections.signals import LATEST_SIGNALS, latest
from service.readiness.rules import LONGEST_TEXT, Facts, Saying

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
    return Facts(sayings, lead["source_name"], latest(rows.current(LATEST_SIGNALS, lead["opportunity_id"])))
