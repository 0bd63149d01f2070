"""Measures how fast the service is on this machine, each figure beside a baseline of the same run."""

from __future__ import annotations

import datetime
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from tests.benchmarks import details, evidence, goals, pages, past
from tests.benchmarks.figures import Figure, Scale, print_table
from tests.databases import Databases, SqliteDatabases, postgres_server

PARTS = ("goals", "pages", "details", "evidence", "past")
QUICK, QUICK_ROWS, QUICK_EVENTS = Scale(rounds=1, requests=16, clients=4, few_rows=60, few_events=200), 100, 1_000


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Leads in the inbox, and as many deals on the board.")
@click.option("--events", default=100_000, show_default=True, help="Events in the logs of evidence and past.")
@click.option("--longest", default=0, help="Events behind which a create is measured; else those of the rows.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One store instead of both.")
@click.option("--part", type=click.Choice(PARTS), multiple=True, default=["goals", "pages"], show_default=True)
@click.option(
    "--quick", is_flag=True, help="Few rows, few requests: shows that all is measured, and nothing of how fast."
)
def main(rows: int, events: int, longest: int, only: str | None, part: tuple[str, ...], quick: bool) -> None:
    """Measure the service on this machine and print tables; every ratio is taken of rounds that take turns.

    Part by part: the goals, pages for people, further figures of requests, evidence and backups, and all lists as of
    the past.
    """
    scale = QUICK if quick else Scale()
    rows, events = (QUICK_ROWS, QUICK_EVENTS) if quick else (rows, events)
    parts: dict[str, Callable[[Databases], Iterator[Figure]]] = {
        "goals": lambda databases: goals.measure(databases, scale, rows, longest),
        "pages": lambda databases: pages.measure(databases, scale, rows),
        "details": lambda databases: details.measure(databases, scale, rows),
        "evidence": lambda databases: evidence.measure(databases, events),
        "past": lambda databases: past.measure_lists(databases, events),
    }
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    print(f"{datetime.date.today()}, {rows:,} leads and as many deals; {scale.clients} clients, two processes, ")
    print(f"the median of {scale.rounds} rounds of {scale.requests:,} requests; CPU is that of the service's processes")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_durable_folder())))
        stores: list[Databases] = []
        if only != "postgresql":
            stores.append(SqliteDatabases(folder))
        if only != "sqlite":
            stores.append(stack.enter_context(postgres_server(durable_in=folder)))
        for databases in stores:
            for name in part:
                print_table(databases.kind, f"{databases.kind}: {name}", parts[name](databases))


def _durable_folder() -> Path:
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
