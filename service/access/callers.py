"""Where a request comes from, as far as that is used: to count wrong codes, and to tell accesses apart.

Addresses leave this module only as text that is hashed before it is kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_address(text: str) -> Address | None:
    """An IP address, an IPv4 one written as IPv6 (`::ffff:…`) as IPv4; None for anything else."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, v4: int, v6: int) -> str:
    bits = v4 if address.version == 4 else v6
    return str(ipaddress.ip_network((address, bits), strict=False))


@dataclass(frozen=True, slots=True)
class Caller:
    """One client's address; None when it is not known (a Unix socket)."""

    address: Address | None

    @property
    def counted(self) -> str:
        """What attempts are counted by: an IPv4 address, an IPv6 network of 64 bits (one subscriber's)."""
        return "" if self.address is None else _within(self.address, 32, 64)

    @property
    def recorded(self) -> str | None:
        """What is kept (hashed) of an access: the network of 24 bits (IPv4) or 48 (IPv6)."""
        return None if self.address is None else _within(self.address, 24, 48)


class Callers:
    """Tells the client behind trusted proxies: only these are believed about whom they forward."""

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = tuple(proxies)

    def caller(self, peer: str | None, forwarded: str | None) -> Caller:
        """The caller of a request from `peer` with this `X-Forwarded-For` header.

        Read from the right: each proxy appends whom it heard from, so the first address that is not a
        trusted proxy's is the client's; whatever stands left of it the client may have made up.
        """
        address = None if peer is None else parse_address(peer)
        for text in reversed((forwarded or "").split(",")):
            if address is None or not any(address in network for network in self._proxies):
                break
            before = parse_address(text)
            if before is None:
                break
            address = before
        return Caller(address)
