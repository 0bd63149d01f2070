"""Measures how fast the service is on this machine, each figure beside a baseline of the same run."""

from __future__ import annotations

import datetime
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import click

from tests.benchmarks import beside_plain, beside_static, bulk, details, evidence, growth, pages, past
from tests.benchmarks.figures import Figure, Scale, print_table
from tests.benchmarks.filled import Filled, filled
from tests.databases import Databases, SqliteDatabases, postgres_server

GOALS = ("plain", "static", "growth", "pages", "bulk")
PARTS = (*GOALS, "details", "evidence", "past")
QUICK = Scale(rounds=1, rounds_at_least=1, requests=16, clients=4, few_rows=60, few_events=200)
QUICK_ROWS, QUICK_EVENTS = 100, 1_000


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Leads in the inbox, and as many deals on the board.")
@click.option("--events", default=100_000, show_default=True, help="Events in the logs of evidence and past.")
@click.option("--longest", default=0, help="Events behind which a create is measured; else those of the rows.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One store instead of both.")
@click.option("--part", type=click.Choice(PARTS), multiple=True, default=GOALS, show_default=True)
@click.option(
    "--quick", is_flag=True, help="Few rows, few requests: shows that all is measured, and nothing of how fast."
)
def main(rows: int, events: int, longest: int, only: str | None, part: tuple[str, ...], quick: bool) -> None:
    """Measure the service on this machine and print tables; every ratio is taken of rounds that take turns.

    Part by part: requests beside a plain service; beside static answers, and pages of the past; a large database
    beside a small one; pages for people; replay, evidence and memory. These are what there are goals for, and share one
    large database. Further: figures of requests to be watched, evidence and backups, and all lists as of the past.
    """
    scale = QUICK if quick else Scale()
    rows, events = (QUICK_ROWS, QUICK_EVENTS) if quick else (rows, events)
    parts: dict[str, Callable[[Filled], Iterator[Figure]]] = {
        "plain": lambda company: beside_plain.measure(scale, company),
        "static": lambda company: beside_static.measure(scale, company),
        "growth": lambda company: growth.measure(scale, company, longest),
        "pages": lambda company: pages.measure(scale, company),
        "bulk": lambda company: bulk.measure(scale, company),
        "details": lambda company: details.measure(scale, company),
        "evidence": lambda company: evidence.measure(company.databases, events),
        "past": lambda company: chain(
            past.measure_steps(company.databases, events), past.measure_lists(company.databases, events)
        ),
    }
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    print(f"{datetime.date.today()}, {rows:,} leads and as many deals; {scale.clients} clients, two processes, ")
    print(f"the median of {scale.rounds_at_least} to {scale.rounds} rounds of {scale.requests:,} requests; ")
    print("CPU is that of the service's processes", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_durable_folder())))
        stores, unmeasured = list[Databases](), list[str]()
        if only != "postgresql":
            stores.append(SqliteDatabases(folder))
        if only != "sqlite":
            stores.append(stack.enter_context(postgres_server(durable_in=folder)))
        for databases in stores:
            with filled(databases, folder, rows, scale.few_rows) as company:
                for name in part:
                    title = f"{databases.kind}: {name}"
                    try:
                        print_table(databases.kind, title, parts[name](company))
                    except RuntimeError as error:
                        unmeasured.append(title)
                        click.echo(f"{title} was not measured to its end: {error}", err=True)
    if unmeasured:
        raise click.ClickException(f"not measured to the end: {', '.join(unmeasured)}")


def _durable_folder() -> Path:
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
