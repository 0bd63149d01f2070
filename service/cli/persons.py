"""The commands "person …": hand over what is held about a person, place or release a legal hold, erase."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import click

from service.cli.opened import opened_ledger, operator, output_file, progress_bar
from service.cli.texts import LINE, REASON
from service.privacy import erasure, holding
from service.privacy.disclosure import held_about
from service.privacy.subjects import Subject

_REASON = click.option(
    "--reason", type=REASON, required=True, help="Why, in words that tell nothing of the person: they stay."
)


@click.group
def person() -> None:
    """Hand over, keep or erase what is held about a person."""


@person.command
@click.argument("person_id", type=click.IntRange(min=1))
@click.option("--out", type=click.Path(path_type=Path), default="-", help="The file to write.")
def data(person_id: int, out: Path) -> None:
    """Write all that is held about the person PERSON_ID as one JSON file, to answer the person's own request."""
    with opened_ledger(reads_events=True) as ledger, output_file(ledger, out) as file:
        json.dump(held_about(ledger, Subject("person", person_id)), file, ensure_ascii=False, indent=1)
        file.write("\n")


@person.command
@click.argument("person_id", type=click.IntRange(min=1))
@_REASON
def hold(person_id: int, reason: str) -> None:
    """Put the person PERSON_ID on legal hold, which refuses to erase anything."""
    _hold(person_id, reason, is_on_hold=True)
    click.echo(f"Person {person_id} is on legal hold.")


@person.command
@click.argument("person_id", type=click.IntRange(min=1))
@_REASON
def release(person_id: int, reason: str) -> None:
    """Release the person PERSON_ID from legal hold."""
    _hold(person_id, reason, is_on_hold=False)
    click.echo(f"Person {person_id} is not on legal hold any more.")


@person.command
@click.argument("person_id", type=click.IntRange(min=1))
@_REASON
@click.option("--legal-basis", type=LINE, required=True, help="By which right or duty, such as 'GDPR Art. 17(1)(b)'.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(person_id: int, reason: str, legal_basis: str, yes: bool) -> None:
    """Erase the person PERSON_ID for good, with all texts about whatever the person was linked to.

    The events stay what they are, and so does all evidence; what they told of the person cannot be read any more.
    """
    if not yes:
        click.confirm(f"Nobody can ever undo this. Erase person {person_id}?", abort=True)
    with opened_ledger() as ledger, progress_bar(ledger, "Looking") as progress:
        found = erasure.erase(ledger, operator(reason), Subject("person", person_id), legal_basis, progress).found
    assert found is not None
    click.echo(f"Person {person_id} is erased: {found.keys} keys are destroyed, so {found.events} events tell nothing")
    click.echo(f"of the person any more; {found.rows} rows of read models were overwritten.")
    if found.mentions:
        click.echo("A name, an address or a number of the person's stands elsewhere, too; look whether it is his:")
        for mention in found.mentions:
            click.echo(f"  {mention}")
        if (more := found.mentioned - len(found.mentions)) > 0:
            click.echo(f"  and in {more} fields more")
        sys.exit(1)


def _hold(person_id: int, reason: str, *, is_on_hold: bool) -> None:
    with opened_ledger() as ledger:
        ledger.execute(
            operator(reason), partial(holding.hold, subject=Subject("person", person_id), is_on_hold=is_on_hold)
        )
