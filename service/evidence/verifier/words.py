"""Puts what a proof shows into sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.evidence.verifier.events import Entry, told_by
from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.standing import Standing, last_told


def standing_in_words(standing: Standing | None, events: Sequence[Entry], stage: str) -> str:
    if standing is None:
        return "was not there"
    if standing.place == "deleted":
        return "was deleted"
    if standing.place in ("lead", "deal"):
        return f"was {standing.place} {last_told(events, f'{standing.place}_id')}"
    money = f"{standing.amount} {standing.currency}" if standing.amount is not None else "no amount"
    archived = ", archived" if standing.place == "archive" else ""
    title = last_told(events, "title")
    called = f"with {money}" if title is None else f"with {money} and the title {title!r}"
    if standing.form == "leads":
        return f"was in the inbox{archived}, {called}"
    return f"stood in stage {standing.stage_id}{stage}, {standing.status}{archived}, {called}"


def events_in_words(events: Sequence[Entry], following: Entry | None, checkpoint: Checkpoint) -> Iterator[str]:
    if events:
        yield f"{len(events)} of its events say so, the last of them {_place_in_words(events[-1])}"
        if last_told(events, "title") is None:
            yield "its title tells of people, so it is encrypted in what was sealed"
    if following is not None:
        yield f"{'the next' if events else 'its first'} one was {_place_in_words(following)}"
    else:
        yield f"{'none came later' if events else 'it has none'} among the {checkpoint.size} that the checkpoint seals"


def event_in_words(entry: Entry, checkpoint: Checkpoint) -> list[str]:
    return [
        f"the event at position {entry.position} is one of the {checkpoint.size} that the checkpoint seals",
        f"it is {_place_in_words(entry)}, and version {entry.version} of stream {entry.stream}",
    ]


def _place_in_words(entry: Entry) -> str:
    told = told_by(entry)
    who, is_hidden = told["metadata"], "metadata.client" in told.get("encrypted", {})
    by = "nobody" if who.get("user_id") is None else f"user {who['user_id']}"
    through = "a client whose name is encrypted" if is_hidden else repr(who["client"])
    return f"{entry.topic} at position {entry.position}, recorded at {who['recorded_at']} for {by} by {through}"
