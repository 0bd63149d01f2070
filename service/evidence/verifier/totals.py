"""What all leads and deals add up to, from their events alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from service.evidence.verifier.events import UNFAMILIAR, Entry, Values, unfamiliar
from service.evidence.verifier.kept import Kept
from service.evidence.verifier.standing import Standing, standing_after

_NO_LEADS = {f"Lead{kind}{what}" for kind in ("Label", "Source") for what in ("Added", "Edited", "Deleted")}

_COUNTED = {("leads", "inbox"), ("leads", "archive"), ("deals", "pipeline"), ("deals", "archive")}
"""Which leads and deals there are, beside those that were deleted or have the other form at present."""

_NOTHING = 0, Decimal()
_AT_ONCE = 10_000

_Sums = dict[tuple[Any, ...], tuple[int, Decimal]]
"""Of each form, place, stage, status and currency, how many there are, and what they are worth together."""


class AddedUp(NamedTuple):
    """What leads and deals add up to, a line each, and in the lines of a bundle of the first version.

    ``doubt`` says why that cannot be told, where it cannot: an event is of a version that is not known here.
    """

    lines: list[str]
    older_lines: list[str]
    doubt: str | None


class Totals:
    """Adds up leads and deals, from events alone, by where they are, stage, status and currency."""

    def __init__(self) -> None:
        self._doubt: str | None = None
        self._standing = Kept[Standing](Standing._make, tuple)

    def add(self, entries: Sequence[Values]) -> None:
        """Add the next events of the log."""
        telling = [entry for entry in entries if _tells_of_leads_and_deals(entry[3])]
        standing = self._standing.meet({entry[1] for entry in telling})
        for entry in telling:
            stream = entry[1]
            try:
                standing[stream] = standing_after(standing.get(stream), entry)
            except UNFAMILIAR:
                self._doubt = self._doubt or f"what leads and deals add up to: {unfamiliar(Entry._make(entry))}"

    def added_up(self) -> AddedUp:
        """What the events so far add up to."""
        sums: _Sums = {}
        standing = iter(self._standing.all())
        while alike := Counter(islice(standing, _AT_ONCE)):
            for each, more in alike.items():
                if (each.form, each.place) in _COUNTED:
                    count, total = sums.get(kind := each[:-1], _NOTHING)
                    worth = more * Decimal(each.amount) if each.amount and each.currency else 0
                    sums[kind] = count + more, total + worth
        return AddedUp(_lines(sums), _older_lines(sums), self._doubt)

    def close(self) -> None:
        """Be done with it."""
        self._standing.close()


def _lines(sums: _Sums) -> list[str]:
    """The totals, a line each: ``deals pipeline STAGE STATUS CURRENCY COUNT SUM`` or ``leads inbox CURRENCY …``."""
    lines = []
    for (*kind, currency), (count, total) in sums.items():
        words = [*(str(word) for word in kind if word is not None), currency or "-", str(count), _plain(total)]
        lines.append(" ".join(words))
    return sorted(lines)


def _older_lines(sums: _Sums) -> list[str]:
    """The totals that bundles of the first version have: of open deals only, by currency."""
    open_deals = dict[str, tuple[int, Decimal]]()
    for (_, place, _, status, currency), (count, total) in sums.items():
        if (place, status) == ("pipeline", "open") and currency:
            others, before = open_deals.get(currency, _NOTHING)
            open_deals[currency] = others + count, before + total
    return [f"open-deals {code} {count} {_plain(total)}" for code, (count, total) in sorted(open_deals.items())]


@lru_cache(1000)
def _tells_of_leads_and_deals(topic: str) -> bool:
    """Whether events of a name count at all."""
    return topic.startswith(("Lead", "Deal")) and topic not in _NO_LEADS


def _plain(total: Decimal) -> str:
    """A sum as decimal text without trailing zeros."""
    return f"{total.normalize():f}" if total else "0"
