"""A log of more streams than memory has room for is checked as any other, and its verifier's memory stays bounded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from service.evidence.verifier import kept
from service.evidence.verifier.events import Entry, recorded_at, told_by
from service.evidence.verifier.kept import Kept
from service.evidence.verifier.merkle import joined
from service.evidence.verifier.stream_heads import NO_STREAMS, Head, Streams, head_hash
from service.evidence.verifier.totals import Totals
from service.evidence.verifier.verdicts import Altered

BATCH = 40


def log(chance: random.Random, streams: list[str], count: int) -> Iterator[Entry]:
    versions = dict.fromkeys(streams, 0)
    for position in range(1, count + 1):
        stream = chance.choice(streams)
        before, versions[stream] = versions[stream], versions[stream] + 1
        topic = "LeadEdited" if before else "LeadCreated"
        data = {"amount": f"{chance.randrange(100)}", "currency": chance.choice(["NOK", "EUR"])}
        state = json.dumps({"data": {"changes": data} if before else data}, separators=(",", ":")).encode()
        yield Entry(position, stream, before + 1, topic, state, before or None)


def over(heads: list[Head], bit: int) -> bytes:
    """The root over heads, as the guide says it: by the bits of their streams, from the highest on."""
    if len(heads) < 2:
        return head_hash(heads[0]) if heads else NO_STREAMS
    sides = ([head for head in heads if int(head.stream, 16) >> bit & 1 == side] for side in (0, 1))
    return joined(*(over(side, bit - 1) for side in sides))


def near(chance: random.Random) -> str:
    """A stream that may be as near to another one as can be."""
    return f"{chance.getrandbits(128) & ~(2 ** chance.choice([3, 100, 111, 113, 126]) - 1) | chance.randrange(4):032x}"


@pytest.mark.parametrize("room", [5, 50_000])
@pytest.mark.parametrize("seed", range(4))
def test_the_tree_over_streams_is_the_same_however_few_are_in_memory(
    room: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ROOM", room)
    chance = random.Random(seed)
    names = sorted({near(chance) for _ in range((1, 2, 30, 300)[seed])})
    entries, streams, heads = [*log(chance, names, 600)], Streams(), dict[str, Head]()
    for start in range(0, len(entries), BATCH):
        some = entries[start : start + BATCH]
        streams.add(some)
        heads |= {entry.stream: Head(entry.stream, entry.version, entry.position) for entry in some}
        if start % (3 * BATCH) == 0:
            assert streams.root() == over([*heads.values()], 127)
            assert streams.root() == streams.root()
    assert streams.root() == over([*heads.values()], 127)
    streams.close()


@pytest.mark.parametrize("wrong", [{"version": 3}, {"previous": None}, {"version": True}, {"version": 1}])
def test_what_does_not_follow_is_found_where_its_stream_is_in_the_file(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ROOM", 5)
    names = [f"{number:032x}" for number in range(20)]
    streams = Streams()
    streams.add([Entry(number + 1, name, 1, "LeadCreated", b"{}", None) for number, name in enumerate(names)])
    entries = [Entry(number + 21, name, 2, "LeadEdited", b"{}", 1) for number, name in enumerate(names)]
    entries[7] = entries[7]._replace(**wrong)
    with pytest.raises(Altered) as found:
        streams.add(entries)
    assert found.value.position == 28
    streams.close()


def test_totals_are_the_same_however_few_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    entries = [*log(chance, [f"{chance.getrandbits(128):032x}" for _ in range(100)], 1000)]
    whole, spilled = Totals(), Totals()
    whole.add(entries)
    monkeypatch.setattr(kept, "ROOM", 5)
    for start in range(0, len(entries), BATCH):
        spilled.add(entries[start : start + BATCH])
    assert whole.added_up() == spilled.added_up()
    assert whole.added_up().lines
    for totals in (whole, spilled):
        totals.close()


def test_no_more_is_in_memory_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "ROOM", 5)
    known = Kept[tuple[int, str]](tuple, tuple)
    for number in range(100):
        met = known.meet({f"{number}"})
        assert len(met) <= 6
        met[f"{number}"] = number, "\ud800"
    assert known.meet({"3", "nowhere"})["3"] == (3, "\ud800")
    assert sorted(known.all()) == [(number, "\ud800") for number in range(100)]
    assert [told for told, _ in known.between("97", "99")] == ["97", "98"]
    known.close()


TIME, OTHER = "2026-01-01T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "state",
    [
        f'{{"data":{{}},"metadata":{{"user_id":1,"recorded_at":"{TIME}"}}}}',
        f'{{"data":{{}},"metadata":{{"user_id":null,"recorded_at":"{TIME}","client":"x"}}}}',
        f'{{"metadata":{{"recorded_at":"{TIME}","user_id":1}},"data":{{}}}}',
        f'{{"data":{{"recorded_at":"{OTHER}"}},"metadata":{{"user_id":1,"recorded_at":"{TIME}"}}}}',
        f'{{"metadata":{{"user_id":1,"recorded_at":"{TIME}"}},"data":{{"recorded_at":"{OTHER}"}}}}',
        f'{{"metadata":{{"user_id":1,"recorded_at":"{OTHER}","recorded_at":"{TIME}"}}}}',
        f'{{"metadata":{{"user_id":1,"recorded_\\u0061t":"{TIME}"}}}}',
        f'{{"data":{{"metadata":{{"user_id":1,"recorded_at":"{OTHER}"}}}},"metadata":{{"user_id":1,"recorded_\\u0061t":"{TIME}"}}}}',
    ],
)
def test_when_an_event_was_recorded_is_what_its_json_says(state: str) -> None:
    entry = Entry(1, "0" * 32, 1, "LeadCreated", state.encode(), None)
    assert recorded_at(entry) == told_by(entry)["metadata"]["recorded_at"] == TIME
