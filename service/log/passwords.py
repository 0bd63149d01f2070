"""The hashes by which passwords are recognised: beside the log, not in it, for the reasons of token digests."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, insert, select

from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.statements import Query, Statement, write
from projections.engine.tables import Number, SortableText
from projections.engine.validity import holding
from projections.users import USERS
from service.log.tables import PASSWORDS


def keep(connection: Connection, user_id: int, password_hash: str) -> None:
    """Keep the hash of a user's password in the place of any before, in the transaction that sets it."""
    write(connection, [(_FORGOTTEN, [{"user": user_id}]), (_KEPT, [{"user_id": user_id, "hash": password_hash}])])


def forget(connection: Connection, user_id: int) -> None:
    """Forget the hash of a user's password, in the transaction in which the user leaves."""
    write(connection, [(_FORGOTTEN, [{"user": user_id}])])


def hash_of(reading: Reading, email: str) -> tuple[int, str] | None:
    """The user who works here under an address, and the hash of the password; None where there is none. One query."""
    found = _OF_ADDRESS.tuples(reading, {"address": folded(email)})
    return tuple(found[0]) if len(found) == 1 else None


_KEPT = Statement(insert(PASSWORDS).values(user_id=bindparam("user_id"), hash=bindparam("hash")))
_FORGOTTEN = Statement(delete(PASSWORDS).where(PASSWORDS.c.user_id == bindparam("user", type_=Number)))
_OF_ADDRESS = Query(
    select(USERS.c.user_id, PASSWORDS.c.hash)
    .join(PASSWORDS, PASSWORDS.c.user_id == USERS.c.user_id)
    .where(
        USERS.c.email_folded == bindparam("address", type_=SortableText), holding(USERS), USERS.c.is_active.is_(True)
    )
)
