"""The command "serve": checks settings and database, and serves the HTTP API."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from socket import SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket

import click

from service.app import Shared
from service.cli.opened import opened_ledger
from service.clock import timestamp, wall_clock
from service.database.database import Database
from service.http.issuer_keys import IssuerKeys
from service.ledger.ledger import Ledger
from service.log.copies import moment_of
from service.log.schema import check_current
from service.log.token_digests import holder
from service.maintenance.preflight import check_named_keys, preflight
from service.maintenance.seeding import seed
from service.maintenance.startup import prepare
from service.server.json_logs import ServerLogger, log_as_json
from service.server.preloading import preload
from service.server.server import READERS, WRITERS, Server
from service.server.serving import begin
from service.settings import Settings
from service.tokens import check_strength, digest_of, new_token

_log = logging.getLogger("leadledger")
_THREADS = click.IntRange(1, 64)


@click.command
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes that answer.")
@click.option("--readers", type=_THREADS, default=READERS, show_default=True, help="Threads of each that read.")
@click.option("--writers", type=_THREADS, default=WRITERS, show_default=True, help="Threads of each that command.")
@click.option("--read-only", "is_read_only", is_flag=True, help="Change nothing: serve a copy, or a replica.")
@click.option("--strict", "is_strict", is_flag=True, help="Refuse a PostgreSQL that a power cut may damage.")
@click.option("--show-token", is_flag=True, help="Show the token of LEADLEDGER_API_TOKEN among the first words.")
def serve(
    host: str,
    port: int,
    workers: int,
    readers: int,
    writers: int,
    is_read_only: bool,
    is_strict: bool,
    show_token: bool,
) -> None:
    """Serve the HTTP API.

    A SQLite database is brought up to date first. A PostgreSQL database that is behind is refused with exit code
    3: "leadledger migrate" brings it up to date.

    With --read-only nothing is written at all, and LEADLEDGER_API_TOKEN, or a token that is made up and shown, lets in
    whoever has it to read everything. The clock of a copy stands at the moment that the copy is of.
    """
    _check_free(host, port)
    settings = replace(Settings.from_environment(), is_read_only=is_read_only)
    check_named_keys(settings)
    if settings.issuer is not None:
        IssuerKeys(settings.issuer).check()
    open_up = _to_be_read if is_read_only else _to_be_written
    settings, token, explained = open_up(settings, show_token)
    has_json_logs = settings.operation.has_json_logs
    if has_json_logs:
        log_as_json()
    for warning in [*preflight(settings, is_strict=is_strict), *_about_logs(settings)]:
        if has_json_logs:
            _log.warning("%s", warning)
        else:
            click.echo(f"Warning: {warning}.", err=True)
    bind = f"{f'[{host}]' if ':' in host else host}:{port}"
    address = f"http://{bind}"
    click.echo(f"Leadledger answers on {address}")
    click.echo(f"  pages for people:    {address}/ (sign in with the token)")
    click.echo(f"  what can be asked:   {address}/api/ledger/v1/docs")
    click.echo(f"  database:            {Database(settings.database_url).place}")
    for line in _about_copy(settings):
        click.echo(line)
    click.echo(f"  token:               {explained}")
    click.echo(f'  worth trying:        curl -H "x-api-token: {token}" "{address}/v1/leads?limit=3"')
    options = {"logger_class": ServerLogger} if has_json_logs else {}
    preload(settings)
    shared = Shared.among(workers)
    Server(partial(begin, settings, shared, readers, writers), bind=bind, workers=workers, **options).run()


def _about_copy(settings: Settings) -> Iterator[str]:
    """What there is to say of a database that is only read: where the clock of a copy stands."""
    if settings.is_read_only:
        database = Database(settings.database_url, is_read_only=True)
        then = moment_of(database)
        database.close()
        if then is not None:
            yield f"  copy of:             position {then.position}; its clock stands at {timestamp(then.now)}"


def _about_logs(settings: Settings) -> Iterator[str]:
    if settings.operation.has_json_logs and settings.security_log is None:
        yield (
            "LEADLEDGER_LOG_FORMAT=json says nothing of people, and so not whose logins fail: name a file with "
            "LEADLEDGER_SECURITY_LOG to keep that"
        )


def _check_free(host: str, port: int) -> None:
    """Say so at once where nobody can listen: before an address is promised, and a token shown, for nothing."""
    try:
        family, kind, protocol, _, address = getaddrinfo(host, port, type=SOCK_STREAM)[0]
        with socket(family, kind, protocol) as probe:
            probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror}") from None


def _to_be_written(settings: Settings, is_shown: bool) -> tuple[Settings, str, str]:
    """The settings of a service that does everything, and its token as `_token` tells it; its database is ready."""
    made_up = _ready(settings)
    with opened_ledger() as ledger:
        return settings, *_token(ledger, settings.api_token, made_up, is_shown)


def _to_be_read(settings: Settings, is_shown: bool) -> tuple[Settings, str, str]:
    """As `_to_be_written`, of a service that only reads. Raises `NotCurrent` where this version cannot read it."""
    made_up = None if settings.api_token else new_token()
    check_strength(settings.api_token or made_up or "")
    settings = replace(settings, api_token=settings.api_token or made_up)
    database = Database(settings.database_url, is_read_only=True)
    try:
        check_current(database)
    finally:
        database.close()
    return settings, *_shown(settings.api_token or "", made_up, is_shown)


def _ready(settings: Settings) -> str | None:
    with opened_ledger(is_checked=False) as ledger:
        if ledger.database.is_sqlite:
            return prepare(settings, wall_clock)
        check_current(ledger.database)
        return seed(ledger, settings.api_token)


def _token(ledger: Ledger, given: str | None, made_up: str | None, is_shown: bool) -> tuple[str, str]:
    """The token as the line worth trying names it, and what there is to say about it."""
    if made_up is not None:
        return _shown("", made_up, is_shown)
    if given is None:
        return "YOUR-TOKEN", 'the database has its users already; "leadledger token issue 1" makes another token'
    with ledger.reading() as reading:
        if holder(reading, digest_of(given)) is None:
            return "YOUR-TOKEN", (
                "LEADLEDGER_API_TOKEN lets nobody in, since it counts on an empty database only; "
                '"leadledger token issue 1" makes another token'
            )
    return _shown(given, None, is_shown)


def _shown(given: str, made_up: str | None, is_shown: bool) -> tuple[str, str]:
    if made_up is not None:
        return made_up, f"{made_up} (made up, and shown only now)"
    return (given, given) if is_shown else ("$LEADLEDGER_API_TOKEN", "as LEADLEDGER_API_TOKEN says")
