"""Measures what an auditor waits for on a log of a given length: seals, exports, checks, replays."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

from sqlalchemy import func, select
from tqdm import tqdm

from service.background.sealing import seal_in_background
from service.clock import wall_clock
from service.database.database import Database
from service.evidence.proof_files import moment_proof
from service.evidence.sealer import seal
from service.evidence.stream_heads import made_anew
from service.evidence.tree import StoredTree
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Ledger
from service.log.tables import EVENTS
from service.maintenance.replay import rebuild
from service.maintenance.startup import prepare
from service.settings import Settings
from service.wiring import make_ledger
from tests.benchmarks.commands import run
from tests.benchmarks.figures import Figure, Goal
from tests.benchmarks.load import TOKEN
from tests.benchmarks.memory import MB
from tests.databases import Databases, environment_of
from tests.generated import Clock, Company, fill

TOGETHER = 20_000
"""Events by one company; then another begins, so that the log can be as long as one likes."""

COMMANDS = 100
"""Commands whose seals are waited for."""

PACE, IN_BULK = Goal(100_000, 100_000, is_least=True), Goal(150, 150)


def measure(databases: Databases, events: int) -> Iterator[Figure]:
    """What evidence costs in a log of about that many events; ratios are to reading the log once."""
    with databases.fresh() as url, tempfile.TemporaryDirectory() as folder:
        settings = Settings(url, TOKEN, signing_key=Path(folder, "signing-key"))
        prepare(settings, wall_clock)
        with closing(Database(url)) as database:
            end = filled(make_ledger(database, Clock(), settings), events)
        yield from pace(settings)
        with closing(Database(url)) as database:
            ledger, of = make_ledger(database, Clock(), settings), f"{end:,} events"
            yield from _heads(ledger, of)
            yield from _delays(ledger, of)
            spent = _timed(partial(rebuild, ledger, lambda _: None))
            yield _rate(f"replay into all read models, {of}", end / spent, _read_again(database, end))


def pace(settings: Settings) -> Iterator[Figure]:
    """How fast a log of which nothing is sealed is sealed, exported and verified; and the memory of an export."""
    with tempfile.TemporaryDirectory() as folder, closing(Database(settings.database_url)) as database:
        ledger = make_ledger(database, wall_clock, settings)
        end = ledger.event_log.max_notification_id() or 0
        reading = _read_again(database, end)
        spent = _timed(partial(seal, database))
        yield _rate(f"sealing, {end:,} events", end / spent, reading, PACE)
        spent = _timed(ledger.notary.checkpoint)
        yield _rate(f"signing the first checkpoint over {end:,} events", end / spent, reading)
        yield from _export(settings, Path(folder), end, reading)
        for name, source in (("a bundle", str(Path(folder, "bundle"))), ("the database", settings.database_url)):
            spent = _timed(partial(_verified, source, Path(folder)))
            yield _rate(f"verifying {name}, {end:,} events", end / spent, reading, PACE)


def filled(ledger: Ledger, events: int, made: type[Company] | None = None) -> int:
    """Let companies work until the log holds about so many events; answers the last position."""
    end = 0
    with tqdm(total=events, desc=f"filling {events:,}", unit=" events", leave=False) as bar:
        for seed in range(events):
            before, end = end, fill(ledger, min(TOGETHER, events - end), seed, made)
            bar.update(end - before)
            if end >= events:
                return end
    return end


def _delays(ledger: Ledger, of: str) -> Iterator[Figure]:
    """How long it takes until a command is sealed by what goes on in the background."""
    seal_in_background(ledger)
    delays = sorted(_seal_delay(ledger, seed) for seed in range(COMMANDS))
    told = f"p50 {statistics.median(delays):.2f} s, p99 {delays[-2]:.2f} s"
    yield Figure(f"from a command to its seal, {of}", told)


def _heads(ledger: Ledger, of: str) -> Iterator[Figure]:
    """What the tree over the heads of streams costs; ``of`` says in which log."""
    ledger.notary.checkpoint()
    for events in (1, 100, 3000):
        fill(ledger, events, 10**7 + events)
        seal(ledger.database)
        spent = _timed(ledger.notary.checkpoint)
        yield Figure(f"a checkpoint of some {events:,} events more, {of}", f"{1000 * spent:,.0f} ms")
    with ledger.database.reading() as connection:
        size = StoredTree(connection).size
        spent = _timed(partial(made_anew, connection, size))
        streams = connection.execute(select(func.count(EVENTS.c.stream_id.distinct()))).scalar_one()
    yield Figure(f"the tree over the heads of {streams:,} streams anew, {of}", f"{spent:,.1f} s")
    spent = _timed(partial(moment_proof, ledger.database, ledger.notary, "deal", 1, size, None))
    yield Figure(f"a proof of what a deal is, {of}", f"{1000 * spent:,.0f} ms")


def _seal_delay(ledger: Ledger, seed: int) -> float:
    position = fill(ledger, 1, 10**6 + seed)
    begun = time.monotonic()
    while True:
        with ledger.database.reading() as connection:
            if StoredTree(connection).size >= position:
                return time.monotonic() - begun
        time.sleep(0.005)


def _export(settings: Settings, folder: Path, end: int, reading: float) -> Iterator[Figure]:
    bundle = folder / "bundle"
    environment = environment_of(settings.database_url)
    if settings.signing_key is not None:
        environment["LEADLEDGER_SIGNING_KEY"] = str(settings.signing_key)
    taken = run(environment, "audit", "export", "--out", str(bundle))
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) / MB
    yield _rate(f"exporting, {end:,} events", end / taken.seconds, reading, PACE)
    yield Figure(f"memory, exporting {end:,} events", f"{taken.mb:.0f} MB, for {size:,.0f} MB", "", taken.mb, IN_BULK)


def _verified(source: str, folder: Path) -> None:
    key = (folder / "bundle" / "keys.txt").read_text().strip()
    with redirect_stdout(StringIO()) as said:
        assert verifier.main([source, "--key", key]) == verifier.SOUND, said.getvalue()


def _rate(name: str, per_second: float, reading: float, goal: Goal | None = None) -> Figure:
    beside = f"reading the log: {reading:,.0f} events/s"
    return Figure(name, f"{per_second:,.0f} events/s", beside, per_second if goal else per_second / reading, goal)


def _read_again(database: Database, end: int) -> float:
    """How many events a second are read, and nothing done with them."""

    def read() -> None:
        with database.reading() as connection:
            for start in range(0, end, 2000):
                between = EVENTS.c.position > start, EVENTS.c.position <= start + 2000
                connection.execute(select(EVENTS).where(*between).order_by(EVENTS.c.position)).all()

    return end / _timed(read)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
