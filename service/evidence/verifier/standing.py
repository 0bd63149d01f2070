"""Where a lead or a deal stands after each of its events: its place, stage, status and value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from service.evidence.verifier.events import UNFAMILIAR, Entry, told_by, unfamiliar, version_of
from service.evidence.verifier.verdicts import Uncheckable


class Standing(NamedTuple):
    """What counts of a lead or a deal: where it is, of a deal also in which stage and how it stands, and its value."""

    form: str
    place: str
    stage_id: int | None = None
    status: str | None = None
    currency: str | None = None
    amount: str | None = None


_VALUE = ("amount", "currency")

_FOLDED: dict[str, tuple[int, tuple[str, ...], dict[str, Any]]] = {
    "LeadCreated": (1, _VALUE, {"form": "leads", "place": "inbox"}),
    "LeadEdited": (1, _VALUE, {}),
    "LeadAssigned": (1, (), {}),
    "LeadLabelled": (1, (), {}),
    "LeadSeen": (1, (), {}),
    "LeadMarkedUnseen": (1, (), {}),
    "LeadArchived": (1, (), {"place": "archive"}),
    "LeadUnarchived": (1, (), {"place": "inbox"}),
    "LeadDeleted": (1, (), {"place": "deleted"}),
    "LeadConvertedToDeal": (2, (), {"place": "deal"}),
    "LeadBecameReady": (1, (), {}),
    "LeadNoLongerReady": (1, (), {}),
    "LeadReturned": (1, _VALUE, {"place": "inbox"}),
    "DealCreated": (1, ("stage_id", *_VALUE), {"form": "deals", "place": "pipeline", "status": "open"}),
    "DealEdited": (1, _VALUE, {}),
    "DealAssigned": (1, (), {}),
    "DealLabelled": (1, (), {}),
    "DealEstimated": (1, (), {}),
    "DealMovedToStage": (1, ("stage_id",), {}),
    "DealWon": (1, (), {"status": "won"}),
    "DealLost": (1, (), {"status": "lost"}),
    "DealReopened": (1, (), {"status": "open"}),
    "DealArchived": (1, (), {"place": "archive"}),
    "DealUnarchived": (1, (), {"place": "pipeline"}),
    "DealDeleted": (1, (), {"place": "deleted"}),
    "DealRevertedToLead": (2, (), {"place": "lead"}),
    "DealReturned": (1, ("stage_id", *_VALUE), {"place": "pipeline", "status": "open"}),
}
"""How each event changes the standing of the lead or deal it happens to: the last version of the event that is known
here, the fields that it tells (or, an edit, may tell) and what follows from its name alone."""

_NAMED = {name: f'"{name}"'.encode() for name in ("stage_id", *_VALUE)}

_PLAIN_FACT = re.compile(rb':(?:(null)|"([^"\\\x00-\x1f]+)"|(0|[1-9][0-9]*))[,}]')
"""Names as they stand in a stored event, and what may follow one where it is told plainly. No part of a text can be
mistaken for such a name, since quotes are escaped in it."""


def _facts_of(entry: Entry, names: Iterable[str]) -> dict[str, Any]:
    """What an event tells, or changes, under some names; where that is told plainly, the rest of it is not read."""
    facts, state = dict[str, Any](), entry.state
    for name in names:
        if (place := state.find(_NAMED[name])) >= 0:
            plain = _PLAIN_FACT.match(state, place + len(_NAMED[name]))
            if plain is None or state.find(_NAMED[name], place + 1) >= 0:
                data = told_by(entry)["data"]
                changes = data.get("changes", data)
                return {name: changes[name] for name in names if name in changes}
            null, text, number = plain.groups()
            facts[name] = None if null else int(number) if number else text.decode()
    return facts


def standing_after(before: Standing | None, entry: Entry) -> Standing:
    """What counts of a lead or a deal after another event of it. Raises `UNFAMILIAR` for one that is not known."""
    version, names, follows = _FOLDED[entry.topic]
    if version_of(entry) > version:
        raise ValueError
    if before is not None and not names and not follows:
        return before
    changes = _facts_of(entry, names) | follows if names else follows
    return Standing(**changes) if before is None else before._replace(**changes)


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
