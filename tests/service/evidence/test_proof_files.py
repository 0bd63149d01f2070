"""What a lead or a deal was at a moment is proven by one file, and nothing else is, however the file is altered."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from aggregates.deal import Deal
from aggregates.lead import Lead
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.validity import current
from service.database.database import Database
from service.evidence.proof_files import event_proof, moment_proof
from service.evidence.verifier.notes import Checkpoint, checkpoint_of
from service.evidence.verifier.proofs import check_proof, stream_of
from service.evidence.verifier.verdicts import Altered, Uncheckable
from service.ledger.ledger import Ledger, Origin
from service.log.history import events_of
from service.log.moments import NotThere
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock, Company
from tests.service.serving import founded

Told = dict[str, Any]
ORIGIN = Origin(user_id=1, request_id="proofs", client="tests")


@pytest.fixture(scope="module")
def ledger(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A log in which opportunities went to and fro, some of it sealed by a checkpoint of its own."""
    folder = tmp_path_factory.mktemp("keys")
    with databases.fresh(founded) as url, closing(Database(url)) as database:
        ledger = make_ledger(database, Clock(), Settings(url, signing_key=folder / "key"))
        company = Company(11)
        for turn in range(60):
            ledger.execute(ORIGIN, partial(company.work, steps=12))
            if turn % 20 == 0:
                ledger.notary.checkpoint()
        yield ledger


def size_of(ledger: Ledger) -> int:
    return ledger.event_log.max_notification_id() or 0


def proven(ledger: Ledger, kind: str, number: int | str, position: int, time: str | None = None) -> Told:
    told: Told = json.loads(moment_proof(ledger.database, ledger.notary, kind, number, position, time))
    return told


def checkpoint_in(ledger: Ledger, told: Told) -> Checkpoint:
    return checkpoint_of(told["checkpoint"], [str(ledger.notary.verifier())])


def said_by(ledger: Ledger, told: Told) -> str:
    return check_proof(told, checkpoint_in(ledger, told))[0]


def truth(ledger: Ledger, kind: str, number: int | str, position: int) -> str:
    """What the aggregate says that its events up to a position make, in the verifier's words but for the stage's."""
    with ledger.database.reading() as connection:
        events = [
            each for each in events_of(connection, ledger.mapper, [stream_of(kind, number)]) if each[0] <= position
        ]
    thing: Lead | Deal | None = (Deal if kind == "deal" else Lead).project(None, [event for _, event in events])
    return f"{kind} {number} {_in_words(thing)}"


def _in_words(thing: Lead | Deal | None) -> str:
    if thing is None:
        return "was not there"
    if thing.is_deleted:
        return "was deleted"
    amount, currency = thing.details.amount, thing.details.currency
    money = "no amount" if amount is None else f"{amount} {currency}"
    archived = ", archived" if thing.is_archived else ""
    if isinstance(thing, Lead):
        return f"was deal {thing.deal_id}" if thing.is_converted else f"was in the inbox{archived}, with {money}"
    if thing.is_reverted:
        return f"was lead {thing.lead_id}"
    return f"stood in stage {thing.stage_id}, {thing.status}{archived}, with {money}"


def without_stage(sentence: str) -> str:
    """What was said, without the name of the stage and of the moment."""
    said, _, _ = sentence.partition(", as of ")
    before, bracket, after = said.partition(" (")
    return before + after.partition(")")[2] if bracket else said


def things(ledger: Ledger) -> list[tuple[str, int | str]]:
    """A lead that became a deal, a deal that became a lead, and one to which much has happened."""
    first = "SELECT stream_id FROM events WHERE topic = 'LeadConvertedToDeal' ORDER BY position LIMIT 1"
    reverted = select(func.max(DEALS.c.deal_id)).where(current(DEALS), DEALS.c.place == "lead")
    with ledger.database.reading() as connection:
        lead = UUID(connection.exec_driver_sql(first).scalar_one())
        deal = Reading(connection).execute(reverted).scalar_one()
    return [("lead", str(lead)), ("deal", deal), ("deal", a_long_story(ledger)[0])]


def test_at_every_position_a_file_shows_what_a_lead_or_a_deal_was_then(ledger: Ledger) -> None:
    said = set[str]()
    for kind, number in things(ledger):
        with ledger.database.reading() as connection:
            happened = [at for at, _ in events_of(connection, ledger.mapper, [stream_of(kind, number)])]
        for position in sorted({0, size_of(ledger), *happened, *(at - 1 for at in happened)}):
            sentence = said_by(ledger, proven(ledger, kind, number, position))
            assert without_stage(sentence) == truth(ledger, kind, number, position)
            said.add(" ".join(sentence.split()[2:4]))
    assert said >= {"was not", "stood in", "was in", "was deal", "was lead"}


def test_the_stage_is_named_as_it_was_called_then(ledger: Ledger) -> None:
    said = said_by(ledger, proven(ledger, "deal", 1, size_of(ledger)))
    assert " of pipeline 1), " in said or "was lead" in said


def a_long_story(ledger: Ledger) -> tuple[int, list[int]]:
    """A deal to which much has happened, and when."""
    with ledger.database.reading() as connection:
        for number in range(1, 30):
            happened = [at for at, _ in events_of(connection, ledger.mapper, [stream_of("deal", number)])]
            if len(happened) >= 5:
                return number, happened
    raise AssertionError("nothing much has happened to any deal")


def refused(ledger: Ledger, told: Told) -> None:
    with pytest.raises((Altered, Uncheckable)):
        said_by(ledger, told)


def test_no_event_can_be_left_out_nor_put_elsewhere_nor_taken_from_another(ledger: Ledger) -> None:
    number, happened = a_long_story(ledger)
    told = proven(ledger, "deal", number, happened[3])
    stream = told["streams"][0]
    assert len(stream["events"]) == 5
    for which in range(5):
        left_out = deepcopy(told)
        del left_out["streams"][0]["events"][which]
        refused(ledger, left_out)
        twice = deepcopy(told)
        twice["streams"][0]["events"].insert(which, stream["events"][which])
        refused(ledger, twice)
        if which:
            swapped = deepcopy(told)
            events = swapped["streams"][0]["events"]
            events[which - 1], events[which] = events[which], events[which - 1]
            refused(ledger, swapped)
    other: Told = {**told, "streams": proven(ledger, "deal", number + 1, happened[3])["streams"]}
    assert f"deal {number + 1} " in said_by(ledger, other)
    other["streams"][0]["id"] = number
    refused(ledger, other)
    another_stage = deepcopy(told)
    another_stage["streams"][1] = proven(ledger, "deal", number, happened[0])["streams"][0]
    refused(ledger, another_stage)


def test_an_older_head_does_not_show_that_nothing_came_since(ledger: Ledger) -> None:
    number, happened = a_long_story(ledger)
    old = proven(ledger, "deal", number, happened[-1])
    was = said_by(ledger, old)
    deal_id = number

    def go_on(tx: Any) -> int:
        deal = tx.load(Deal, UUID(stream_of("deal", deal_id)))
        deal.archive(not deal.is_archived)
        position: int = tx.save(deal)
        return position

    end = ledger.execute(ORIGIN, go_on)
    new = proven(ledger, "deal", number, end)
    assert said_by(ledger, old) == was
    stale = {**new, "streams": old["streams"]}
    refused(ledger, stale)
    for taken in (("end",), ("end", "beside"), ("events",)):
        mixed = deepcopy(new)
        mixed["streams"][0] |= {name: old["streams"][0][name] for name in taken}
        refused(ledger, mixed)
    refused(ledger, {**old, "as_of": {"position": end, "time": None}})


def mutations(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value in a file, with what might stand there instead."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from mutations(each, (*path, name))
        yield path, []
        yield path, None
    elif isinstance(value, int):
        others: list[Any] = [value + 1, value - 1, -value, None, str(value), float(value), 2**70, True]
        yield from ((path, other) for other in others)
    elif isinstance(value, str):
        others = ["", value + "x", value[1:], value[::-1], 5, None, []]
        yield from ((path, other) for other in others)
        middle = len(value) // 2
        yield path, f"{value[:middle]}{'A' if value[middle : middle + 1] != 'A' else 'B'}{value[middle + 1 :]}"


def test_whatever_is_altered_in_a_file_it_shows_nothing_that_is_not_so(ledger: Ledger) -> None:
    number, happened = a_long_story(ledger)
    told = proven(ledger, "deal", number, happened[2])
    checkpoint, tried = checkpoint_in(ledger, told), 0
    for path, other in list(mutations({name: told[name] for name in ("as_of", "streams")})):
        altered = deepcopy(told)
        holder: Any = altered
        for step in path[:-1]:
            holder = holder[step]
        if not path:
            continue
        holder[path[-1]] = other
        tried += 1
        try:
            said = check_proof(altered, checkpoint)[0]
        except (Altered, Uncheckable):
            continue
        position = altered["as_of"]["position"]
        assert without_stage(said) == truth(ledger, "deal", number, position), (path, other)
    assert tried > 300


def test_a_value_that_was_altered_is_found(ledger: Ledger) -> None:
    number, happened = a_long_story(ledger)
    told = proven(ledger, "deal", number, happened[-1])
    created = told["streams"][0]["events"][0]
    state = json.loads(b64decode(created["state"]))
    state["data"]["stage_id"] = 5
    created["state"] = b64encode(json.dumps(state).encode()).decode()
    with pytest.raises(Altered, match="not one of those that the checkpoint seals"):
        said_by(ledger, told)


def test_an_event_is_shown_by_its_bytes_alone(ledger: Ledger) -> None:
    for position in (1, 7, size_of(ledger)):
        told = json.loads(event_proof(ledger.database, ledger.notary, position))
        assert f"the event at position {position} is one of" in said_by(ledger, told)
        for name, other in (("position", position + 1), ("version", 9), ("topic", "DealWon2"), ("state", "e30=")):
            refused(ledger, {**told, "event": {**told["event"], name: other}})
    with pytest.raises(NotThere, match="the newest checkpoint is of"):
        event_proof(ledger.database, ledger.notary, size_of(ledger) + 1)


def test_what_is_no_lead_is_not_shown_as_one(ledger: Ledger) -> None:
    with pytest.raises(NotThere, match="no lead of that name"):
        proven(ledger, "lead", str(UUID(stream_of("deal", 1))), size_of(ledger))
