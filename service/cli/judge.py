"""The command "judge": judges all leads in the inbox again by the conversion policy."""

from __future__ import annotations

import click

from projections.inbox_batches import number_waiting
from projections.reviews import last_review
from service.background.reviewing import convert_ready_leads, go_on
from service.cli.opened import opened_ledger, operator
from service.cli.progress import progress_bar
from service.commands import reviews


@click.command
def judge() -> None:
    """Judge all leads in the inbox again by the conversion policy.

    A review that is going on, since the policy was changed, is brought to its end; else a new one is made. The
    service goes on meanwhile.
    """
    with opened_ledger() as ledger:
        begun = ledger.execute(operator(), reviews.start)
        with ledger.reading() as reading:
            left = number_waiting(reading, after=begun["through"])
        with progress_bar("Judging", left, "leads") as bar:
            while judged := go_on(ledger):
                bar.update(judged)
        with ledger.reading() as reading:
            done = last_review(reading)
        assert done is not None
        click.echo(f"{done['judged']} leads were judged by version {done['policy_version']} of the policy:")
        click.echo(f"{done['changed']} of them became ready to be deals, or are so no longer.")
        if converted := convert_ready_leads(ledger):
            click.echo(f"{converted} leads became deals, since the policy converts by itself.")
