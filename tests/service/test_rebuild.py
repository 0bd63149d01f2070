"""Read models are rebuilt while the service goes on, and proven to equal a replay of the log."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from multiprocessing import active_children
from typing import Any

import pytest
from sqlalchemy import Connection, Table, and_, event, func, inspect, select, update

from projections.deals import DEALS
from projections.engine import replayed
from projections.engine.erasing import personal_columns
from projections.engine.tables import read_models
from projections.engine.validity import holding, past_of
from projections.leads import LEADS
from projections.timeline import TIMELINE
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.ledger.ledger import Ledger
from service.maintenance import replay
from service.maintenance.filling import HelperEnded
from service.maintenance.replay import rebuild
from service.maintenance.verification import verify
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock, fill
from tests.service.serving import founded


def worked(url: str) -> None:
    """A founded database, and a company that has worked for a while."""
    founded(url)
    database = Database(url)
    fill(make_ledger(database, Clock()), 1200)
    database.close()


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    with databases.fresh(worked) as url:
        database = Database(url)
        yield make_ledger(database, Clock())
        database.close()


def differences(ledger: Ledger, most: int = 20) -> list[str]:
    return [str(difference) for difference in verify(ledger, lambda _: None, most).differences]


@pytest.mark.slow
def test_what_commands_wrote_equals_a_replay(ledger: Ledger) -> None:
    proof = verify(ledger, lambda _: None, most=20)
    assert proof.differences == []
    assert proof.position == ledger.event_log.max_notification_id()
    assert proof.rows > proof.position


@pytest.mark.slow
def test_a_replay_that_keeps_hardly_anything_at_hand_makes_the_same_rows(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 50)
    monkeypatch.setattr(replayed, "AT_HAND", 5)
    monkeypatch.setattr(replayed, "TOGETHER", 70)
    assert differences(ledger) == []


@pytest.mark.slow
def test_a_process_beside_makes_the_same_rows(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(replay, "BATCH", 150)
    monkeypatch.setattr(replay, "BESIDE", 0)
    with ledger.database.writing() as connection:
        connection.execute(update(LEADS).values(title="spoilt"))
    assert rebuild(ledger, told.append) == sum(told) == ledger.event_log.max_notification_id()
    monkeypatch.undo()
    assert differences(ledger) == []


@pytest.mark.slow
def test_a_rebuild_whose_process_beside_was_killed_says_so_and_does_no_harm(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(_: int) -> None:
        for process in active_children():
            process.kill()
            process.join()

    monkeypatch.setattr(replay, "BATCH", 50)
    monkeypatch.setattr(replay, "BESIDE", 0)
    with pytest.raises(HelperEnded, match=r"has ended before its time.*try again"):
        rebuild(ledger, kill)
    monkeypatch.undo()
    assert differences(ledger) == []


@pytest.mark.slow
def test_what_cannot_be_read_is_said_beside_another_process_as_otherwise(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BESIDE", 0)
    ledger.event_log.stream_keys.epochs.path.unlink()
    with pytest.raises(UnusableKey, match="is not there, and this database's personal data needs the keys in it"):
        rebuild(ledger, lambda _: None)
    assert not active_children()


@pytest.mark.parametrize("name", sorted(read_models.tables))
def test_every_row_of_a_read_model_tells_at_which_position_it_began(name: str) -> None:
    """Else nobody could prove it while commands go on: what began later must be told from what is wrong."""
    assert past_of(read_models.tables[name]) is not None


@pytest.mark.slow
def test_a_rebuild_makes_the_same_rows_again_and_tells_how_far_it_is(ledger: Ledger) -> None:
    told: list[int] = []
    with ledger.database.writing() as connection:
        connection.execute(update(LEADS).values(title="spoilt"))
    assert rebuild(ledger, told.append) == sum(told) == ledger.event_log.max_notification_id()
    assert differences(ledger) == []


@pytest.mark.slow
def test_rebuilds_at_the_same_time_wait_for_each_other(ledger: Ledger) -> None:
    with ThreadPoolExecutor(3) as threads:
        reached = list(threads.map(lambda _: rebuild(ledger, lambda _: None), range(3)))
    assert reached == [ledger.event_log.max_notification_id()] * 3
    assert differences(ledger) == []


@pytest.mark.slow
def test_a_rebuild_leaves_the_tables_and_indexes_that_are_declared(ledger: Ledger) -> None:
    rebuild(ledger, lambda _: None)
    found = inspect(ledger.database.engine)
    for table in read_models.tables.values():
        declared = sorted(tuple(column.name for column in index.columns) for index in table.indexes)
        assert sorted(tuple(index["column_names"]) for index in found.get_indexes(table.name)) == declared
    assert not [name for name in found.get_table_names() if name.rpartition("_")[0] in read_models.tables]


_DEAL = and_(DEALS.c.deal_id == 2, DEALS.c.valid_to.is_(None))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda: update(LEADS).where(LEADS.c.valid_to.is_(None)).values(title="spoilt"), "title is 'spoilt'"),
        (lambda: DEALS.delete().where(_DEAL), "is missing"),
        (lambda: TIMELINE.insert().values(position=3, part=9, owns_contacts=True), "should not be there"),
        (
            lambda: update(DEALS).where(DEALS.c.deal_id == 2, DEALS.c.valid_to.is_(None)).values(valid_to=900),
            "valid_to is 900",
        ),
    ],
)
def test_what_differs_from_a_replay_is_named(ledger: Ledger, spoil: Callable[[], Any], said: str) -> None:
    with ledger.database.writing() as connection:
        assert connection.execute(spoil()).rowcount != 0
    found = differences(ledger)
    assert found
    assert any(said in difference for difference in found)
    assert len(differences(ledger, most=1)) == 1


@pytest.mark.slow
def test_commands_may_go_on_while_the_read_models_are_proven(ledger: Ledger) -> None:
    seeds = count(99)

    def work(_: int) -> None:
        fill(ledger, 1, seed=next(seeds))

    assert verify(ledger, work, most=20).differences == []


class Readers:
    """Threads that read without pause; whatever one of them meets is kept."""

    def __init__(self, ledger: Ledger, number: int = 3) -> None:
        self.reads = 0
        self.errors: list[BaseException] = []
        self._ledger = ledger
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(number)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        joined = select(LEADS.c.lead_id, DEALS.c.deal_id).join(DEALS, DEALS.c.lead_id == LEADS.c.lead_id)
        while not self._over.is_set():
            try:
                with self._ledger.reading() as reading:
                    assert reading.execute(joined.where(holding(LEADS), holding(DEALS))).all()
                    assert reading.execute(select(TIMELINE).where(holding(TIMELINE)).limit(5)).all()
                self.reads += 1
            except BaseException as error:
                self.errors.append(error)


@pytest.mark.slow
def test_reads_and_commands_go_on_during_a_rebuild(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "BATCH", 100)
    written: list[int] = []

    def work(_: int) -> None:
        written.append(fill(ledger, 1, seed=len(written) + 100))

    with Readers(ledger) as readers:
        for _ in range(3):
            worker = threading.Thread(target=work, args=(0,))
            rebuild(ledger, lambda _, worker=worker: worker.ident or worker.start())  # type: ignore[misc]
            worker.join()
    assert readers.errors == []
    assert readers.reads > 0
    assert len(written) == 3
    assert ledger.event_log.max_notification_id() == written[-1]
    assert differences(ledger) == []


@pytest.mark.slow
def test_a_rebuild_waits_for_a_vacuum_of_its_new_tables(
    postgres_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, begun = replay._exchange, threading.Event()

    def vacuum(database: Database, name: str) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql(f'LOCK TABLE "{name}" IN SHARE UPDATE EXCLUSIVE MODE')
            begun.set()
            time.sleep(1.2)  # autovacuum gives way to whoever has waited for a second

    with postgres_databases.fresh(worked) as url, closing(Database(url)) as database, ThreadPoolExecutor(1) as beside:

        def exchange_beside_vacuum(connection: Connection, tables: Mapping[str, Table]) -> None:
            vacuumed = beside.submit(vacuum, database, tables["deals"].name)
            assert begun.wait(10)
            exchange(connection, tables)
            vacuumed.result()

        monkeypatch.setattr(replay, "_exchange", exchange_beside_vacuum)
        ledger = make_ledger(database, Clock())
        with ledger.database.writing() as connection:
            connection.execute(update(LEADS).values(title="spoilt"))
        rebuild(ledger, lambda _: None)
        assert differences(ledger) == []


@pytest.mark.slow
def test_postgresql_knows_what_a_rebuild_put_into_its_tables(postgres_databases: Databases) -> None:
    with postgres_databases.fresh(worked) as url, closing(Database(url)) as database:
        rebuild(make_ledger(database, Clock()), lambda _: None)
        with database.reading() as connection:
            known = connection.exec_driver_sql("SELECT reltuples FROM pg_class WHERE relname = 'timeline'").scalar_one()
            assert known == connection.scalar(select(func.count()).select_from(TIMELINE))


@pytest.mark.slow
def test_what_grows_with_a_table_may_take_its_time_in_a_rebuild(postgres_databases: Databases) -> None:
    """A database with a few events is built in no time, so each statement is asked how much it would have."""
    found = Counter[str]()

    def ask(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.strip().startswith(("CREATE INDEX", "CREATE UNIQUE INDEX", "ANALYZE")):
            (limit,) = cursor.connection.execute("SHOW statement_timeout").fetchone()
            assert limit == "0", statement
            found[statement.split(maxsplit=1)[0]] += 1

    with postgres_databases.fresh(worked) as url, closing(Database(url)) as database:
        event.listen(database.engine, "before_cursor_execute", ask)
        rebuild(make_ledger(database, Clock()), lambda _: None)
    tables = read_models.sorted_tables
    assert found == {"CREATE": sum(len(table.indexes) for table in tables), "ANALYZE": len(tables)}


def test_indexes_that_are_made_in_no_time_change_the_tables_of_sqlite_for_readers_once(
    sqlite_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "GATHERED", 60)
    statements, gathered = list[str](), list[int]()

    def count_indexes(_connection: Connection) -> None:
        if indexes := sum(statement.strip().startswith("CREATE INDEX") for statement in statements):
            gathered.append(indexes)
        statements.clear()

    with sqlite_databases.fresh(worked) as url, closing(Database(url)) as database:
        event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        event.listen(database.engine, "commit", count_indexes)
        rebuild(make_ledger(database, Clock()), lambda _: None)
    assert gathered == [sum(len(table.indexes) for table in read_models.sorted_tables)]


@pytest.mark.slow
def test_postgresql_keeps_no_sample_of_what_tells_of_people(postgres_databases: Databases) -> None:
    personal = {(table.name, column.name) for table in read_models.sorted_tables for column in personal_columns(table)}
    with postgres_databases.fresh(worked) as url, closing(Database(url)) as database:
        rebuild(make_ledger(database, Clock()), lambda _: None)
        with database.writing() as connection:
            connection.exec_driver_sql("ANALYZE")
            sampled = connection.exec_driver_sql("SELECT tablename, attname FROM pg_stats").all()
        assert ("deals", "status") in {tuple(each) for each in sampled}
        assert personal.isdisjoint({tuple(each) for each in sampled})


@pytest.mark.slow
def test_a_rebuild_that_was_broken_off_does_no_harm_and_is_cleared_away(ledger: Ledger) -> None:
    def break_off(_: int) -> None:
        raise KeyboardInterrupt

    before = set(inspect(ledger.database.engine).get_table_names())
    with pytest.raises(KeyboardInterrupt):
        rebuild(ledger, break_off)
    assert differences(ledger) == []
    assert set(inspect(ledger.database.engine).get_table_names()) > before

    rebuild(ledger, lambda _: None)

    assert set(inspect(ledger.database.engine).get_table_names()) == before
    assert differences(ledger) == []
