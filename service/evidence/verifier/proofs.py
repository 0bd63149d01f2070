"""Checks a proof file: one event, or what a lead or a deal was at a moment."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from service.evidence.verifier.encoding import unwritten
from service.evidence.verifier.events import TIME, UNFAMILIAR, Entry, leaf_of, recorded_at
from service.evidence.verifier.merkle import root_above
from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.standing import last_told, standing_of
from service.evidence.verifier.stream_heads import Head, proven_head
from service.evidence.verifier.verdicts import Altered, Uncheckable
from service.evidence.verifier.words import event_in_words, events_in_words, standing_in_words

PROOF_VERSION = "leadledger-proof/v1"

_NAMESPACE = UUID("6f0e1d5c-9a55-5f0e-8a4e-1eadc0de1ed6")


def check_proof(told: Mapping[str, Any], checkpoint: Checkpoint) -> list[str]:
    """Check what a proof file tells against its checkpoint; answers what that shows, in sentences, the first the main.

    Raises `Altered`, or `Uncheckable`.
    """
    try:
        if "event" in told:
            return event_in_words(_included(told["event"], checkpoint), checkpoint)
        return _moment_in_words(told, checkpoint)
    except (*UNFAMILIAR, struct.error, RecursionError):
        raise Altered("the file is not as a proof was made") from None


def stream_of(kind: str, number: int | str) -> str:
    """The stream of a lead, which its own id names, or of a deal or a stage, derived from its number."""
    return UUID(str(number)).hex if kind == "lead" else uuid5(_NAMESPACE, f"{kind}/{int(number)}").hex


def _included(told: Mapping[str, Any], checkpoint: Checkpoint) -> Entry:
    """An event of a proof file, once it has proven to be one of those that the checkpoint seals."""
    state, path = unwritten(told["state"]), [*map(unwritten, told["path"])]
    if type(told["position"]) is not int or type(told["version"]) is not int:
        raise TypeError
    entry = Entry(told["position"], told["stream"], told["version"], told["topic"], state, None)
    if root_above(leaf_of(entry), entry.position - 1, checkpoint.size, path) != checkpoint.root:
        raise Altered("the event is not one of those that the checkpoint seals", entry.position)
    return entry


def _stream_at(
    told: Mapping[str, Any], stream: str, position: int, checkpoint: Checkpoint
) -> tuple[list[Entry], Entry | None]:
    """All events that a stream had up to a position, and the one that came next, once both are shown to be just that.

    The events are the stream's first ones without a gap, each of them sealed, and either one of them is behind the
    position, or the last of them is the one that the checkpoint names as the stream's last.
    """
    events = [_included(each, checkpoint) for each in told["events"]]
    end = Head(*told["end"]) if told["end"] is not None else None
    if "streams" not in checkpoint.lines:
        raise Uncheckable("the checkpoint is from before it named the heads of streams")
    head = proven_head(stream, end, [*map(unwritten, told["beside"])], unwritten(checkpoint.lines["streams"]))
    places = [(entry.stream, entry.version) for entry in events]
    if places != [(stream, version) for version in range(1, len(events) + 1)]:
        raise Altered(f"events of stream {stream} are left out, or are others")
    positions = [entry.position for entry in events]
    if positions != sorted(set(positions)) or (head.version if head else 0) < len(events):
        raise Altered(f"the events of stream {stream} are in another order")
    before = [entry for entry in events if entry.position <= position]
    if len(before) == len(events):
        if (Head(*places[-1], positions[-1]) if events else None) != head:
            raise Altered(f"events of stream {stream} are left out behind version {len(events)}")
        return before, None
    return before, events[len(before)]


def _moment_in_words(told: Mapping[str, Any], checkpoint: Checkpoint) -> list[str]:
    asked, *stages = told["streams"]
    position, time = told["as_of"]["position"], told["as_of"]["time"]
    kind: str = asked["kind"]
    if kind not in ("lead", "deal"):
        raise Uncheckable(f"this verifier does not know what became of a {kind.lower()}")
    number = str(UUID(asked["id"])) if kind == "lead" else int(asked["id"])
    if type(position) is not int or position < 0:
        raise ValueError
    if position > checkpoint.size:
        raise Uncheckable(f"the checkpoint is of {checkpoint.size} events, so it says nothing of position {position}")
    events, following = _stream_at(asked, stream_of(kind, number), position, checkpoint)
    standing, named = standing_of(kind, events), ""
    for each in stages:
        if standing is None or (each["kind"], each["id"]) != ("stage", standing.stage_id):
            raise Altered("there is a stage in the file that the events do not name")
        stage, _ = _stream_at(each, stream_of("stage", each["id"]), position, checkpoint)
        named = f" ({last_told(stage, 'name')!r} of pipeline {last_told(stage, 'pipeline_id')})"
    if time is not None:
        _check_time(time, events, following, checkpoint)
    when = f"as of position {position}" + (f", and at {time}" if time is not None else "")
    return [
        f"{kind} {number} {standing_in_words(standing, events, named)}, {when}",
        *events_in_words(events, following, checkpoint),
    ]


def _check_time(time: str, events: Sequence[Entry], following: Entry | None, checkpoint: Checkpoint) -> None:
    """Raise `Altered` unless the last of the events was recorded by a time, and the one that came next was not."""
    if not TIME.fullmatch(time):
        raise ValueError
    if events and recorded_at(events[-1]) > time:
        raise Altered("an event was recorded later than the time that is told", events[-1].position)
    if following is not None:
        if recorded_at(following) <= time:
            raise Altered("an event that was recorded by the time that is told is left out", following.position)
    elif checkpoint.time is None or datetime.fromisoformat(time).timestamp() > checkpoint.time + 1:
        raise Uncheckable("the checkpoint was not signed after the time that is told, so more may have come until then")
