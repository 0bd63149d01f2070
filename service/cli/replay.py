"""The command "replay": copies or dumps the service as of a moment, or walks through one opportunity."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from service.cli.moments import MOMENT
from service.cli.replay_to import replay_to
from service.cli.walk import walk
from service.clock import Span

_FILE = click.Path(path_type=Path)
_ID = click.IntRange(1, 2**63 - 1)


@click.command
@click.option(
    "--to", "moment", type=MOMENT, help="Replay up to this moment, a position of the log or a time; else to its end."
)
@click.option("--into", type=_FILE, help="Build a copy of the whole service as of then in this SQLite file.")
@click.option("--dump", "dumped", type=_FILE, help="Write the read models as of then down as text; - is the output.")
@click.option("--lead", type=click.UUID, help="Walk through the opportunity that is or was this lead.")
@click.option("--deal", type=_ID, help="Walk through the opportunity that is or was this deal.")
@click.option("--step", is_flag=True, help="Wait for Enter between two events of a walk.")
def replay(
    moment: int | Span | None, into: Path | None, dumped: Path | None, lead: UUID | None, deal: int | None, step: bool
) -> None:
    """Replay the log: into a copy of the service as it was at a moment, into text to compare, or step by step.

    The copy can be looked at with "leadledger serve --read-only"; the text is the same for the same log wherever and
    however it is replayed. A walk tells of each event what it changed in the opportunity's lead and in its deal.
    """
    is_copy = any(given is not None for given in (moment, into, dumped))
    if lead is not None and deal is None and not is_copy:
        walk("lead", str(lead), step=step)
    elif deal is not None and lead is None and not is_copy:
        walk("deal", deal, step=step)
    elif lead is not None or deal is not None:
        raise click.UsageError("walk through one opportunity, with --lead or --deal, and name nothing else than --step")
    elif step:
        raise click.UsageError("name the opportunity to walk through, with --lead or --deal")
    elif into is None and dumped is None:
        made = "name what to make with --into FILE.db or --dump FILE"
        raise click.UsageError(f"{made}; or the opportunity to walk through, with --lead or --deal")
    else:
        replay_to(moment, into, dumped)
