"""The digests by which tokens are recognised, and when each last let somebody in: what is beside the log, not in it.

A log is exported, replayed and kept for ever. With a token's digest in it, whoever gets it could try guesses at a token
that somebody chose himself. So the digest (SHA-256) stands in a table of the database's own, written in the transaction
that issues the token:

- A rebuild and a replay make the read model of tokens again, with scopes, expiry and revocation, and leave this table
  alone: whom a token lets in is asked of both together.
- A backup of the database has the table, and so tokens go on working where it is restored. A key would add nothing:
  who has the database has that, too, and 160 bits of chance are not guessed in any case.
- A copy as of a moment, an exported bundle and a dump of read models have none of it: no token lets in there that was
  issued here, so none that was revoked here since.
- Older events tell the digest, which the migration that made the table has copied; their bytes stay as they are.

When a token was last used is no event: it would be as many as there are requests. It is noted in memory, and written
down at most once an hour for each token by each process, which loses a few seconds of it when it ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, true, update

from projections.engine.reading import Reading
from projections.engine.statements import Query, Statement, write
from projections.engine.validity import holding
from projections.tokens import TOKENS, usable
from projections.users import USERS, Caller
from service.database.database import Database
from service.log.standing import STANDING, Standing
from service.log.tables import LOG_HEAD, TOKEN_DIGESTS

if TYPE_CHECKING:
    from service.log.admission import Admission


class Holder(NamedTuple):
    """Whom a token lets in, and where the log stood that says so; None where it is not the log alone that does.

    Where the token is one of ours, a command confirms its ``admission``.
    """

    caller: Caller
    standing: Standing | None
    admission: Admission | None = None


def keep(connection: Connection, token_id: str, digest: str, *, is_session: bool = False) -> None:
    """Keep the digest of a token, in the transaction in which it is issued; no two tokens have the same.

    Whether it ``is_session``, that of a browser in which the user signed in with a password, is kept with it.
    """
    write(connection, [(_KEPT, [{"token_id": token_id, "digest": digest, "is_session": is_session}])])


def sessions(connection: Connection, token_ids: Iterable[str]) -> set[str]:
    """Which of these tokens are those of browsers in which a user signed in with a password."""
    query = select(TOKEN_DIGESTS.c.token_id).where(TOKEN_DIGESTS.c.is_session.is_(True))
    return set(connection.execute(query.where(TOKEN_DIGESTS.c.token_id.in_(list(token_ids)))).scalars())


def holder(reading: Reading, digest: str) -> Holder | None:
    """Whom the token with this digest lets in until it expires; None where it is revoked, or its user gone.

    One query. The scopes are those of the token that its user's role admits.
    """
    found = _HOLDER.tuples(reading, {"digest": digest})
    if not found:
        return None
    user_id, name, is_admin, default_currency, is_auditor, token_id, scopes, expires, *standing = found[0]
    allowed = usable(scopes, is_admin, is_auditor)
    user = Caller(user_id, name, is_admin, default_currency, is_auditor, allowed, token_id, expires)
    return Holder(user, Standing(*standing))


def last_uses(connection: Connection, token_ids: Iterable[str]) -> dict[str, str | None]:
    """The hour in which each of these tokens last let somebody in; None where it never did."""
    query = select(TOKEN_DIGESTS.c.token_id, TOKEN_DIGESTS.c.last_used)
    found = connection.execute(query.where(TOKEN_DIGESTS.c.token_id.in_(list(token_ids))))
    return {row.token_id: row.last_used for row in found}


class TokenUses:
    """The tokens that let somebody in through this process, until that is written down."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._written: dict[str, str] = {}

    def note(self, token_id: str) -> None:
        """Note that a token let somebody in; costs next to nothing."""
        self._used.add(token_id)

    def write(self, database: Database, hour: str) -> int:
        """Write down, of the tokens noted since the last time, those that are not known to be used in this hour yet.

        Answers how many these are. It need not survive a power cut.
        """
        used = list(self._used)
        due = [token_id for token_id in used if self._written.get(token_id) != hour]
        if due:
            with database.writing(is_durable=False) as connection:
                write(connection, [(_USED, [{"token_id": token_id, "hour": hour} for token_id in sorted(due)])])
        self._used.difference_update(used)
        self._written = {id_: at for id_, at in self._written.items() if at == hour} | dict.fromkeys(due, hour)
        return len(due)


_KEPT = Statement(
    insert(TOKEN_DIGESTS).values({name: bindparam(name) for name in ("token_id", "digest", "is_session")})
)
_HOLDER = Query(
    select(USERS.c.user_id, USERS.c.name, USERS.c.is_admin, USERS.c.default_currency, USERS.c.is_auditor)
    .add_columns(TOKENS.c.token_id, TOKENS.c.scopes, TOKENS.c.expires, *STANDING)
    .select_from(TOKEN_DIGESTS)
    .join(TOKENS, TOKENS.c.token_id == TOKEN_DIGESTS.c.token_id)
    .join(USERS, USERS.c.user_id == TOKENS.c.user_id)
    .join(LOG_HEAD, true())
    .where(TOKEN_DIGESTS.c.digest == bindparam("digest"), holding(TOKENS), holding(USERS))
    .where(TOKENS.c.is_revoked.is_(False), USERS.c.is_active.is_(True))
)
_USED = Statement(
    update(TOKEN_DIGESTS)
    .values(last_used=bindparam("hour"))
    .where(TOKEN_DIGESTS.c.token_id == bindparam("token_id"))
    .where(or_(TOKEN_DIGESTS.c.last_used.is_(None), TOKEN_DIGESTS.c.last_used < bindparam("hour")))
)
