"""The command "bridge": how a pipeline's sums went from one moment to another, and by which events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from projections.board_changes import lines
from projections.engine.reading import Reading
from service.cli.moments import MOMENT, moment_meant
from service.cli.opened import opened_ledger
from service.cli.walk import plain
from service.clock import Span
from service.http.errors import NotFound
from service.http.json import render
from service.http.ledger.bridge_pages import shown_lines, totals_of
from service.ledger.ledger import Ledger
from service.log.history import position_at

_AT_ONCE = 100
_ID = click.IntRange(1, 2**53 - 1)


@click.command
@click.argument("pipeline_id", metavar="PIPELINE", type=_ID)
@click.option("--from", "since", type=MOMENT, required=True, help="A position of the log, or a time.")
@click.option("--to", "until", type=MOMENT, help="As above; else now.")
@click.option("--json", "is_json", is_flag=True, help="Print what the HTTP interface answers, as one whole.")
def bridge(pipeline_id: int, since: int | Span, until: int | Span | None, is_json: bool) -> None:
    """Tell what a pipeline's stages added up to at two moments, and each change that explains the difference.

    PIPELINE is its id. Opening and changes make the closing, exactly, for each stage and currency; behind the sums
    stands each change: at which position, when, by whom, of which deal and why.
    """
    with opened_ledger(reads_events=True) as ledger, ledger.reading() as reading:
        first = moment_meant(ledger, since).position
        last = position_at(reading.connection) if until is None else moment_meant(ledger, until).position
        if first > last:
            raise click.UsageError("--to must not be before --from")
        try:
            totals = totals_of(reading, pipeline_id, first, last)
        except NotFound as error:
            raise click.ClickException(str(error)) from None
        found = _lines(ledger, reading, pipeline_id, first, last)
        for text in _as_json(totals, found) if is_json else _as_table(_read(totals), map(_read, found)):
            click.echo(text)


def _lines(ledger: Ledger, reading: Reading, pipeline_id: int, since: int, until: int) -> Iterator[dict[str, Any]]:
    """All changes in between, read some at a time."""
    some = lines(reading, pipeline_id, since, until, limit=_AT_ONCE)
    while some:
        yield from shown_lines(ledger, reading.at(until), some[:_AT_ONCE])
        behind = some[_AT_ONCE - 1].place if len(some) > _AT_ONCE else None
        some = [] if behind is None else lines(reading, pipeline_id, since, until, after=behind, limit=_AT_ONCE)


def _as_json(totals: dict[str, Any], found: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield f'{render(totals).decode().removesuffix("}")},"items":['
    comma = ""
    for line in found:
        yield f"{comma}{render(line).decode()}"
        comma = ","
    yield "]}"


def _read(shown: Any) -> Any:
    """What the HTTP interface shows, with its amounts as they are written there."""
    return json.loads(render(shown), parse_float=str)


def _as_table(totals: Any, found: Iterator[Any]) -> Iterator[str]:
    stages = {stage["id"]: plain(stage["name"]) for stage in totals["stages"]}
    yield f"{plain(totals['name'])} (pipeline {totals['id']}) from position {totals['from']} to {totals['to']}"
    for stage in totals["stages"]:
        for total in stage["totals"]:
            yield f"\n{stages[stage['id']]}, {total['currency'] or 'no value'}"
            yield _row("opening", total["opening"])
            yield from (_row(each["change"], each, "+") for each in total["changes"])
            yield _row("closing", total["closing"])
    yield "\nWhat happened"
    for line in found:
        yield from _told(line, stages[line["stage_id"]])


def _row(name: str, total: Any, sign: str = "") -> str:
    return f"  {name.replace('_', ' '):<14}{_signed(total['count'], sign):>8}{_signed(total['sum'], sign):>22}".rstrip()


def _signed(number: int | str | None, sign: str = "+") -> str:
    return "" if number is None else str(number) if str(number).startswith("-") else f"{sign}{number}"


def _told(line: Any, stage: str) -> Iterator[str]:
    who = "The system" if line["who"] is None else plain(line["who"]["name"] or f"user {line['who']['id']}")
    what = f"{line['change'].replace('_', ' ')}, {stage}: {_signed(line['count'])}"
    money = "" if line["sum"] is None else f", {_signed(line['sum'])} {line['currency']}"
    deal = f"deal {line['deal']['id']} “{plain(line['deal']['title'])}”"
    yield f"{line['position']}  {line['when']}  {who}  {what}{money}  {deal}"
    for field in line["fields"]:
        if field["field"] == "value":
            yield f"  value: {_worth(field['before'])} → {_worth(field['after'])}"
    if line["reason"] is not None:
        yield f"  reason: {plain(line['reason'])}"


def _worth(value: Any) -> str:
    return "nothing" if value is None else f"{value['amount']} {value['currency']}"
