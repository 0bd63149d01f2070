"""What all leads and deals add up to, from their events alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from service.evidence.verifier.events import UNFAMILIAR, Entry, unfamiliar
from service.evidence.verifier.kept import Kept
from service.evidence.verifier.standing import Standing, standing_after

_NO_LEADS = {f"Lead{kind}{what}" for kind in ("Label", "Source") for what in ("Added", "Edited", "Deleted")}

_COUNTED = {("leads", "inbox"), ("leads", "archive"), ("deals", "pipeline"), ("deals", "archive")}
"""Which leads and deals there are, beside those that were deleted or have the other form at present."""

_NOTHING = 0, Decimal()


class Totals:
    """Adds up leads and deals, from events alone, by where they are, stage, status and currency.

    ``doubt`` says why that cannot be told, where it cannot: an event is of a version that is not known here.
    """

    def __init__(self) -> None:
        self.doubt: str | None = None
        self._standing = Kept(Standing._make)
        self._sums = dict[tuple[Any, ...], tuple[int, Decimal]]()

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the next events of the log."""
        telling = [entry for entry in entries if tells_of_leads_and_deals(entry.topic)]
        before, after = self._standing.meet(entry.stream for entry in telling), dict[str, Standing]()
        for entry in telling:
            stream = entry.stream
            try:
                self._fold(entry, after.get(stream) or before.get(stream), after)
            except UNFAMILIAR:
                self.doubt = self.doubt or f"what leads and deals add up to: {unfamiliar(entry)}"
        self._standing.change(after)

    def end(self) -> None:
        """Be told that there are no more events: all that is wrong with them was raised."""

    def close(self) -> None:
        """Be done with it."""
        self._standing.close()

    def _fold(self, entry: Entry, before: Standing | None, standing: dict[str, Standing]) -> None:
        after = standing_after(before, entry)
        if after is not before and after != before:
            if before is not None:
                self._count(before, -1)
            self._count(after, 1)
            standing[entry.stream] = after

    def _count(self, standing: Standing, by: int) -> None:
        if (standing.form, standing.place) in _COUNTED:
            count, total = self._sums.get(kind := standing[:-1], _NOTHING)
            worth = by * Decimal(standing.amount) if standing.amount and standing.currency else 0
            self._sums[kind] = count + by, total + worth

    def lines(self) -> list[str]:
        """The totals, a line each: ``deals pipeline STAGE STATUS CURRENCY COUNT SUM`` or ``leads inbox CURRENCY …``."""
        lines = []
        for (*kind, currency), (count, total) in self._sums.items():
            if count:
                words = [*(str(word) for word in kind if word is not None), currency or "-", str(count), _plain(total)]
                lines.append(" ".join(words))
        return sorted(lines)

    def older_lines(self) -> list[str]:
        """The totals that bundles of the first version have: of open deals only, by currency."""
        open_deals = dict[str, tuple[int, Decimal]]()
        for (_, place, _, status, currency), (count, total) in self._sums.items():
            if (place, status) == ("pipeline", "open") and currency and count:
                others, before = open_deals.get(currency, _NOTHING)
                open_deals[currency] = others + count, before + total
        return [f"open-deals {code} {count} {_plain(total)}" for code, (count, total) in sorted(open_deals.items())]


@lru_cache(1000)
def tells_of_leads_and_deals(topic: str) -> bool:
    """Whether events of a name count at all."""
    return topic.startswith(("Lead", "Deal")) and topic not in _NO_LEADS


def _plain(total: Decimal) -> str:
    """A sum as decimal text without trailing zeros."""
    return f"{total.normalize():f}" if total else "0"
