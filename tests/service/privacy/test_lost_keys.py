"""Without the file of keys that fits nothing is written, nothing is made in its place, and nothing gets lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from service.clock import wall_clock
from service.log.epochs import Epochs
from service.log.stream_keys import epoch_of
from service.log.tables import STREAM_KEYS
from tests.databases import Databases, PostgresDatabases, environment_of
from tests.service.losing import OURS, add, beside, check_refused, check_writable, names, operate
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole

READING = ("/v1/leads", "/api/v2/persons", f"{OURS}/inbox", f"{OURS}/events", f"{OURS}/timeline?person_id=1")


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database that holds what is encrypted, and what it was served by is at its end."""
    with databases.fresh(founded) as url:
        with serving(url) as app:
            assert add(app, "Kari") == 200
        yield url


@pytest.fixture
def keys(url: str) -> Path:
    return beside(url, "data-keys")


def take_away(keys: Path) -> None:
    keys.unlink()


def exchange(keys: Path) -> None:
    keys.unlink(missing_ok=True)
    Epochs(keys, wall_clock).begin_first()


def spoil(keys: Path) -> None:
    keys.write_text("{}")


def alter(keys: Path) -> None:
    """The number is right, the key is another."""
    told = json.loads(keys.read_text())
    told["epochs"][0]["key"] = "A" * 43 + "="
    keys.write_text(json.dumps(told))


LOSSES = [(take_away, "is not there"), (exchange, "does not fit"), (spoil, "cannot be read"), (alter, "does not fit")]

lost = pytest.mark.parametrize(("lose", "why"), LOSSES)


@pytest.mark.slow
@lost
def test_nothing_is_written_until_the_right_file_is_back_and_then_all_is_there(
    url: str, keys: Path, tmp_path: Path, lose: Callable[[Path], None], why: str
) -> None:
    shutil.copyfile(keys, tmp_path / "kept")
    lose(keys)
    with serving(url) as app:
        for path in READING:
            answer = client_of(app).get(path)
            assert answer.status_code in (200, 503)
            assert "Retry-After" not in answer.headers
            assert str(keys.parent) not in answer.text
        check_refused(app, why)
        assert client_of(app).get(f"{OURS}/events").status_code == 503
        shutil.copyfile(tmp_path / "kept", keys)
        check_writable(app, "Ola")
        assert names(app) == ["Kari", "Ola"]
        check_whole(app)


def test_reading_never_makes_a_key(url: str, keys: Path) -> None:
    keys.unlink()
    with serving(url) as app:
        for path in READING:
            client_of(app).get(path)
    for words in (("user", "list"), ("token", "list"), ("verify",), ("audit", "checkpoint")):
        operate(url, *words)
    assert not keys.exists()


@lost
def test_a_file_that_gets_lost_while_the_service_runs_is_noticed(
    url: str, keys: Path, tmp_path: Path, lose: Callable[[Path], None], why: str
) -> None:
    with serving(url) as app:
        check_writable(app, "Ola")
        shutil.copyfile(keys, tmp_path / "kept")
        lose(keys)
        assert add(app, "Refused") == 503
        check_refused(app, why)
        shutil.copyfile(tmp_path / "kept", keys)
        check_writable(app, "Per")
        assert names(app) == ["Kari", "Ola", "Per"]


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "1"),
        ("serve", "--port", "1", "--read-only"),
        ("rebuild",),
        ("verify",),
        ("replay", "--to", "3", "--dump", "-"),
        ("person", "data", "1"),
        ("person", "erase", "1", "--reason", "r", "--legal-basis", "l", "--yes"),
        ("person", "hold", "1", "--reason", "r"),
        ("user", "add", "--name", "A", "--email", "a@example.no"),
        ("token", "issue", "1"),
        ("keys", "renew"),
    ],
)
def test_every_command_that_needs_the_keys_says_in_one_sentence_which_file_is_missing(
    url: str, keys: Path, words: tuple[str, ...]
) -> None:
    keys.unlink()
    refused = operate(url, *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: {keys} is not there")
    assert refused.stderr.count("\n") == 1
    assert not keys.exists()
    exchange(keys)
    refused = operate(url, *words)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert refused.stderr.startswith(f"Error: {keys} does not have all the keys")
    assert "leadledger keys merge" in refused.stderr


def written_under_two_files(url: str, keys: Path, other: Path) -> None:
    """Wrap one stream's key by another file's: as it was where a second file had taken the first one's place."""
    with serving(url) as app:
        add(app, "Ola")
        ledger = ledger_of(app)
        stream_keys = ledger.event_log.stream_keys
        others = Epochs(other, wall_clock)
        others.begin_first()
        with ledger.database.writing() as connection:
            stream_id, _, wrapped = connection.execute(select(STREAM_KEYS).limit(1)).one()
            again = stream_keys.rewrap(UUID(stream_id), bytes(wrapped), others.all()[-1])
            connection.execute(update(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == stream_id).values(wrapped=again))


def test_two_files_are_joined_where_some_was_written_under_the_one_and_some_under_the_other(
    url: str, keys: Path, tmp_path: Path
) -> None:
    other = tmp_path / "others"
    written_under_two_files(url, keys, other)
    with serving(url) as app:
        check_refused(app, "does not fit")
        merged = operate(url, "keys", "merge", str(other))
        assert merged.exit_code == 0, merged.output
        check_writable(app, "Per")
        assert names(app) == ["Kari", "Ola", "Per"]
        assert operate(url, "keys", "renew").exit_code == 0
        with ledger_of(app).database.reading() as connection:
            wrapped = connection.execute(select(STREAM_KEYS.c.wrapped)).scalars()
            assert len({epoch_of(bytes(each)) for each in wrapped}) == 1
        assert names(app) == ["Kari", "Ola", "Per"]


def test_a_file_that_is_missing_comes_back_by_merging_what_was_kept_of_it(url: str, keys: Path, tmp_path: Path) -> None:
    os.replace(keys, tmp_path / "kept")
    assert operate(url, "keys", "merge", str(tmp_path / "kept")).exit_code == 0
    assert keys.stat().st_mode & 0o777 == 0o600
    with serving(url) as app:
        check_writable(app, "Ola")


def test_what_cannot_be_joined_is_said(url: str, keys: Path, tmp_path: Path) -> None:
    shutil.copyfile(keys, tmp_path / "altered")
    alter(tmp_path / "altered")
    exchange(tmp_path / "strange")
    for name, why in (("altered", "one was altered"), ("none", "does not exist")):
        refused = operate(url, "keys", "merge", str(tmp_path / name))
        assert refused.exit_code != 0
        assert why in refused.output
    os.unlink(keys)
    refused = operate(url, "keys", "merge", str(tmp_path / "strange"))
    assert (refused.exit_code, "does not have all the keys" in refused.output) == (1, True)


def test_on_postgresql_nothing_starts_that_would_make_keys_in_whatever_folder_it_stands(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.fresh() as url:
        for missing in ("LEADLEDGER_DATA_KEYS", "LEADLEDGER_SIGNING_KEY"):
            environment = {name: value for name, value in environment_of(url).items() if name != missing}
            for words in (("serve", "--port", "1"), ("migrate",), ("sample",)):
                refused = operate(url, *words, environment=environment)
                assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
                assert missing in refused.stderr
        assert not beside(url, "data-keys").exists()


def test_a_database_without_any_personal_data_begins_with_keys_of_its_own(databases: Databases) -> None:
    with databases.fresh() as url:
        assert not beside(url, "data-keys").exists()
        founded(url)
        assert beside(url, "data-keys").exists()
