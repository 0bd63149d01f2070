"""Which issuer of JSON Web Tokens (RFC 7519) is trusted, as the environment says, and how its tokens are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Those that may be allowed (RFC 7518, 8037): signatures by a key that only the issuer has, never ``none`` or HMAC."""

DEFAULT_ALGORITHMS = ("RS256", "ES256")
DEFAULT_SKEW = 60
LARGEST_SKEW = 300
_REQUIRED = ("LEADLEDGER_JWT_ISSUER", "LEADLEDGER_JWT_AUDIENCE", "LEADLEDGER_JWT_KEYS")
_OPTIONAL = {
    "LEADLEDGER_JWT_ALGORITHMS": ",".join(DEFAULT_ALGORITHMS),
    "LEADLEDGER_JWT_USER": "email:email",
    "LEADLEDGER_JWT_SKEW": str(DEFAULT_SKEW),
}


class WrongIssuer(Exception):
    """What the environment says of the trusted issuer cannot be; the message names the setting and what would do."""


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer and what its tokens must have: this ``iss``, this ``aud``, one of these ``algorithms``.

    ``keys`` is the file or the address of its JSON Web Key Set (RFC 7517), the only one that is ever read, whatever a
    token's header names. ``claim`` tells a user's address or, unless ``is_address``, a user's id. ``skew`` is by how
    many seconds the issuer's clock and ours may differ.
    """

    name: str
    audience: str
    keys: Path | SplitResult
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    claim: str = "email"
    is_address: bool = True
    skew: int = DEFAULT_SKEW

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> TrustedIssuer | None:
        """What ``LEADLEDGER_JWT_…`` variables say; None where no issuer is trusted. Raises `WrongIssuer`."""
        required = {name: environment.get(name) for name in _REQUIRED}
        optional = {name: environment.get(name) or otherwise for name, otherwise in _OPTIONAL.items()}
        if not any(required.values()) and not any(map(environment.get, _OPTIONAL)):
            return None
        for name, given in required.items():
            if not given:
                raise WrongIssuer(f"{name} is missing: issuer, audience and keys are set together, or none")
        name, audience, keys = (given or "" for given in required.values())
        algorithms, user, skew = optional.values()
        is_address, claim = _user(user)
        return cls(name, audience, _keys(keys), _algorithms(algorithms), claim, is_address, _skew(skew))


def _keys(given: str) -> Path | SplitResult:
    if "://" not in given:
        return Path(given)
    try:
        address = urlsplit(given)
        is_whole = bool(address.hostname) and address.port != 0 and address.username is None
    except ValueError:
        is_whole = False
    if not is_whole or not (address.scheme == "https" or (address.scheme == "http" and _is_here(address.hostname))):
        raise WrongIssuer(
            "LEADLEDGER_JWT_KEYS must be a file, or an address that begins with https:// and has no password"
        )
    return address


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _algorithms(given: str) -> tuple[str, ...]:
    named = tuple(part.strip() for part in given.split(",") if part.strip())
    if not named or not set(named) <= set(ALGORITHMS):
        raise WrongIssuer(f"LEADLEDGER_JWT_ALGORITHMS is “{given}”: it must name some of {', '.join(ALGORITHMS)}")
    return named


def _user(given: str) -> tuple[bool, str]:
    told, _, claim = given.partition(":")
    if told not in ("email", "id") or not claim:
        raise WrongIssuer(f"LEADLEDGER_JWT_USER is “{given}”: it must be email:CLAIM or id:CLAIM, such as email:email")
    return told == "email", claim


def _skew(given: str) -> int:
    if not (given.isascii() and given.isdigit() and int(given) <= LARGEST_SKEW):
        raise WrongIssuer(
            f"LEADLEDGER_JWT_SKEW is “{given}”: it must be a number of seconds, {LARGEST_SKEW} at the most"
        )
    return int(given)
