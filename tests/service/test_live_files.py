"""No route and no command drops SQLite's locks: who dropped them would let others remove what was just acknowledged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from projections.kinds import KINDS
from service.cli import main
from service.privacy.subjects import ERASABLE
from tests.databases import SqliteDatabases
from tests.live_files import DESCRIPTORS, OpenedBesideSqlite, locked_by_us
from tests.service.http.attacks import address, good_body, good_query, routes
from tests.service.http.refusals import company, send
from tests.service.http.wrong import body_of
from tests.service.serving import client_of, founded, serving

pytestmark = pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="only Linux tells which locks a process holds")

GROUNDS = ("--reason", "Asked for it by letter", "--legal-basis", "GDPR Art. 17(1)(b)", "--yes")

COMMANDS: dict[str, tuple[str, ...]] = {
    "audit checkpoint": (),
    "audit export": ("--out", "OUT/bundle"),
    "audit incarnation": (),
    "audit proof": ("1", "--out", "OUT/proof"),
    "audit prove": ("1",),
    "audit reseal": (),
    "audit rotate": (),
    "audit seal": (),
    "audit verifier": ("--out", "OUT/verifier.py"),
    "audit verify": ("URL", "--key", "OUT/key"),
    "backup": ("OUT/backup",),
    "bridge": ("1", "--from", "2026-01-01", "--to", "2026-02-01"),
    "judge": (),
    "keys merge": ("OUT/keys",),
    "keys renew": (),
    "migrate": (),
    **{
        f"{name} {act}": ("1" if KINDS[name].key.type.python_type is int else str(UUID(int=1)), *words)
        for name in ERASABLE
        for act, words in {
            "data": ("--out", "OUT/data"),
            "erase": GROUNDS,
            "hold": ("--reason", "A lawsuit"),
            "release": ("--reason", "It is over"),
        }.items()
    },
    "rebuild": (),
    "redact": ("1", *GROUNDS),
    "replay": ("--to", "3", "--into", "OUT/copy.db", "--dump", "OUT/dump"),
    "restore": ("OUT/backup",),
    "sample": ("--if-empty",),
    "token issue": ("1",),
    "token list": (),
    "token revoke": ("nothing",),
    "token rotate": ("nothing",),
    "user add": ("--name", "Ola", "--email", "ola@example.no"),
    "user deactivate": ("1",),
    "user password": ("1", "--password", "correct horse battery staple"),
    "user list": (),
    "verify": (),
}
"""What an operator may type beside a service that runs; `serve` is such a service."""


@pytest.fixture
def url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    with sqlite_databases.fresh(founded) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[FlaskClient]:
    """The administrator of a service that has its database open all the time."""
    with serving(url) as app:
        client = client_of(app)
        for name in ("Kari", "Ola"):
            assert client.post("/api/v2/persons", json={"name": name}).status_code == 200
        yield client


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def is_held(url: str) -> bool:
    """Whether this process holds SQLite's locks on database and shared memory, which keep others from removing it."""
    return locked_by_us(path_of(url)) and locked_by_us(f"{path_of(url)}-shm")


def operate(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, words, env={"LEADLEDGER_DATABASE_URL": url})


def names_of(group: click.Group, *before: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from names_of(command, *before, name)
        else:
            yield " ".join((*before, name))


def test_opening_and_closing_a_live_file_drops_the_locks_and_is_refused_in_every_test(
    url: str, client: FlaskClient
) -> None:
    assert is_held(url)
    with pytest.raises(OpenedBesideSqlite):
        path_of(url).read_bytes()
    descriptor = os.open(f"/proc/self/fd/{descriptor_of(path_of(url))}", os.O_RDONLY)
    os.close(descriptor)
    assert not locked_by_us(path_of(url)), "or else this test would see nothing"


def descriptor_of(path: Path) -> int:
    """The descriptor under which a file is open in this process."""
    return next(
        int(link.name) for link in Path("/proc/self/fd").iterdir() if link.exists() and link.resolve() == path.resolve()
    )


@pytest.mark.slow
def test_no_route_drops_the_locks(url: str, client: FlaskClient) -> None:
    ids = company(client)
    for family, route in routes():
        body = None if route.body is None else body_of(good_body(route.body))
        for _ in range(2):
            answer = send(client, route, address(family, route, ids), good_query(route.query, ids), data=body)
            assert is_held(url), f"{route.method} {route.path}"
            if answer.status_code < 400:
                break
            ids = company(client)  # what there was may have been deleted, or have its other form


def test_every_command_is_tried() -> None:
    assert set(names_of(main)) == {*COMMANDS, "serve"}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_drops_the_locks(url: str, client: FlaskClient, tmp_path: Path, command: str) -> None:
    words = [word.replace("OUT", str(tmp_path)).replace("URL", url) for word in COMMANDS[command]]
    done = operate(url, *command.split(), *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert is_held(url)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
@pytest.mark.parametrize(
    "option", [("person", "data", "1", "--out"), ("replay", "--to", "3", "--dump"), ("keys", "merge")]
)
def test_the_database_itself_is_never_written_over(
    url: str, client: FlaskClient, tmp_path: Path, option: tuple[str, ...], suffix: str
) -> None:
    other_name = tmp_path / "link"
    os.link(f"{path_of(url)}{suffix}", other_name)
    for name in (f"{path_of(url)}{suffix}", str(other_name)):
        refused = operate(url, *option, name)
        assert (refused.exit_code, "belongs to the database itself" in refused.output) == (1, True)
    assert is_held(url)
    assert client.get("/api/v2/persons").status_code == 200


@pytest.mark.parametrize("name", ["SIGNING_KEY", "DATA_KEYS", "CHECKPOINT_FILE", "SECURITY_LOG"])
def test_the_database_itself_is_taken_for_nothing_else(url: str, client: FlaskClient, name: str) -> None:
    environment = {"LEADLEDGER_DATABASE_URL": url, f"LEADLEDGER_{name}": str(path_of(url))}
    refused = CliRunner().invoke(main, ["audit", "checkpoint"], env=environment)
    assert (refused.exit_code, "belongs to the database itself" in refused.output) == (1, True)
    assert is_held(url)
