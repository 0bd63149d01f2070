"""The tables of the plain service, with the indexes that its questions need, and rows to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    create_engine,
    event,
    insert,
)

from service.clock import timestamp, wall_clock
from service.database.addresses import parsed
from tests.benchmarks.load import TOKEN

TABLES = MetaData()
TOGETHER = 5_000
CONNECTIONS = 16

_WAITING_SECONDS = 30


def _columns_of_both() -> list[Column[Any]]:
    """What leads and deals have in common."""
    return [
        Column("title", String, nullable=False),
        Column("owner_id", Integer, ForeignKey("plain_users.id"), nullable=False, index=True),
        Column("creator_id", Integer, ForeignKey("plain_users.id"), nullable=False),
        Column("person_id", Integer, ForeignKey("plain_persons.id"), index=True),
        Column("organization_id", Integer, index=True),
        Column("label_ids", JSON, nullable=False, default=[]),
        Column("amount", Numeric(15, 2, asdecimal=False), nullable=False, index=True),
        Column("currency", String(3), nullable=False),
        Column("origin", String, nullable=False, default="API"),
        Column("origin_id", String),
        Column("channel", Integer),
        Column("channel_id", String),
        Column("expected_close_date", String),
        Column("visible_to", SmallInteger, nullable=False, default=3),
        Column("is_archived", Boolean, nullable=False, default=False),
        Column("is_deleted", Boolean, nullable=False, default=False),
        Column("add_time", String, nullable=False),
        Column("update_time", String, nullable=False, index=True),
    ]


USERS = Table(
    "plain_users",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
)
PERSONS = Table(
    "plain_persons", TABLES, Column("id", Integer, primary_key=True), Column("name", String, nullable=False)
)
LEADS = Table(
    "plain_leads",
    TABLES,
    Column("id", String(36), primary_key=True),
    *_columns_of_both(),
    Column("source_name", String, nullable=False, default="API"),
    Column("source_deal_id", Integer),
    Column("was_seen", Boolean, nullable=False, default=False),
    Column("next_activity_id", Integer),
    Index("plain_leads_present", "is_deleted", "is_archived", "add_time", "id"),
)
DEALS = Table(
    "plain_deals",
    TABLES,
    Column("id", Integer, primary_key=True),
    *_columns_of_both(),
    Column("pipeline_id", Integer, nullable=False, default=1),
    Column("stage_id", Integer, nullable=False, default=1, index=True),
    Column("status", String, nullable=False, default="open"),
    Column("probability", Integer),
    Column("lost_reason", String),
    Column("won_time", String),
    Column("lost_time", String),
    Column("close_time", String),
    Column("stage_change_time", String, nullable=False),
    Column("archive_time", String),
    Index("plain_deals_present", "is_deleted", "is_archived", "id"),
)
CONVERSIONS = Table(
    "plain_conversions",
    TABLES,
    Column("id", String(36), primary_key=True),
    Column("lead_id", String(36), ForeignKey("plain_leads.id"), nullable=False, index=True),
    Column("deal_id", Integer, ForeignKey("plain_deals.id"), nullable=False),
)


def engine_of(database_url: str) -> Engine:
    """The plain service's connections; what it commits survives a power cut, as what ours does."""
    url = parsed(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=CONNECTIONS)
    options = {"timeout": _WAITING_SECONDS, "isolation_level": "IMMEDIATE", "check_same_thread": False}
    engine = create_engine(url, pool_size=CONNECTIONS, connect_args=options)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def prepare(database_url: str, size: int) -> None:
    """Make the plain service's tables, its user, persons, and that many leads and deals."""
    engine = engine_of(database_url)
    TABLES.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(USERS), {"id": 1, "token": TOKEN})
        connection.execute(insert(PERSONS), [{"id": n + 1, "name": f"Kari Nordmann {n}"} for n in range(200)])
    for begun in range(0, size, TOGETHER):
        numbers = range(begun, min(size, begun + TOGETHER))
        with engine.begin() as connection:
            for table, row in ((LEADS, _lead), (DEALS, _deal)):
                connection.execute(insert(table), list(_rows(row, numbers)))
    engine.dispose()


def _rows(row: Callable[[int], dict[str, Any]], numbers: range) -> Iterator[dict[str, Any]]:
    now = timestamp(wall_clock())
    for number in numbers:
        yield {
            "title": f"Utskifting av stigeledning {number}",
            "owner_id": 1,
            "creator_id": 1,
            "person_id": number % 200 + 1,
            "organization_id": number % 50 + 1,
            "amount": number % 9000 + 100,
            "currency": "NOK",
            "add_time": now,
            "update_time": now,
            **row(number),
        }


def _lead(number: int) -> dict[str, Any]:
    return {"id": str(UUID(int=number, version=4)), "source_name": "Web forms"}


def _deal(number: int) -> dict[str, Any]:
    return {"stage_id": number % 5 + 1, "stage_change_time": timestamp(wall_clock())}
