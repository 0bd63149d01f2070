"""Finds the address that a request comes from: the connection's, or what a proxy that operators trust says it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from service.operating import Network

MOST_PROXIES = 32
"""How many forwarders of one request are believed; the rest of the header is not read."""

_SHARED_BITS = 64
"""Of an IPv6 address: what follows, a network gives to one customer as a whole (RFC 6177)."""

Address = IPv4Address | IPv6Address


class Addresses:
    """Tells clients' addresses by ``X-Forwarded-For``, as far as it was written by ``proxies``.

    Each proxy adds whom it was asked by, so the header is believed from its end on, until somebody is named who is no
    such proxy: what stands before that, anybody may have written. ``Forwarded`` (RFC 7239) is not read at all: proxies
    that do not write it pass on what clients wrote.
    """

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies = proxies
        self._is_proxy = lru_cache(1024)(self._find)

    def client(self, peer: str, forwarded: str) -> str:
        """The address of the client of a request that came from ``peer``, with the header as it was forwarded."""
        client = peer
        for said in reversed(forwarded.split(",")[-MOST_PROXIES:]):
            if not self._is_proxy(client) or (named := _parsed(said)) is None:
                break
            client = str(named)
        return client

    def _find(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._proxies)


@lru_cache(4096)
def source_of(address: str) -> str:
    """Whom an address stands for where requests are counted: itself, or of IPv6 its network of 64 bits."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _SHARED_BITS), strict=False))
    return "elsewhere" if parsed is None else str(parsed)


def _parsed(said: str) -> Address | None:
    """An address as it stands in a header, perhaps with a port; IPv4 within IPv6 is IPv4. None: it is none."""
    said = said.strip()
    host, bracket, _ = said.removeprefix("[").partition("]")
    if not bracket and said.count(":") == 1:
        host = said.partition(":")[0]
    try:
        parsed = ip_address(host)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        return None if parsed.scope_id else parsed.ipv4_mapped or parsed
    return parsed
