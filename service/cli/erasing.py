"""The commands that hand over, hold, release and erase what is held about somebody or something, and "redact"."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import click

from projections.kinds import KINDS
from service.cli.opened import opened_ledger, operator, output_file
from service.cli.progress import replay_bar
from service.cli.texts import LINE, REASON
from service.ledger.ledger import Ledger
from service.privacy import erasure, holding
from service.privacy.disclosure import held_about
from service.privacy.subjects import ERASABLE, Key, Subject

_REASON = click.option(
    "--reason", type=REASON, required=True, help="Why, in words that tell nothing of anybody: they stay."
)
_LEGAL_BASIS = click.option(
    "--legal-basis", type=LINE, required=True, help="By which right or duty, such as 'GDPR Art. 17(1)(b)'."
)
_YES = click.option("--yes", is_flag=True, help="Do not ask.")
_NUMBER = click.IntRange(min=1)
_EVIDENCE_STAYS = "The events stay what they are, and so does all evidence; what they told cannot be read any more."


def with_erasing(group: click.Group, name: str) -> click.Group:
    """Add to the commands about a kind of thing those by which one is handed over, held, released and erased."""
    is_numbered = KINDS[name].key.type.python_type is int
    key = click.argument("key", metavar=f"{name.upper()}_ID", type=_NUMBER if is_numbered else click.UUID)

    @group.command(help=f"Write all that is held about the {name} as one JSON file, to be handed over.")
    @key
    @click.option("--out", type=click.Path(path_type=Path), default="-", help="The file to write.")
    def data(key: Key, out: Path) -> None:
        subject = Subject.read(name, str(key))
        with opened_ledger(reads_events=True) as ledger, output_file(ledger, out) as file:
            told = {f"{name}_id": subject.key, **held_about(ledger, subject)}
            json.dump(told, file, ensure_ascii=False, indent=1)
            file.write("\n")

    @group.command(help=f"Put the {name} on legal hold, which refuses to erase anything of it.")
    @key
    @_REASON
    def hold(key: Key, reason: str) -> None:
        _hold(Subject.read(name, str(key)), reason, is_on_hold=True)

    @group.command(help=f"Release the {name} from legal hold.")
    @key
    @_REASON
    def release(key: Key, reason: str) -> None:
        _hold(Subject.read(name, str(key)), reason, is_on_hold=False)

    @group.command(help=f"Erase the {name} for good. {_EVIDENCE_STAYS}")
    @key
    @_REASON
    @_LEGAL_BASIS
    @_YES
    def erase(key: Key, reason: str, legal_basis: str, yes: bool) -> None:
        subject = Subject.read(name, str(key))
        if not yes:
            click.confirm(f"Nobody can ever undo this. Erase {subject}?", abort=True)
        with opened_ledger() as ledger:
            _erase(ledger, subject, reason, legal_basis)

    return group


@click.command
@click.argument("position", type=_NUMBER)
@_REASON
@_LEGAL_BASIS
@_YES
def redact(position: int, reason: str, legal_basis: str, yes: bool) -> None:
    """Erase the words of the thing to which the event at POSITION happened: of a note, a deal, whatever it is.

    So goes what an erasure found of somebody in the words of others. The thing stays; its words can be written anew.
    """
    with opened_ledger() as ledger:
        with ledger.reading() as reading:
            subject = Subject.at(reading.connection, position)
        if not yes:
            click.confirm(f"Nobody can ever undo this. Erase the words of {subject.name} {subject.key}?", abort=True)
        _erase(ledger, subject, reason, legal_basis)


def _hold(subject: Subject, reason: str, *, is_on_hold: bool) -> None:
    with opened_ledger() as ledger:
        ledger.execute(operator(reason), partial(holding.hold, subject=subject, is_on_hold=is_on_hold))
    held = "is on legal hold" if is_on_hold else "is not on legal hold any more"
    click.echo(f"{str(subject).capitalize()} {held}.")


def _erase(ledger: Ledger, subject: Subject, reason: str, legal_basis: str) -> None:
    with replay_bar(ledger, "Looking") as progress:
        found = erasure.erase(ledger, operator(reason), subject, legal_basis, progress).found
    assert found is not None
    what = f"The words of {subject.name} {subject.key} are" if subject.is_redaction else f"{subject} is".capitalize()
    click.echo(f"{what} erased: {found.keys} keys are destroyed, so {found.events} events tell nothing of it any more;")
    click.echo(f"{found.rows} rows of read models were overwritten.")
    if found.readable:
        click.echo(f"Of {found.readable} of these events, client, request, kind of signal or reasons stay readable:")
        click.echo("an older version recorded these in the clear.")
    if found.mentions:
        click.echo("A name, an address or a number stands elsewhere, too; look whether it is meant:")
        for mention in found.mentions:
            click.echo(f"  {mention}")
        if (more := found.mentioned - len(found.mentions)) > 0:
            click.echo(f"  and in {more} fields more")
        click.echo('"leadledger redact" erases the words of what an event happened to, given the number of the event.')
        sys.exit(1)


def groups() -> list[click.Group]:
    """A group of commands for each kind of thing that can be erased, but for users, who have others beside."""
    about = "Hand over, keep or erase what is held about"
    return [with_erasing(click.Group(name, help=f"{about} one {name}."), name) for name in ERASABLE if name != "user"]
