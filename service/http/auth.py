"""Finds the user whom a request's token lets in, and refuses requests without a token that lets anybody in."""

from __future__ import annotations

import hmac
from dataclasses import replace

from flask import Request

from aggregates.scopes import admitted
from projections.engine.reading import Reading
from projections.users import Caller, caller
from service.clock import timestamp
from service.http.headers import sent
from service.http.issuer_tokens import Over, Refused, claims_of, is_of_an_issuer
from service.ledger.ledger import Ledger
from service.log.admission import Admission, remembered
from service.log.token_digests import Holder, holder
from service.tokens import digest_of, is_mistyped
from service.trusted_issuer import TrustedIssuer


class Unauthorized(Exception):
    """No token, or one that lets nobody in."""


class Expired(Unauthorized):
    """A token that let somebody in before."""


class ManyTokens(Exception):
    """Different tokens in one request: it is not clear who asks (RFC 6750, 3.1)."""


READER = Caller(
    user_id=0,
    name="Reader",
    is_admin=False,
    default_currency="NOK",
    is_auditor=True,
    scopes=admitted(is_admin=False, is_auditor=True),
)
"""Whoever reads a service that is only read: nobody whom the log knows."""


def authenticate(reading: Reading, token: str | None, ledger: Ledger) -> Holder:
    """The user whose token it is; that of a service that is only read is `READER`'s.

    Raises `Unauthorized`, and nothing else does; `KeysAway` where nobody can tell. One query.
    """
    if not token:
        raise Unauthorized("a token is needed: header x-api-token, query api_token or Authorization: Bearer")
    settings = ledger.settings
    reading_token = settings.api_token if settings.is_read_only else None
    if reading_token is not None and hmac.compare_digest(digest_of(token), digest_of(reading_token)):
        return Holder(READER, None)
    if settings.issuer is not None and is_of_an_issuer(token):
        found = _sent_by(settings.issuer, reading, token, ledger)
    else:
        found = _ours(reading, digest_of(token))
    if found is None:
        is_cut = is_mistyped(token)
        raise Unauthorized("the token was cut off or mistyped" if is_cut else "the token lets nobody in")
    user = found.caller
    if user.expires is not None and user.expires <= timestamp(ledger.clock()):
        raise Expired(f"the token expired at {user.expires}")
    if user.token_id is not None:
        ledger.token_uses.note(user.token_id)
    return found


def let_in_before(token: str, ledger: Ledger) -> Holder | None:
    """Whom a token of ours let in when it last gave a command; None where that has to be asked.

    It is what this process remembers, so it is for commands only, which confirm it.
    """
    found = remembered(ledger.event_log.kept, digest_of(token))
    if found is None or found.caller.token_id is None:
        return None
    if found.caller.expires is not None and found.caller.expires <= timestamp(ledger.clock()):
        return None
    ledger.token_uses.note(found.caller.token_id)
    return Holder(found.caller, None, found)


def _ours(reading: Reading, digest: str) -> Holder | None:
    found = holder(reading, digest)
    return found and Holder(found.caller, found.standing, Admission(digest, found.caller))


def _sent_by(issuer: TrustedIssuer, reading: Reading, token: str, ledger: Ledger) -> Holder | None:
    """The user whom a token of the trusted issuer tells of, with those of its scopes that the user's role admits."""
    try:
        claims = claims_of(token, issuer, ledger.clock())
    except Over as error:
        raise Expired(str(error)) from None
    except Refused as error:
        raise Unauthorized(str(error)) from None
    found = caller(reading, email=claims.email, user_id=claims.user_id)
    if found is None:
        return None
    return Holder(replace(found, scopes=found.scopes & claims.scopes, expires=claims.expires), None)


def token_of(request: Request) -> str | None:
    """The token that came in the header, the query or as Bearer (wire reference 1.2). Raises `ManyTokens`."""
    scheme, _, bearer = (sent(request, "Authorization") or "").partition(" ")
    given = {sent(request, "X-Api-Token"), *request.args.getlist("api_token")}
    given |= {bearer.strip()} if scheme.lower() == "bearer" else set()
    tokens = list(filter(None, given))
    if len(tokens) > 1:
        raise ManyTokens("the request bears different tokens: give one")
    return tokens[0] if tokens else None
