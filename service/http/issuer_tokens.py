"""Reads JSON Web Tokens of a trusted issuer: who asks, for which scopes, until when (RFC 7519, RFC 8725)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwt import JWTClaimsRegistry

from aggregates.scopes import SCOPES
from service.clock import timestamp
from service.http.issuer_keys import IssuerKeys, UnknownKey
from service.trusted_issuer import TrustedIssuer

_ID = re.compile(r"[1-9]\d{0,14}", re.ASCII)
_PARTS = 3
_BEGINNING = "eyJ"
"""``{"`` in base64url: how the header of every token begins that is written without blanks."""


class Refused(Exception):
    """A token of an issuer that lets nobody in; the message says why."""


class Over(Refused):
    """A token of the trusted issuer that has expired."""


@dataclass(frozen=True)
class Claims:
    """What a token of the trusted issuer claims: whose it is, its scopes, and when it expires, the skew included.

    Of address and id one is not None.
    """

    email: str | None
    user_id: int | None
    scopes: frozenset[str]
    expires: str


def is_of_an_issuer(token: str) -> bool:
    """Whether a token has the form of a signed JSON Web Token; none that is issued here has."""
    return token.startswith(_BEGINNING) and token.count(".") == _PARTS - 1


def claims_of(token: str, issuer: TrustedIssuer, now: datetime) -> Claims:
    """What a token claims that the issuer signed for us and that counts now. Asks no database.

    An address that the issuer says is not verified is none. Words of ``scope`` (RFC 9068) that are no scopes here are
    left out, and without that claim there are none. Raises `Refused`, and `KeysAway` where nobody can tell.
    """
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=issuer.skew,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(
            token, lambda signed: _keys(issuer).find(signed.headers()), algorithms=issuer.algorithms
        ).claims
        registry.validate(claims)
        expires = timestamp(datetime.fromtimestamp(claims["exp"] + issuer.skew, UTC))
    except UnknownKey:
        raise Refused("the token is signed by a key that its issuer has not") from None
    except ExpiredTokenError:
        raise Over("the token has expired") from None
    except ClaimError as error:
        raise Refused(f"the token's claim {error.claim} is missing, or not what it must be") from None
    except (JoseError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        raise Refused("the token is not one that its issuer signed") from None
    email, user_id = _user(claims, issuer)
    scope = claims.get("scope")
    scopes = frozenset(scope.split() if isinstance(scope, str) else ()) & frozenset(SCOPES)
    return Claims(email, user_id, scopes, expires)


def _user(claims: Mapping[str, Any], issuer: TrustedIssuer) -> tuple[str | None, int | None]:
    told = claims.get(issuer.claim)
    if issuer.is_address:
        if isinstance(told, str) and told and told.isprintable() and claims.get("email_verified", True) is True:
            return told, None
    elif isinstance(told, int | str) and not isinstance(told, bool) and _ID.fullmatch(str(told)):
        return None, int(told)
    raise Refused(f"the token's claim {issuer.claim} tells of no user")


@cache
def _keys(issuer: TrustedIssuer) -> IssuerKeys:
    return IssuerKeys(issuer)
