"""Tells how long a deal stood in each stage, from the versions of its row."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, select

from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.statements import Query
from projections.engine.tables import Number
from projections.engine.validity import begun
from projections.places import PRESENT_DEALS


def seconds_in_stages(reading: Reading, deal_id: int, now: datetime) -> dict[int, int]:
    """For how many seconds a deal has stood open in each stage where it ever did, by the stages' ids.

    The time does not count in which it was a lead, or deleted. ``now`` is the moment that is asked about.
    """
    versions = [
        (stage_id, place in PRESENT_DEALS and status == "open", datetime.fromisoformat(began))
        for stage_id, place, status, began in _VERSIONS.tuples(reading, {"deal_id": deal_id})
    ]
    seconds: defaultdict[int, float] = defaultdict(float)
    for (stage_id, is_open, began), (*_, ended) in pairwise([*versions, (0, False, now)]):
        if is_open:
            seconds[stage_id] += max(0.0, (ended - began).total_seconds())
    return {stage_id: int(stood) for stage_id, stood in seconds.items()}


_VERSIONS = Query(
    select(DEALS.c.stage_id, DEALS.c.place, DEALS.c.status, DEALS.c.update_time)
    .where(DEALS.c.deal_id == bindparam("deal_id", type_=Number), begun(DEALS))
    .order_by(DEALS.c.valid_from)
)
