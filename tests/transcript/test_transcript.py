"""What the service answers stays what it is, byte for byte, on both databases, unless a change means to say otherwise.

``python -m tests.transcript.test_transcript`` writes the files anew; what differs in them then is what a change says
to clients, and its commit says why.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from flask import Flask
from sqlalchemy import Connection

from projections.engine.tables import read_models
from service.app import create_app
from service.maintenance.dump import dump
from service.maintenance.startup import prepare
from service.operating import Operation
from service.sample.story import tell
from service.sample.workdays import Workdays
from service.settings import Settings
from tests.databases import Databases, SqliteDatabases
from tests.service.http.attacks import routes
from tests.service.serving import TOKEN, client_of, ledger_of, user_who_left
from tests.transcript.exchange import BETWEEN, Recorder
from tests.transcript.forms import FormStory
from tests.transcript.reads import LIVE, ask_all, known_ids
from tests.transcript.seeded import SteppedClock, seeded_randomness, write_signing_key
from tests.transcript.writes import Story

FOLDER = Path(__file__).parent / "expected"
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
POSITIONS = (40, 200, 420)
"""Moments in the sample company's past: when it began, in the middle, and not long ago."""

pytestmark = pytest.mark.slow


@contextmanager
def seeded_company(databases: Databases, clock: SteppedClock) -> Iterator[Flask]:
    """The service with the sample company in it, the same one each time."""
    with TemporaryDirectory() as folder, seeded_randomness(), databases.fresh() as url:
        signing_key = Path(folder, "signing-key")
        write_signing_key(signing_key)
        settings = Settings(
            url,
            api_token=TOKEN,
            signing_key=signing_key,
            data_keys=Path(folder, "data-keys"),
            operation=Operation(failed_logins=None),  # a stranger asks more than ten times
        )
        prepare(settings, lambda: Workdays(NOW).beginning)
        app = create_app(settings, clock)
        try:
            tell(ledger_of(app), NOW, lambda _: None)
            yield app
        finally:
            ledger_of(app).database.close()


def transcript(databases: Databases) -> dict[str, str]:
    """What the service answers, how it describes itself, and what the read models hold in the end: a text a file."""
    clock = SteppedClock(NOW)
    with seeded_company(databases, clock) as app:
        client = client_of(app)
        reads, writes, forms = Recorder(client, clock), Recorder(client, clock), Recorder(client, clock)
        ask_all(reads, known_ids(client), POSITIONS, second_forms=False)
        Story(writes).tell(user_who_left(ledger_of(app)))
        described = orjson.dumps(client.get("/api/ledger/v1/openapi.json").json, option=orjson.OPT_INDENT_2).decode()
        with ledger_of(app).database.reading() as connection:
            tables = "".join(_tables(connection, ledger_of(app).event_log.max_notification_id() or 0))
        ask_all(forms, known_ids(client), POSITIONS, second_forms=True)
        FormStory(forms).tell()
    exchanges = {"reads.txt": reads.exchanges, "writes.txt": writes.exchanges, "forms.txt": forms.exchanges}
    return {
        **{name: BETWEEN.join(each) for name, each in exchanges.items()},
        "openapi.json": described,
        "read_models.txt": tables,
    }


def _tables(connection: Connection, position: int) -> Iterator[str]:
    """Each read model's name, and the digest of all its rows."""
    for name, lines in groupby(dump(connection, read_models.tables, position), lambda line: orjson.loads(line)[0]):
        rows = list(lines)
        yield f"{name} {len(rows)} rows {hashlib.sha256(''.join(rows).encode()).hexdigest()}\n"


def test_every_answer_is_what_it_was(databases: Databases) -> None:
    for name, text in transcript(databases).items():
        for was, answered in zip_longest(_exchanges(name), text.split(BETWEEN)):
            assert answered == was, f"{name} differs; see this module's first lines"


def test_every_route_is_asked_and_answers() -> None:
    kept = [exchange for name in ("reads.txt", "writes.txt", "forms.txt") for exchange in _exchanges(name)]
    answered = "\n".join(exchange.partition("\n")[0] for exchange in kept if re.search(r"^[23]\d\d$", exchange, re.M))
    for family, route in routes():
        if route.path not in LIVE:
            path = re.sub(r"<[^>]+>", "[^/]+", family.prefixes[0] + route.path)
            assert re.search(rf"^{route.method} {path}(\?|$)", answered, re.M), f"{route.method} {route.path}"


def _exchanges(name: str) -> list[str]:
    return FOLDER.joinpath(name).read_bytes().decode().split(BETWEEN)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        for name, text in transcript(SqliteDatabases(Path(folder))).items():
            FOLDER.joinpath(name).write_bytes(text.encode())
