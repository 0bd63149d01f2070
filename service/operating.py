"""What operators set about limits, proxies, browsers and logs, read from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

MOST = 1_000_000
"""The largest count of a quota."""

LONGEST_SECONDS = 86_400
"""The longest window of a quota."""

LOG_FORMATS = ("text", "json")
_OFF = "off"
_QUOTA = re.compile(r"([1-9]\d{0,6})/([1-9]\d{0,4})")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?")
_DEFAULT_PORTS = (("http://", ":80"), ("https://", ":443"))

Network = IPv4Network | IPv6Network


class WrongSetting(Exception):
    """A setting that cannot be understood; the message names it and says what it could be."""


@dataclass(frozen=True)
class Quota:
    """At most ``count`` times in a window of so many ``seconds``, which begins with the first time."""

    count: int
    seconds: int


@dataclass(frozen=True)
class Operation:
    """How the service is operated. A limit that is None is off.

    ``proxies`` are those whose word is taken for a client's address, and ``origins`` the web pages whose scripts may
    read answers. With ``has_gzip`` answers are packed for clients that take them so.
    """

    token_limit: Quota | None = None
    address_limit: Quota | None = None
    failed_logins: Quota | None = Quota(10, 600)
    proxies: tuple[Network, ...] = ()
    origins: frozenset[str] = frozenset()
    has_json_logs: bool = False
    has_gzip: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Operation:
        """What ``LEADLEDGER_…`` variables say. Raises `WrongSetting`."""

        def quota(name: str, otherwise: Quota | None = None) -> Quota | None:
            return _quota(name, given) if (given := environment.get(name)) else otherwise

        def chosen(name: str, *choices: str) -> str:
            return _chosen(name, environment.get(name) or choices[0], choices)

        def listed(name: str) -> list[str]:
            return [part for each in environment.get(name, "").split(",") if (part := each.strip())]

        return cls(
            token_limit=quota("LEADLEDGER_TOKEN_LIMIT"),
            address_limit=quota("LEADLEDGER_ADDRESS_LIMIT"),
            failed_logins=quota("LEADLEDGER_FAILED_LOGINS", cls.failed_logins),
            proxies=tuple(map(_network, listed("LEADLEDGER_TRUSTED_PROXIES"))),
            origins=frozenset(map(_origin, listed("LEADLEDGER_CORS_ORIGINS"))),
            has_json_logs=chosen("LEADLEDGER_LOG_FORMAT", *LOG_FORMATS) == "json",
            has_gzip=chosen("LEADLEDGER_GZIP", _OFF, "on") == "on",
        )


def whole_number(environment: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    """What a variable says in digits, from 0 to the most. Raises `WrongSetting`."""
    given = environment.get(name) or str(otherwise)
    if not re.fullmatch("[0-9]{1,9}", given) or int(given) > most:
        raise WrongSetting(f"{name} is “{given}”: it must be a whole number from 0 to {most}")
    return int(given)


def _quota(name: str, given: str) -> Quota | None:
    if given == _OFF:
        return None
    found = _QUOTA.fullmatch(given)
    if found is None or int(found[1]) > MOST or int(found[2]) > LONGEST_SECONDS:
        raise WrongSetting(
            f"{name} is “{given}”: it must be a number of times and of seconds, such as 600/60, with at most {MOST} "
            f"times and {LONGEST_SECONDS} seconds, or “{_OFF}”"
        )
    return Quota(int(found[1]), int(found[2]))


def _network(given: str) -> Network:
    try:
        return ip_network(given)
    except ValueError as error:
        raise WrongSetting(
            f"LEADLEDGER_TRUSTED_PROXIES names “{given}”, but each must be an address or network, such as 10.0.0.0/8: "
            f"{error}"
        ) from None


def _origin(given: str) -> str:
    """An origin as browsers send it (RFC 6454, 6.2): without path, and without the port that its scheme implies."""
    is_default = any(given.startswith(scheme) and given.endswith(port) for scheme, port in _DEFAULT_PORTS)
    if is_default or not _ORIGIN.fullmatch(given):
        raise WrongSetting(
            f"LEADLEDGER_CORS_ORIGINS names “{given}”: each must be an origin as browsers send it, such as "
            "https://app.example.com or http://localhost:3000, in small letters, with no path and no default port"
        )
    return given


def _chosen(name: str, given: str, choices: Sequence[str]) -> str:
    if given not in choices:
        raise WrongSetting(f"{name} is “{given}”: it must be {' or '.join(choices)}")
    return given
