"""The commands "audit …": seal, reseal, checkpoint, prove, incarnation, rotate; export and verify stand elsewhere."""

from __future__ import annotations

import click

from service.cli.audit_bundle import export, verifier, verify
from service.cli.audit_proof import proof
from service.cli.opened import opened_ledger
from service.cli.progress import progress_bar, replay_bar
from service.evidence.checkpoints import Checkpoint
from service.evidence.proofs import proof_text
from service.evidence.reseal import reseal as reseal_log
from service.evidence.sealer import seal as seal_log
from service.evidence.tree_check import NOTHING, CheckedTree
from service.log.errors import as_persistence_errors
from service.privacy.hand_over import readable_again

NAMED = 20
"""How many differences are named one by one."""


@click.group
def audit() -> None:
    """Seal the log, sign checkpoints of it, prove what they cover, and check it all without trusting us."""


@audit.command
def seal() -> None:
    """Make leaves of all events that have none; a serving process does so by itself."""
    with opened_ledger() as ledger:
        last = ledger.event_log.max_notification_id()
        with progress_bar("Sealing", last) as bar:
            size = seal_log(ledger.database, bar.update)
        click.echo(f"{size} events are sealed.")


@audit.command
def reseal() -> None:
    """Make the tree again where it was altered: nodes from leaves, and leaves from events.

    Refused where the events themselves are not those that were signed last. Let a service that has met the alteration
    be started again afterwards.
    """
    with opened_ledger() as ledger:
        kept = ledger.notary.kept()
        with replay_bar(ledger, "Resealing") as progress:
            found = reseal_log(ledger.database, kept, progress)
        for difference in found[:NAMED]:
            click.echo(f"{difference[0].upper()}{difference[1:]}.")
        if len(found) > NAMED:
            click.echo(f"{len(found) - NAMED} more are others than the events make.")
        click.echo("The tree is made again from the events." if found else "The tree is that over the events already.")


@audit.command
@click.option("--key", is_flag=True, help="Print the public key instead, and those before it, as verifiers take them.")
def checkpoint(key: bool) -> None:
    """Print the newest checkpoint, a signed note of the log up to now."""
    with opened_ledger() as ledger:
        if key:
            for each in ledger.notary.verifiers():
                click.echo(str(each))
            return
        note = ledger.notary.checkpoint()
        if note is None:
            raise click.ClickException("no checkpoint was signed yet")
        click.echo(note, nl=False)


@audit.command
@click.argument("position", type=click.IntRange(min=1))
def prove(position: int) -> None:
    """Print the proof that the event at POSITION is in the log, with the checkpoint that it leads to."""
    with opened_ledger() as ledger:
        note = ledger.notary.checkpoint()
        signed = Checkpoint.of(note).tree if note else NOTHING
        if note is None or position > signed.size:
            raise click.ClickException(f"there are only {signed.size} events")
        with as_persistence_errors(), ledger.database.reading() as connection:
            proof = CheckedTree(connection, signed).inclusion(position, signed.size)
        click.echo(proof_text(position, proof.path, note), nl=False)


@audit.command
@click.option("--new-key", is_flag=True, help="Make a new key to sign with: the one before is lost for good.")
def incarnation(new_key: bool) -> None:
    """Begin a new incarnation of the log, after it was restored from a backup, or where the key that signed is lost.

    The checkpoint that was signed last is kept as evidence of what the incarnation before had come to. Who was erased
    since the copy that is there now was made, as far as that is noted beside the keys, is named: erase them again.
    """
    with opened_ledger() as ledger:
        number = ledger.notary.begin_incarnation(has_new_key=new_key)
        click.echo(
            f'Incarnation {number} of the log has begun; "leadledger audit checkpoint" signs its first checkpoint.'
        )
        for each in readable_again(ledger):
            click.echo(f"But {each}.", err=True)


@audit.command
@click.option("--finish", is_flag=True, help="Let the next key sign alone; the one before signs no more.")
def rotate(finish: bool) -> None:
    """Let another key follow the one that signs.

    First a next key is made, and both sign: give auditors time to learn it from checkpoints that bear both
    signatures. Then, with --finish, it signs alone.
    """
    with opened_ledger() as ledger:
        key = ledger.notary.adopt_next_key() if finish else ledger.notary.begin_next_key()
        said = "This key signs alone from now on:" if finish else "This key signs beside the present one from now on:"
        click.echo(f"{said}\n{key}")


audit.add_command(export)
audit.add_command(proof)
audit.add_command(verify)
audit.add_command(verifier)
