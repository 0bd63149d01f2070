"""Counts what became of leads, group by group: how many were ready, converted, reverted, won and lost, and how fast."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import func, select

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.validity import holding
from projections.outcomes import OUTCOMES
from projections.policies import POLICIES

GROUPED_BY = {
    "source": ("source_name",),
    "channel": ("channel",),
    "owner": ("owner_id",),
    "cohort": ("cohort",),
    "rule": ("policy_version", "pipeline_id", "rules_met"),
}
"""What leads can be grouped by, and the columns that tell a lead's group."""

_ALWAYS = ""
_NEVER = "9999-12-31T23:59:59.999999Z"

Rules = Mapping[tuple[int, int | None], list[str]]
"""The names of the rules that judge, by policy version and pipeline; None where a pipeline has no own ones."""


class Group(NamedTuple):
    """What leads have in common: a source, a channel, an owner, a month, or a rule that was ``met`` or not."""

    key: str | int | None
    met: bool | None = None


@dataclass
class Figures:
    """What became of the leads of a group; a rate is None where there is nothing to take it of."""

    leads_in: int = 0
    ready: int = 0
    converted: int = 0
    reverted: int = 0
    won: int = 0
    lost: int = 0
    _seconds: Counter[int] = field(default_factory=Counter)

    def add(self, leads: int, outcome: Row) -> None:
        """Count leads that all came to this."""
        self.leads_in += leads
        self.ready += leads if outcome["was_ready"] else 0
        self.reverted += leads if outcome["was_reverted"] else 0
        self.won += leads if outcome["status"] == "won" else 0
        self.lost += leads if outcome["status"] == "lost" else 0
        if outcome["seconds_to_convert"] is not None:
            self.converted += leads
            self._seconds[outcome["seconds_to_convert"]] += leads

    @property
    def conversion_rate(self) -> float | None:
        """The part of the leads that ever became deals."""
        return _rate(self.converted, self.leads_in)

    @property
    def reversal_rate(self) -> float | None:
        """The part of the converted ones that were ever taken back."""
        return _rate(self.reverted, self.converted)

    @property
    def win_rate(self) -> float | None:
        """The part of the decided ones that are won."""
        return _rate(self.won, self.won + self.lost)

    @property
    def median_seconds_to_convert(self) -> float | None:
        """Half of the converted ones became deals faster than that."""
        return median(self._seconds.elements()) if self._seconds else None


def insights(
    reading: Reading, by: str, *, since: str | None, until: str | None
) -> tuple[dict[Group, Figures], Figures]:
    """The figures of each group, and of all leads together, as they were at the moment.

    They are those of the leads that came in since a moment and until another, both counting. By rule, a lead is
    counted under each rule that judged its last conversion, and not at all where no conversion tells of rules.
    """
    told = (*GROUPED_BY[by], "status", "was_ready", "was_reverted", "seconds_to_convert")
    columns = [OUTCOMES.c[name] for name in told]
    query = select(*columns, func.count().label("leads")).where(holding(OUTCOMES))
    query = query.where(OUTCOMES.c.came_at >= (since or _ALWAYS), OUTCOMES.c.came_at <= (until or _NEVER))
    rules = _rules(reading) if by == "rule" else {}
    groups: dict[Group, Figures] = {}
    together = Figures()
    for found in reading.execute(query.group_by(*columns)).mappings():
        outcome = dict(found)
        together.add(outcome["leads"], outcome)
        for group in _groups(by, outcome, rules):
            groups.setdefault(group, Figures()).add(outcome["leads"], outcome)
    return dict(sorted(groups.items(), key=_in_order)), together


def _groups(by: str, outcome: Row, rules: Rules) -> Iterator[Group]:
    if by != "rule":
        yield Group(outcome[GROUPED_BY[by][0]])
    elif outcome["rules_met"] is not None:
        version, met = outcome["policy_version"], json.loads(outcome["rules_met"])
        judging = rules.get((version, outcome["pipeline_id"]), rules.get((version, None), []))
        yield from (Group(name, name in met) for name in dict.fromkeys((*judging, *met)))


def _rules(reading: Reading) -> Rules:
    found: dict[tuple[int, int | None], list[str]] = {}
    for version, stored in reading.execute(select(POLICIES.c.version, POLICIES.c.policy).where(holding(POLICIES))):
        policy = json.loads(stored)
        for rules in (policy["default"], *policy["pipelines"]):
            found[version, rules.get("pipeline_id")] = [rule["name"] for rule in rules["rules"]]
    return found


def _in_order(item: tuple[Group, Any]) -> tuple[Any, ...]:
    """Whatever is nobody's comes last, and a rule that was met before the same one that was not."""
    key, met = item[0]
    return key is None, key, met is False


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
