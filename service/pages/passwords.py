"""Signs users in by e-mail address and password, into a session that is a token, and out of it again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import current_app

from service.clock import timestamp
from service.commands import tokens
from service.http.auth import Unauthorized
from service.http.call import Call, client
from service.http.limits import Limits
from service.http.this_request import this_request
from service.ledger.ledger import Ledger, Origin
from service.log import passwords, token_digests
from service.passwords import LONGEST_PASSWORD, fits
from service.text import composed
from service.tokens import digest_of, new_token

LASTS = timedelta(hours=12)
NAME = "Browser"
_WRONG = "no user has this e-mail address and this password"


def session_of(ledger: Ledger, email: str, password: str) -> str:
    """A new token for the user whose address and password these are, which lets in for `LASTS`.

    Raises `Unauthorized`, which does not say what was wrong, and `TooManyFailures` where one guesses: for an address
    that one writes to as for one that one calls from, whether somebody works there or not.
    """
    limits: Limits = current_app.extensions["limits"]
    asked = this_request()
    with limits.guessing(asked, email), ledger.reading() as reading:
        found = passwords.hash_of(reading, email)
        if not fits(composed(password)[: LONGEST_PASSWORD + 1], found[1] if found else None) or found is None:
            raise Unauthorized(_WRONG)
    user_id, made = found[0], new_token()
    issue = partial(tokens.issue, user_id=user_id, digest=digest_of(made), name=NAME, is_session=True)
    origin = Origin(user_id, asked.request_id, client(asked))
    ledger.execute(origin, partial(issue, expires=timestamp(ledger.now() + LASTS)))
    return made


def end_session(call: Call) -> None:
    """Revoke the token of this browser, where it is that of a session; another one is only forgotten."""
    token_id = call.user.token_id
    if token_id is None:
        return
    with call.reading() as reading:
        is_session = bool(token_digests.sessions(reading.connection, [token_id]))
    if is_session:
        call.ledger.execute(call.origin(None), partial(tokens.revoke, token_id=token_id))
