"""Whatever kind of thing is registered, every part that treats several kinds knows it; what is missing is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine

from aggregates.event import EVENTS, Event
from projections.differences import COMPARED
from projections.engine.erasing import PERSONAL_TEXT, personal_columns
from projections.engine.rows import Rows
from projections.engine.tables import Number, SortableText, read_models
from projections.kinds import KIND_OF, KINDS, Kind
from projections.projection import handlers_of, project
from projections.sentences import SENTENCES
from service.http.ledger.subjects import SubjectQuery
from service.http.routes import FAMILIES
from tests.contracts.test_purity import examples_of
from tests.service.log.test_golden import own_events


def lacking(kind: Kind) -> Iterator[str]:
    """What a kind lacks that every registered one needs."""
    for name in (name for name, event in EVENTS.items() if issubclass(event, kind.events)):
        if name not in SENTENCES:
            yield f"a sentence for {name}"
        if not handlers_of(name):
            yield f"a handler of {name}"
        elif not makes_row(kind, EVENTS[name]):
            yield f"a row in the table {kind.table.name} after {name}"
    if not any(wire_name(kind) in route.path.split("/") for family in FAMILIES for route in family.routes):
        yield f"a route with {wire_name(kind)}"
    columns = {name for name in (kind.title, *kind.linked_to, "place" if kind.places else None) if name is not None}
    if unknown := columns - {*kind.table.c.keys()}:
        yield f"the columns {', '.join(sorted(unknown))}"
    if personal_columns(kind.table) and not kind.is_about_people:
        yield "the word that it is about people"
    if kind.is_subject and not (kind.name in COMPARED and f"{kind.name}_id" in SubjectQuery().fields):
        yield "a field that names it as the subject of a timeline"


def wire_name(kind: Kind) -> str:
    """What paths call things of a kind, such as ``activityTypes``."""
    first, *others = kind.table.name.split("_")
    return first + "".join(map(str.capitalize, others))


def makes_row(kind: Kind, event: type[Event]) -> bool:
    """Whether a thing has its row when it began and this happened to it."""
    engine = create_engine("sqlite://")
    read_models.create_all(engine)
    with engine.begin() as connection:
        rows = Rows(connection)
        examples = examples_of(event)
        for position, example in enumerate(examples, start=1):
            project(rows, example, position)
        found = rows.current(kind.table, getattr(examples[0], kind.key.name))
    engine.dispose()
    return found is not None


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_registered_kind_is_known_wherever_kinds_are_listed(kind: Kind) -> None:
    assert list(lacking(kind)) == []


def test_every_event_happens_to_a_thing_of_a_kind_except_decisions_of_the_whole_company_and_on_what_is_kept() -> None:
    others = {name for name in own_events() if name not in KIND_OF}
    beside = "ConversionPolicy", "InboxReview", "Erasure", "LegalHold"
    assert others == {name for name in own_events() if name.startswith(beside)}


def test_a_kind_that_is_registered_but_missing_elsewhere_is_noticed() -> None:
    class ContractEvent(Event, abstract=True):
        """Something that happened to a contract."""

        contract_id: int

    planted = type("ContractSigned", (ContractEvent,), {"__doc__": "A contract was signed.", "__module__": __name__})
    columns = Column("contract_id", Number, primary_key=True), Column("text", SortableText, info=PERSONAL_TEXT)
    table = Table("contracts", MetaData(), *columns, info={"key": ("contract_id",)})
    contract = Kind("contract", table, ContractEvent, "name", is_subject=True, linked_to=("person_id",))
    try:
        assert list(lacking(contract)) == [
            "a sentence for ContractSigned",
            "a handler of ContractSigned",
            "a route with contracts",
            "the columns name, person_id",
            "the word that it is about people",
            "a field that names it as the subject of a timeline",
        ]
    finally:
        EVENTS.pop(planted.__name__)
        handlers_of.cache_clear()
