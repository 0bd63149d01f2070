"""The table of conversion policies, every version that was adopted, and the query for the current one."""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Column, bindparam, select

from aggregates.event import Event
from aggregates.policy import ConversionPolicyAdopted
from projections.engine.reading import Reading
from projections.engine.rows import Rows
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, growing_table
from projections.engine.validity import holding

POLICIES = growing_table(
    "policies",
    Column("version", Number, primary_key=True, autoincrement=False),
    Column("policy", SortableText, nullable=False),
    Column("adopted_at", SortableText, nullable=False),
    Column("adopted_by", Number),
    Column("position", Number, nullable=False),
)
"""Every version of the conversion policy; ``policy`` is a JSON object."""


class AdoptedPolicy(NamedTuple):
    """A version of the policy; version 0 is that of a company that has not adopted any."""

    version: int
    policy: str
    adopted_at: str | None
    adopted_by: int | None
    position: int


NONE_YET = AdoptedPolicy(0, '{"default": {"combine": "any", "rules": []}, "pipelines": []}', None, None, 0)


def apply(rows: Rows, event: Event, position: int) -> None:
    """Keep a policy that was adopted."""
    if isinstance(event, ConversionPolicyAdopted):
        row = {"version": event.version, "policy": json.dumps(event.policy, ensure_ascii=False)}
        rows.add(POLICIES, {**row, "adopted_at": event.at, "adopted_by": event.by, "position": position})


def current_policy(reading: Reading) -> AdoptedPolicy:
    """The policy that counts at the moment."""
    found = _CURRENT.tuples(reading, {})
    return AdoptedPolicy._make(found[0]) if found else NONE_YET


def policy_of(reading: Reading, version: int) -> AdoptedPolicy:
    """The policy that was adopted under a number."""
    return AdoptedPolicy._make(_OF_VERSION.tuples(reading, {"version": version})[0]) if version else NONE_YET


_TOLD = [POLICIES.c[name] for name in AdoptedPolicy._fields]
_OF_VERSION = Query(select(*_TOLD).where(holding(POLICIES), POLICIES.c.version == bindparam("version")))
_CURRENT = Query(select(*_TOLD).where(holding(POLICIES)).order_by(POLICIES.c.version.desc()).limit(1))
