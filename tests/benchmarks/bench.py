"""Measures every figure beside its baseline: what answers cost, how fast commands commit, and replay."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import click
from tqdm import tqdm

from service.clock import wall_clock
from service.maintenance.startup import prepare
from service.settings import Settings
from tests.benchmarks import company, evidence, past, plain
from tests.benchmarks.bare import commits_per_second
from tests.benchmarks.load import TOKEN, Cost, connected, measure, request_bytes
from tests.benchmarks.servers import served
from tests.databases import Databases, SqliteDatabases, postgres_server
from tests.served import Served

ROUNDS = 5
REQUESTS = 400
CLIENTS = 8
BATCH = 1000
TRIES = 20
INBOX = "/api/ledger/v1/inbox?limit=50"
LEAD = {"title": "Rør og mer", "person_id": 1, "value": {"amount": 12500.5, "currency": "NOK"}}

PARTS = ("service", "evidence", "past")
"""What can be measured by itself: services and commands, evidence, and all lists as of the past."""

_AGENDA = (
    *("next_activity_id", "last_activity_id", "activities_count", "done_activities_count"),
    *("undone_activities_count", "notes_count", "files_count", "followers_count", "email_messages_count"),
)
_COUNTED = tuple(f"{of}{status}_deals_count" for of in ("", "related_") for status in ("open", "closed", "won", "lost"))
NUMBERS = {
    "deals": ",".join((*_AGENDA, "products_count", "participants_count", "first_won_time")),
    "persons": ",".join((*_AGENDA, *_COUNTED)),
    "organizations": ",".join((*_AGENDA, *_COUNTED, "people_count")),
    "activities": "attendees",
}
"""What version 1 always shows, and version 2 only where it is asked for."""

Row = tuple[str, str, str, str]


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Leads in the inbox, and deals on the board.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One store instead of both.")
@click.option("--events", default=100_000, show_default=True, help="Events in the log of evidence and past.")
@click.option("--part", type=click.Choice(PARTS), help="One part instead of all.")
def main(rows: int, only: str | None, events: int, part: str | None) -> None:
    """Measure the service on this machine and print a table; every ratio is taken within the same minute."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    print(f"{datetime.date.today()}, {rows:,} leads and as many deals; {CLIENTS} clients; median of {ROUNDS} rounds")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_durable_folder())))
        stores: list[Databases] = []
        if only != "postgresql":
            stores.append(SqliteDatabases(folder))
        if only != "sqlite":
            stores.append(stack.enter_context(postgres_server(durable_in=folder)))
        for databases in stores:
            if part in (None, "service"):
                _print_table(databases.kind, _measure(databases, rows))
            if part in (None, "evidence"):
                _print_table(f"{databases.kind}: evidence", evidence.measure(databases, events))
            if part in (None, "past"):
                _print_table(f"{databases.kind}: lists as of the past", past.measure_lists(databases, events))


def _measure(databases: Databases, rows: int) -> Iterator[Row]:
    with databases.fresh() as bare, databases.fresh() as small, databases.fresh() as large:
        for url, size in ((small, 1000), (large, rows)):
            prepare(Settings(url, TOKEN), wall_clock)
            company.fill(
                url, size, tqdm(total=2 * size, desc=f"filling {size:,} + {size:,}", unit=" rows", leave=False)
            )
        plain.prepare(small)
        commits = commits_per_second(bare)
        yield "bare commit of one row, one writer", f"{commits:,.0f}/s", "", ""
        yield from _pages(small, "1,000 rows")
        yield from _pages(large, f"{rows:,} rows")
        yield from _older_pages(small, "1,000 rows")
        yield from _commands(small, commits)
        leads, seconds = company.judge_again(large)
        judged = leads / seconds
        yield f"judging {leads:,} leads again", f"{judged:,.0f} leads/s", "bare commit", f"{judged / commits:.1f}"
        events, seconds = company.rebuild(large)
        replayed = events / seconds
        yield "replay into all read models", f"{replayed:,.0f} events/s", "bare commit", f"{replayed / commits:.1f}"


def _pages(url: str, size: str) -> Iterator[Row]:
    pages = {
        "inbox page of 50": INBOX,
        "board, 50 deals": "/api/ledger/v1/pipelines/1/board?limit=10",
        "pipeline page of 50": "/api/v2/deals?pipeline_id=1&limit=50",
    }
    with served("static", url) as static, served("leadledger", url) as ours:
        for name, path in pages.items():
            ratio, cost = _paired(partial(_ask, static, "/static"), partial(_ask, ours, path))
            yield f"{name}, {size}", f"{cost.cpu_ms:.2f} ms CPU", "static answer", f"{ratio:.2f}"
        ratio, cost = _paired(partial(_ask, ours, INBOX), partial(_ask, ours, f"{INBOX}&sort=-readiness"))
        yield f"inbox page by readiness, {size}", f"{cost.cpu_ms:.2f} ms CPU", "inbox page", f"{ratio:.2f}"
        readiness = f"/api/ledger/v1/leads/{_any_lead(ours)}/readiness"
        ratio, cost = _paired(partial(_ask, static, "/static"), partial(_ask, ours, readiness))
        yield f"readiness of one lead, {size}", f"{cost.cpu_ms:.2f} ms CPU", "static answer", f"{ratio:.2f}"


def _older_pages(url: str, size: str) -> Iterator[Row]:
    """Version 1's pages beside version 2's: as these are, and with all the numbers that version 1 always shows."""
    with served("leadledger", url) as ours:
        for kind, numbers in NUMBERS.items():
            sister, older = f"/api/v2/{kind}?limit=50", f"/v1/{kind}?limit=50"
            for page, beside in ((sister, "its page"), (f"{sister}&include_fields={numbers}", "its numbers")):
                ratio, cost = _paired(partial(_ask, ours, page), partial(_ask, ours, older))
                yield f"{kind}, version 1, {size}", f"{cost.cpu_ms:.2f} ms CPU", f"version 2, {beside}", f"{ratio:.2f}"


def _any_lead(server: Served) -> str:
    with connected(server.address) as client:
        lead_id: str = json.loads(client.ask(request_bytes("GET", INBOX))[1])["items"][0]["id"]
    return lead_id


def _ask(server: Served, path: str) -> Cost:
    return measure(server, itertools.repeat(request_bytes("GET", path)), count=REQUESTS, clients=CLIENTS, expected=200)


def _commands(url: str, bare: float) -> Iterator[Row]:
    with served("plain", url) as theirs, served("leadledger", url) as ours:
        for name, command in (("create a lead", _create), ("convert a lead", _convert)):
            ratio, cost = _paired(partial(command, theirs), partial(command, ours), by_rate=True)
            yield f"{name} over HTTP", f"{cost.per_second:,.0f}/s", "plain service", f"{ratio:.2f}"
            yield f"{name} over HTTP", f"{cost.cpu_ms:.2f} ms CPU", "bare commit", f"{cost.per_second / bare:.2f}"
        ratio, cost = _paired(partial(_singly, ours), partial(_in_batch, ours), by_rate=True)
        yield f"{BATCH:,} leads in a batch", f"{cost.per_second:,.0f}/s", f"{BATCH:,} requests", f"{ratio:.2f}"
        yield f"{BATCH:,} leads in a batch", f"{cost.cpu_ms:.2f} ms CPU each", "", ""


def _create(server: Served) -> Cost:
    new = itertools.repeat(request_bytes("POST", "/v1/leads", LEAD))
    return measure(server, new, count=REQUESTS, clients=CLIENTS, expected=201)


def _singly(server: Served) -> Cost:
    """As many leads as a batch has, by one client, one after the other."""
    new = itertools.repeat(request_bytes("POST", "/v1/leads", LEAD))
    return measure(server, new, count=BATCH, clients=1, expected=201)


def _in_batch(server: Served) -> Cost:
    """A batch of leads; the cost is that of one of them. Where a busy machine makes it too long, it is given again."""
    commands = [{"method": "POST", "path": "/v1/leads", "body": LEAD}] * BATCH
    batch = request_bytes("POST", "/api/ledger/v1/batch", {"mode": "all_or_nothing", "commands": commands})
    for _ in range(TRIES):
        with suppress(RuntimeError):
            cost = measure(server, iter([batch]), count=1, clients=1, expected=200)
            return Cost(cost.per_second * BATCH, cost.cpu_ms / BATCH, cost.median_ms)
    raise RuntimeError(f"a batch of {BATCH} was refused {TRIES} times: this machine is too busy to be measured")


def _convert(server: Served) -> Cost:
    new = request_bytes("POST", "/v1/leads", LEAD)
    with connected(server.address) as client:
        ids = [json.loads(client.ask(new)[1])["data"]["id"] for _ in range(REQUESTS)]
    converting = (request_bytes("POST", f"/api/v2/leads/{lead_id}/convert/deal", {}) for lead_id in ids)
    return measure(server, converting, count=REQUESTS, clients=CLIENTS, expected=200)


def _paired(baseline: Callable[[], Cost], ours: Callable[[], Cost], *, by_rate: bool = False) -> tuple[float, Cost]:
    """The median ratio of ours to the baseline over rounds that take turns, and our median round."""
    baseline(), ours()
    rounds = [(baseline(), ours()) for _ in range(ROUNDS)]
    ratios = [b.per_second / a.per_second if by_rate else b.cpu_ms / a.cpu_ms for a, b in rounds]
    middle = sorted((b for _, b in rounds), key=lambda cost: cost.per_second)[ROUNDS // 2]
    return statistics.median(ratios), middle


def _print_table(store: str, rows: Iterator[Row]) -> None:
    print(f"\n| {store} | figure | beside | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def _durable_folder() -> Path:
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
