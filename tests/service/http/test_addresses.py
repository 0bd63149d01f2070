"""A client's address is the connection's, unless a proxy that operators trust says another; garbage moves nothing."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.addresses import Addresses, source_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("192.0.2.1")]
ADDRESSES = Addresses(PROXIES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody whose word counts
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the client wrote the first one himself
        ("10.0.0.1", "198.51.100.1, 192.0.2.1 ,10.0.0.2", "198.51.100.1"),  # a chain of proxies
        ("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "_hidden, ", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),  # a proxy that asks for itself
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),  # IPv4 on a socket of both kinds
        ("fd00::5", "::ffff:198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", ""),
        ("10.0.0.1", "10.0.0.2," * 4000, "10.0.0.1"),
    ],
)
def test_a_header_counts_as_far_as_a_trusted_proxy_wrote_it(peer: str, forwarded: str, client: str) -> None:
    assert ADDRESSES.client(peer, forwarded) == client


@given(st.text(max_size=300))
def test_whatever_a_stranger_writes_is_not_believed(forwarded: str) -> None:
    assert ADDRESSES.client("203.0.113.9", forwarded) == "203.0.113.9"
    assert ADDRESSES.client("10.0.0.1", f"{forwarded},203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "elsewhere"),
        ("x" * 1000, "elsewhere"),
    ],
)
def test_an_ipv6_network_counts_as_one(address: str, source: str) -> None:
    assert source_of(address) == source
