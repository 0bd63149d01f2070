"""A model of leads and deals, as simple as can be, that tells what must come of each command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

DONE, BROKEN_RULE, GONE = 200, 400, 404

Value = tuple[str, str]
"""An amount and its currency."""


@dataclass
class Opportunity:
    """One possible sale in either form: ``form`` is lead, deal or deleted."""

    form: str
    title: str
    person_id: int | None
    value: Value | None = None
    lead_id: str | None = None
    deal_id: int | None = None
    stage_id: int = 1
    status: str = "open"
    probability: int | None = None
    was_seen: bool = False
    is_archived: bool = False
    label_ids: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def edit(self, form: str, /, **changes: Any) -> int:
        """Change what is said of one form; answers how that must end."""
        if self.form != form:
            return GONE
        if form == "lead" and changes.get("person_id", self.person_id) is None:
            return BROKEN_RULE
        vars(self).update(vars(replace(self, **changes)))
        return DONE

    def delete(self, form: str) -> int:
        """Throw one form away."""
        return self.edit(form, form="deleted")

    def convert(self, stage_id: int | None, stages: Iterable[int], title: str | None = None) -> int:
        """Let the lead become a deal."""
        if self.form != "lead":
            return GONE
        if self.is_archived or (stage_id is not None and stage_id not in stages):
            return BROKEN_RULE
        self.changes.append("deal")
        return self.edit("lead", form="deal", status="open", stage_id=stage_id or 1, title=title or self.title)

    def revert(self) -> int:
        """Let the deal become a lead."""
        if self.form != "deal":
            return GONE
        if self.is_archived or self.person_id is None:
            return BROKEN_RULE
        self.changes.append("lead")
        return self.edit("deal", form="lead", was_seen=self.was_seen if self.lead_id else True)

    @property
    def was_a_lead(self) -> bool:
        """Whether it is a lead no more because it became a deal."""
        return self.lead_id is not None and self.changes[-1:] == ["deal"]

    @property
    def is_on_the_board(self) -> bool:
        """Whether it adds to what its stage is worth."""
        return self.form == "deal" and self.status == "open" and not self.is_archived


@dataclass
class Board:
    """Stages by id with their probability, and whether a deal's own counts instead."""

    stages: dict[int, int]
    deals_tell: bool = False

    def totals(self, opportunities: Iterable[Opportunity]) -> dict[int, dict[str, tuple[int, Decimal, Decimal]]]:
        """Per stage and currency: how many open deals have a value, its sum, and that weighted."""
        found: dict[int, dict[str, tuple[int, Decimal, Decimal]]] = defaultdict(dict)
        for each in opportunities:
            if each.is_on_the_board and each.value is not None:
                amount, currency = Decimal(each.value[0]), each.value[1]
                tells = self.deals_tell and each.probability is not None
                percent = each.probability if tells else self.stages[each.stage_id]
                count, total, weighted = found[each.stage_id].get(currency, (0, Decimal(0), Decimal(0)))
                weight = amount * (percent or 0) / 100
                found[each.stage_id][currency] = count + 1, total + amount, weighted + weight
        return found
