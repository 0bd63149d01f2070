"""The commands about followers of deals, persons and organizations: add, delete."""

from __future__ import annotations

from aggregates.follower import Follower
from aggregates.identity import stream_id
from aggregates.refusals import Gone, Refusal
from projections.engine.rows import Row
from projections.followers import FOLLOWED, FOLLOWERS, follower
from projections.kinds import NAMED_BY
from projections.users import USERS
from service.commands import references
from service.ledger.ledger import Transaction


def add(tx: Transaction, followed: str, key: int, user_id: int) -> Row:
    """Let a user follow a thing; ``followed`` is the column that names it, such as ``deal_id``. Answers the row.

    Raises `Gone` for a thing that is not there, and `Refusal` where the user follows it already.
    """
    thing = _present(tx, followed, key)
    references.existing(tx, USERS, "user", user_id)
    if follower(tx.reading, followed, key, user_id) is not None:
        raise Refusal(f"user {user_id} follows it already")
    facts = {"user_id": user_id, "opportunity_id": thing.get("opportunity_id"), followed: key}
    added = Follower.add(tx.next_number("follower"), **facts)
    tx.save(added)
    return tx.row(FOLLOWERS, added.follower_id)


def delete(tx: Transaction, followed: str, key: int, user_id: int) -> None:
    """Let a user follow a thing no longer. Raises `Gone` where the user does not, or the thing is not there."""
    _present(tx, followed, key)
    _end(tx, follower(tx.reading, followed, key, user_id))


def delete_by_id(tx: Transaction, followed: str, key: int, follower_id: int) -> None:
    """As `delete`, of the follower that has an id; one of another thing is none of this."""
    _present(tx, followed, key)
    row = tx.visible(FOLLOWERS, follower_id)
    _end(tx, None if row is None or row[followed] != key else row)


def _end(tx: Transaction, row: Row | None) -> None:
    if row is None:
        raise Gone("there is no such follower")
    ended = tx.load(Follower, stream_id("follower", row["follower_id"]))
    ended.delete()
    tx.save(ended)


def _present(tx: Transaction, followed: str, key: int) -> Row:
    row, kind = tx.visible(FOLLOWED[followed], key), NAMED_BY[followed]
    if row is None or not kind.has(row):
        raise Gone(f"there is no {kind.name} {key}")
    return row
