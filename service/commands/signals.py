"""The commands that record signals about opportunities, once for each external id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from aggregates.activity import Activity
from aggregates.identity import stream_named
from aggregates.refusals import Gone, Refusal
from aggregates.signal import Signal, signal_id
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.leads import LEADS
from projections.opportunities import forms_of
from projections.places import DELETED
from projections.signals import LATEST_SIGNALS, SIGNALS, latest
from service.ledger.ledger import Transaction

MOST_KINDS = 60
"""Kinds of signals that one opportunity may have: what it is judged by stays small."""

_PURPOSE = b"signal"

LookUp = Callable[[Table, Any], Row | None]
"""Finds the row of a thing in a table by its key."""

_TOLD_BY_ACTIVITIES = {"call": "call_held", "meeting": "meeting_held", "email": "email_sent"}
"""The signals that activities of some types are when they are done."""


def record_on_lead(tx: Transaction, lead_id: UUID, facts: Mapping[str, Any]) -> Row:
    """Record a signal on the opportunity that this lead is or was a form of. Answers the signal's row."""
    return _record(tx, LEADS, str(lead_id), facts)


def record_on_deal(tx: Transaction, deal_id: int, facts: Mapping[str, Any]) -> Row:
    """Record a signal on the opportunity that this deal is or was a form of. Answers the signal's row."""
    return _record(tx, DEALS, deal_id, facts)


def brought_along(tx: Transaction, lead_id: UUID, reported: Iterable[Mapping[str, Any]]) -> list[Signal]:
    """The signals that a new lead brings along, not yet saved; the same ``external_id`` is one signal."""
    about = {"opportunity_id": str(lead_id), "lead_id": str(lead_id), "deal_id": None}
    signals: dict[UUID, Signal] = {}
    for facts in reported:
        stream = _new_stream(tx, about, facts)
        if stream in signals:
            _check_same(signals[stream], facts)
        else:
            signals[stream] = _new(tx, stream, about, facts)
    return list(signals.values())


def _record(tx: Transaction, table: Table, key: Any, facts: Mapping[str, Any]) -> Row:
    """The same fact under the same ``external_id`` is recorded once; a different one raises `Refusal`."""
    about = forms(tx.visible, table, key)
    stream = _stream(tx, about, facts)
    known = None if facts.get("external_id") is None else tx.rows.current(SIGNALS, str(stream))
    if known is not None:
        _check_same(tx.load(Signal, stream), facts)
        return known
    kinds = {signal.kind for signal in latest(tx.rows.current(LATEST_SIGNALS, about["opportunity_id"]))}
    if facts["kind"] not in kinds and len(kinds) >= MOST_KINDS:
        raise Refusal(f"there are signals of {len(kinds)} kinds already; no more kinds can be told apart")
    tx.save(_new(tx, stream, about, facts))
    return tx.row(SIGNALS, str(stream))


def _stream(tx: Transaction, about: Mapping[str, Any], facts: Mapping[str, Any]) -> UUID:
    """The stream of a signal that is reported, which is there already where the signal was."""
    if facts.get("external_id") is not None:
        by_older_versions = signal_id(about["opportunity_id"], facts["external_id"])
        if tx.rows.current(SIGNALS, str(by_older_versions)) is not None:
            return by_older_versions
    return _new_stream(tx, about, facts)


def _new_stream(tx: Transaction, about: Mapping[str, Any], facts: Mapping[str, Any]) -> UUID:
    """The stream of a signal: always the same one for an external id, which nobody can guess from it.

    An external id may tell of a person, such as an address, and what streams are called stands in the log for ever.
    """
    if facts.get("external_id") is None:
        return tx.new_id()
    told = f"{about['opportunity_id']}/{facts['external_id']}"
    return UUID(bytes=tx.keyed_hash(_PURPOSE, told), version=5)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"interest": None, "evidence": {}}
    return told | {name: facts[name] for name in ("kind", "interest", "evidence") if name in facts}


def _check_same(signal: Signal, facts: Mapping[str, Any]) -> None:
    signal.check_same(**_told(facts), occurred_at=facts.get("occurred_at", signal.occurred_at))


def _new(tx: Transaction, stream: UUID, about: Mapping[str, Any], facts: Mapping[str, Any]) -> Signal:
    occurred_at = facts.get("occurred_at", tx.metadata.recorded_at)
    external_id = facts.get("external_id")
    return Signal.record_new(stream, **about, **_told(facts), occurred_at=occurred_at, external_id=external_id)


def of_activity(tx: Transaction, activity: Activity) -> list[Signal]:
    """The signal that a done activity stands for, not yet saved; empty where it is none, or known already."""
    kind = _TOLD_BY_ACTIVITIES.get(activity.type)
    if kind is None or activity.opportunity_id is None or not activity.is_done:
        return []
    stream = stream_named("signal", f"activity/{activity.activity_id}")
    if tx.rows.current(SIGNALS, str(stream)) is not None:
        return []
    form = forms_of(tx.reading, [activity.opportunity_id])[activity.opportunity_id]
    table, key = (LEADS, form.lead_id) if form.kind == "lead" else (DEALS, form.deal_id)
    evidence = {"activity_id": activity.activity_id, "subject": activity.subject}
    told = {"interest": None, "evidence": evidence, "occurred_at": tx.metadata.recorded_at, "external_id": None}
    return [Signal.record_new(stream, kind=kind, **forms(tx.rows.current, table, key), **told)]


def forms(look_up: LookUp, table: Table, key: Any) -> dict[str, Any]:
    """An opportunity by the lead or deal it is or was: ``opportunity_id``, and ``lead_id`` and ``deal_id`` or None.

    Raises `Gone` where there is no such, or where it was deleted in the form it had last.
    """
    row = look_up(table, key)
    other = None if row is None else _other(look_up, table, row)
    if row is None or DELETED in (row["place"], other and other["place"]):
        raise Gone("there is no such lead" if table is LEADS else "there is no such deal")
    lead, deal = (row, other) if table is LEADS else (other, row)
    return {
        "opportunity_id": row["opportunity_id"],
        "lead_id": None if lead is None else lead["lead_id"],
        "deal_id": None if deal is None else deal["deal_id"],
    }


def _other(look_up: LookUp, table: Table, row: Row) -> Row | None:
    reference, others = ("deal_id", DEALS) if table is LEADS else ("lead_id", LEADS)
    return None if row[reference] is None else look_up(others, row[reference])


def opportunity_id(reading: Reading, table: Table, key: Any) -> str:
    """The opportunity that a lead or deal is or was a form of; raises `Gone` as `forms` does."""
    found: str = forms(partial(find, reading), table, key)["opportunity_id"]
    return found
