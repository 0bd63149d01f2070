"""Where a lead or a deal stands after each of its events: its place, stage, status and value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from sys import intern
from types import UnionType
from typing import Any, NamedTuple

from service.evidence.verifier.events import UNFAMILIAR, Entry, Values, told_by, unfamiliar, version_of
from service.evidence.verifier.verdicts import Uncheckable


class Standing(NamedTuple):
    """What counts of a lead or a deal: where it is, of a deal also in which stage and how it stands, and its value."""

    form: str
    place: str
    stage_id: int | None = None
    status: str | None = None
    currency: str | None = None
    amount: str | None = None


class _Change(NamedTuple):
    """How events of a name change where a lead or a deal stands: what they tell of that, and what follows from it.

    ``version`` is the last one of such events that is known here. An edit tells a value only where it changes it.
    """

    version: int = 1
    tells_stage: bool = False
    tells_value: bool = False
    form: str | None = None
    place: str | None = None
    status: str | None = None


_CHANGES = {
    "LeadCreated": _Change(tells_value=True, form="leads", place="inbox"),
    "LeadEdited": _Change(tells_value=True),
    "LeadAssigned": _Change(),
    "LeadLabelled": _Change(),
    "LeadSeen": _Change(),
    "LeadMarkedUnseen": _Change(),
    "LeadArchived": _Change(place="archive"),
    "LeadUnarchived": _Change(place="inbox"),
    "LeadDeleted": _Change(place="deleted"),
    "LeadConvertedToDeal": _Change(version=2, place="deal"),
    "LeadBecameReady": _Change(),
    "LeadNoLongerReady": _Change(),
    "LeadReturned": _Change(tells_value=True, place="inbox"),
    "DealCreated": _Change(tells_stage=True, tells_value=True, form="deals", place="pipeline", status="open"),
    "DealEdited": _Change(tells_value=True),
    "DealAssigned": _Change(),
    "DealLabelled": _Change(),
    "DealEstimated": _Change(),
    "DealMovedToStage": _Change(tells_stage=True),
    "DealWon": _Change(status="won"),
    "DealLost": _Change(status="lost"),
    "DealReopened": _Change(status="open"),
    "DealArchived": _Change(place="archive"),
    "DealUnarchived": _Change(place="pipeline"),
    "DealDeleted": _Change(place="deleted"),
    "DealRevertedToLead": _Change(version=2, place="lead"),
    "DealReturned": _Change(tells_stage=True, tells_value=True, place="pipeline", status="open"),
}

_STAGE, _AMOUNT, _CURRENCY = b'"stage_id"', b'"amount"', b'"currency"'
_STAGE_FORM, _AMOUNT_FORM, _CURRENCY_FORM = rb"0|[1-9][0-9]{0,14}", rb"-?[0-9]{1,15}(?:\.[0-9]{1,4})?", rb"[A-Z]{3}"
"""How a stage's number, an amount and a currency are written. An amount has 19 digits at the most, so that those of 10⁹
leads and deals add up within the 28 in which `Decimal` is exact."""

_PLAIN_STAGE = re.compile(_STAGE + rb":(?:null|(" + _STAGE_FORM + rb"))[,}]")
_PLAIN_VALUE = re.compile(
    _AMOUNT + rb':(?:null|"(' + _AMOUNT_FORM + rb')"),' + _CURRENCY + rb':(?:null|"(' + _CURRENCY_FORM + rb')")[,}]'
)
"""Names as they stand in a stored event, and what may follow one where it is told plainly. No part of a text can be
mistaken for such a name, since quotes are escaped in it."""


def _facts(entry: Values, *names: str) -> dict[str, Any]:
    """What an event tells, or changes, under some names."""
    data = told_by(Entry._make(entry))["data"]
    changes = data.get("changes", data)
    return {name: changes[name] for name in names if name in changes}


def _stage_after(before: int | None, entry: Values) -> int | None:
    """The stage after an event that may tell it; where it is told once and plainly, the rest is not read."""
    state = entry[4]
    if (start := state.find(_STAGE)) < 0:
        return before
    plain = _PLAIN_STAGE.match(state, start)
    if plain is None or state.find(_STAGE, plain.end() - 1) >= 0:
        told = _as_if_plain(_facts(entry, "stage_id").get("stage_id", before), _STAGE_FORM, int)
        return None if told is None else int(told)
    return int(plain[1]) if plain[1] else None


def _value_after(amount: str | None, currency: str | None, entry: Values) -> tuple[str | None, str | None]:
    """Amount and currency after an event that may tell them, as `_stage_after`."""
    state = entry[4]
    start = state.find(_AMOUNT)
    plain = _PLAIN_VALUE.match(state, start) if start >= 0 else None
    if plain is None or state.count(_CURRENCY) > 1 or state.find(_AMOUNT, plain.end() - 1) >= 0:
        if start < 0 and _CURRENCY not in state:
            return amount, currency
        told = _facts(entry, "amount", "currency")
        worth = _as_if_plain(told.get("amount", amount), _AMOUNT_FORM, str | int | float)
        return worth, _as_if_plain(told.get("currency", currency), _CURRENCY_FORM, str)
    return _text(plain[1]), _text(plain[2])


def _as_if_plain(told: Any, form: bytes, kinds: type | UnionType) -> str | None:
    """A value that is not told plainly, as the text that it would be there. Raises ValueError where it could not be."""
    if told is None:
        return None
    if not isinstance(told, kinds) or re.fullmatch(form, written := str(told).encode()) is None:
        raise ValueError
    return _text(written)


def _text(told: bytes | None) -> str | None:
    """A text; the same one is in memory once, as many leads and deals are worth the same."""
    return None if told is None else intern(told.decode())


_NOTHING_BEFORE = Standing("", "")


def standing_after(before: Standing | None, entry: Values) -> Standing:
    """What counts of a lead or a deal after another event of it. Raises `UNFAMILIAR` for one that is not known."""
    version, tells_stage, tells_value, form, place, status = _CHANGES[entry[3]]
    if version_of(entry[4]) > version:
        raise ValueError
    if before is None:
        if form is None:
            raise ValueError
        before = _NOTHING_BEFORE
    old_form, old_place, stage, old_status, currency, amount = before
    if tells_stage:
        stage = _stage_after(stage, entry)
    if tells_value:
        amount, currency = _value_after(amount, currency, entry)
    return Standing(form or old_form, place or old_place, stage, status or old_status, currency, amount)


def standing_of(kind: str, events: Sequence[Entry]) -> Standing | None:
    """Where a lead or a deal stands after all its events. Raises `Uncheckable` where they are another thing's."""
    standing = None
    for entry in events:
        try:
            standing = standing_after(standing, entry)
        except UNFAMILIAR:
            raise Uncheckable(unfamiliar(entry)) from None
    if standing is not None and standing.form != f"{kind}s":
        raise Uncheckable(f"there is no {kind} of that name, but something else")
    return standing


def last_told(events: Sequence[Entry], name: str) -> Any:
    """What the events told last under a name; None where that is encrypted, since it tells of people."""
    value = None
    for entry in events:
        told = told_by(entry)
        path, facts = ("data.changes", told["data"]["changes"]) if "changes" in told["data"] else ("data", told["data"])
        if name in facts:
            value = None if f"{path}.{name}" in told.get("encrypted", {}) else facts[name]
    return value
