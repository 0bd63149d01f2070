"""Bars that show on a terminal how far a command is; a file or another program that is written to gets none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from service.ledger.ledger import Ledger
from service.maintenance.filling import Progress

tqdm.monitor_interval = 0  # its thread would be there where an export forks


def progress_bar(doing: str, total: int | None, unit: str = "events") -> tqdm[NoReturn]:
    """A bar of so many units; it appears where the command takes longer than a moment."""
    return tqdm(desc=doing, total=total, unit=f" {unit}", leave=False, delay=0.2, disable=None)


@contextmanager
def replay_bar(ledger: Ledger, doing: str) -> Iterator[Progress]:
    """A bar of the log's events; it appears with the first of them."""
    bars: list[tqdm[NoReturn]] = []

    def progress(events: int) -> None:
        if not bars:
            bars.append(progress_bar(doing, ledger.event_log.max_notification_id()))
        bars[0].update(events)

    try:
        yield progress
    finally:
        for bar in bars:
            bar.close()
