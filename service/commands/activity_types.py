"""The commands about activity types: add, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.activity_type import ActivityType, key_from
from aggregates.identity import stream_id
from projections.activity_types import ACTIVITY_TYPES, activity_types
from projections.engine.rows import Row
from service.commands import stages
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add an activity type, last in order. Answers its row."""
    others = activity_types(tx.reading)
    key_string = key_from(facts["name"], {other["key_string"] for other in others})
    number = tx.next_number("activity_type")
    added = ActivityType.add(
        number, key_string=key_string, order_nr=stages.next_order_nr(others), is_custom=True, **facts
    )
    tx.save(added)
    return tx.row(ACTIVITY_TYPES, number)


def edit(tx: Transaction, activity_type_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the activity type's row."""
    activity_type = tx.load(ActivityType, stream_id("activity_type", activity_type_id))
    activity_type.edit(facts)
    tx.save(activity_type)
    return tx.row(ACTIVITY_TYPES, activity_type_id)


def delete(tx: Transaction, activity_type_id: int) -> Row:
    """Delete an activity type; activities of that type stay as they are. Answers its row."""
    activity_type = tx.load(ActivityType, stream_id("activity_type", activity_type_id))
    activity_type.delete()
    tx.save(activity_type)
    return tx.row(ACTIVITY_TYPES, activity_type_id)
