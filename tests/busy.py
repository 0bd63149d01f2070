"""A company as busy with notes and activities as with leads and deals: it also changes, does and deletes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aggregates.activity import Activity
from aggregates.aggregate import Aggregate
from aggregates.deal import Deal
from aggregates.identity import stream_id
from aggregates.lead import Lead
from aggregates.note import Note
from service.ledger.ledger import Transaction
from tests.generated import STEPS_TOGETHER, Company

SELDOM = 0.35
"""How often somebody writes, plans or does something about an opportunity, instead of changing it."""

RECENT = 200
"""Notes and activities that are mostly changed: so many of the last ones."""


class BusyCompany(Company):
    """People at work, who also change what they have written and planned: mostly what is new, sometimes what is old."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._written: list[int] = []
        self._planned: list[int] = []
        self._used: set[tuple[str, int]] = set()

    def work(self, tx: Transaction, steps: int = STEPS_TOGETHER) -> int:
        """As `Company.work`; nothing is changed twice in it."""
        self._used.clear()
        return super().work(tx, steps)

    def _step(self, tx: Transaction, touched: Collection[Aggregate]) -> Sequence[Aggregate]:
        if len(self._at_work) < RECENT // 10 or self._random.random() > SELDOM:
            return super()._step(tx, touched)
        form = self._random.choice(self._at_work)
        return [] if form in touched or self._others.get(form) in touched else self._hung_on(tx, form)

    def _hung_on(self, tx: Transaction, form: Lead | Deal) -> Sequence[Aggregate]:
        if min(len(self._written), len(self._planned)) > RECENT // 10 and self._random.random() < 0.5:
            return self._changed(tx, *self._random.choice((("note", self._written), ("activity", self._planned))))
        made = super()._hung_on(tx, form)
        for each in made:
            if isinstance(each, Note | Activity):
                kind, known = ("note", self._written) if isinstance(each, Note) else ("activity", self._planned)
                known.append(len(known) + 1)
                self._used.add((kind, len(known)))
        return made

    def _changed(self, tx: Transaction, kind: str, known: Sequence[int]) -> Sequence[Aggregate]:
        """A note is written anew, an activity planned anew or done, or one of them deleted; none twice at once."""
        number = self._random.choice(known[-RECENT:] if self._random.random() < 0.7 else known)
        if (kind, number) in self._used:
            return []
        self._used.add((kind, number))
        thing = tx.load(Note if kind == "note" else Activity, stream_id(kind, number))
        if thing.is_deleted:
            return []
        match self._random.randrange(5):
            case 0:
                thing.delete()
            case 1 if isinstance(thing, Activity):
                thing.mark(True)
            case _ if isinstance(thing, Activity):
                thing.edit({"subject": self._title()})
            case _ if isinstance(thing, Note):
                thing.edit({"content": self._title()})
        return [thing]
