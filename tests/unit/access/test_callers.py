from __future__ import annotations

import ipaddress

import pytest

from service.access.callers import Callers

PROXIED = Callers([ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.1/32")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.9", None, "203.0.113.9/32"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9/32"),  # no proxy of ours: what it says is its own idea
        ("10.0.0.1", "198.51.100.1", "198.51.100.1/32"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1/32"),
        ("10.0.0.1", "198.51.100.1, junk", "10.0.0.1/32"),
        ("10.0.0.1", "", "10.0.0.1/32"),
        ("::ffff:127.0.0.1", "2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1/32"),
        (None, "198.51.100.1", ""),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str | None, forwarded: str | None, counted: str) -> None:
    assert PROXIED.caller(peer, forwarded).counted == counted


def test_records_keep_a_wider_network() -> None:
    assert Callers().caller("203.0.113.9", None).recorded == "203.0.113.0/24"
    assert Callers().caller("2001:db8:1:2:3::9", None).recorded == "2001:db8:1::/48"
    assert Callers().caller(None, None).recorded is None
