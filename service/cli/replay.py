"""The log flows through here once more, at an auditor's word: up to a moment, or through one opportunity."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.moments import MOMENT
from service.cli.replay_to import replay_to

_FILE = click.Path(path_type=Path)


@click.command
@click.option("--to", "moment", type=MOMENT, help="Replay up to this moment: a position of the log, or a time.")
@click.option("--into", type=_FILE, help="Build a copy of the whole service as of then in this SQLite file.")
@click.option("--dump", "dumped", type=_FILE, help="Write the read models as of then down as text; - is the output.")
def replay(moment: int | str | None, into: Path | None, dumped: Path | None) -> None:
    """Replay the log: into a copy of the service as it was at a moment, or into text to compare.

    The copy can be looked at with "leadledger serve --read-only"; the text is the same for the same log wherever and
    however it is replayed.
    """
    if moment is None or (into is None and dumped is None):
        raise click.UsageError("name a moment with --to, and what to make with --into FILE.db or --dump FILE")
    replay_to(moment, into, dumped)
