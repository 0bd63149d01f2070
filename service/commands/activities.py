"""The commands about activities: add, edit, assign, mark as done, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.activity import Activity
from aggregates.identity import stream_id
from aggregates.refusals import Refusal, UnknownReference
from projections.activities import ACTIVITIES
from projections.activity_types import first_type, type_named
from projections.engine.rows import Row
from projections.persons import PERSONS
from projections.users import USERS
from service.commands import links, references, signals
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add an activity; its owner is the caller unless the facts name another. Answers its row. Raises `Refusal`.

    Where no type is named it is the first one, and where no subject is told it is the type's name.
    """
    _check(tx, facts)
    told = links.with_opportunity_id(tx, {"owner_id": tx.user_id, **facts})
    is_done = told.pop("is_done", False)
    kind = _type(tx, told.get("type") or first_type(tx.reading))
    told["type"] = kind["key_string"]
    told["subject"] = told.get("subject") or kind["name"]
    activity = Activity.add(tx.next_number("activity"), **told)
    activity.mark(is_done)
    tx.save(activity, *signals.of_activity(tx, activity))
    return tx.row(ACTIVITIES, activity.activity_id)


def edit(tx: Transaction, activity_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the activity's row. Raises `Refusal`."""
    activity = tx.load(Activity, stream_id("activity", activity_id))
    activity.check_present()
    _check(tx, facts, activity)
    wanted = links.with_opportunity_id(tx, facts, activity.opportunity_id)
    if wanted.get("type", activity.type) != activity.type:
        _type(tx, wanted["type"])
    owner_id, is_done = wanted.pop("owner_id", activity.owner_id), wanted.pop("is_done", activity.is_done)
    activity.edit(wanted)
    activity.assign(owner_id)
    activity.mark(is_done)
    tx.save(activity, *signals.of_activity(tx, activity))
    return tx.row(ACTIVITIES, activity_id)


def delete(tx: Transaction, activity_id: int) -> None:
    """Delete an activity."""
    activity = tx.load(Activity, stream_id("activity", activity_id))
    activity.delete()
    tx.save(activity)


def _check(tx: Transaction, facts: Mapping[str, Any], before: Activity | None = None) -> None:
    """Raise `UnknownReference` where a fact names a user, person or organization that is not there."""
    references.check(tx, facts, before)
    people = [*facts.get("participants", ()), *facts.get("attendees", ())]
    known = [*before.participants, *before.attendees] if before else []
    for table, kind in ((PERSONS, "person"), (USERS, "user")):
        keys = _named(people, f"{kind}_id")
        references.check_each(tx, table, kind, keys, _named(known, f"{kind}_id"))


def _named(people: list[dict[str, Any]], name: str) -> list[int]:
    return [each[name] for each in people if each.get(name) is not None]


def _type(tx: Transaction, key_string: str | None) -> Row:
    if key_string is None:
        raise Refusal("there is no activity type yet; make one first")
    found = type_named(tx.reading, key_string)
    if found is None:
        raise UnknownReference(f"there is no activity type {key_string}")
    return found
