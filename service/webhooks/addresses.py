"""Where webhooks may go: https URLs whose host leads to public addresses only. Pure.

An endpoint's URL comes from a platform, and requests to it are made from inside the operator's network: an
address that means something only there (RFC 6890 and its registries, cloud metadata) is refused, in whatever
form it is written or wrapped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from service.webhooks.errors import WebhookRefused

MAX_URL = 2048
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_PRINTABLE = re.compile(r"[!-~]+")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
_FIRST_FREE_PORT = 1024

_REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        ),
    )
)  # fmt: skip
_GLOBAL_V6 = IPv6Network("2000::/3")
# Within 2000::/3: protocol assignments and Teredo, documentation, 6to4 (any IPv4 address may hide in one),
# AS112, documentation again. NAT64, mapped and local addresses lie outside.
_REFUSED_V6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: `host` is a name or an address without brackets, `path` includes the query."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def is_public(text: str) -> bool:
    """Whether this address (as a resolver writes it) means the same to everybody."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return _public_v6(address)


def _public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _REFUSED_V6)


def is_loopback(text: str) -> bool:
    """Whether this address is the host's own."""
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def parse_url(url: str, *, development: bool = False) -> Target:
    """The target of an endpoint's URL; WebhookRefused names what is wrong with it.

    `development` allows http, and addresses of the host itself. A host's name is judged when it is resolved.
    """
    if not 1 <= len(url) <= MAX_URL or not _PRINTABLE.fullmatch(url):
        raise _refused(f"a URL is 1 to {MAX_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("not a URL") from None
    if parts.scheme != "https" and not (development and parts.scheme == "http"):
        raise _refused("the URL must begin with https://")
    if "@" in parts.netloc or "#" in url or "\\" in url:
        raise _refused("a URL here has no user name, no fragment and no backslash")
    tls = parts.scheme == "https"
    target = Target(
        tls=tls,
        host=_host(parts.hostname or "", development=development),
        port=(443 if tls else 80) if port is None else port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if target.port != 443 and target.port < _FIRST_FREE_PORT and not development:
        raise _refused(f"the port must be 443, or {_FIRST_FREE_PORT} or above")
    return target


def _host(host: str, *, development: bool) -> str:
    try:
        address = str(ip_address(host))
    except ValueError:
        address = None
    if address is not None:
        if is_public(address) or (development and is_loopback(address)):
            return address
        raise _refused("the host is an address that is not public")
    if not _HOST.fullmatch(host):
        raise _refused("the host is not a name (write international names in punycode)")
    last = host.rpartition(".")[2]
    # `127.1` and `0x7f000001` are names to a parser and addresses to a resolver.
    if _NUMERIC_LABEL.fullmatch(last) or (last in ("localhost", "local", "internal") and not development):
        raise _refused("the host is not a public name")
    return host


def _refused(detail: str) -> WebhookRefused:
    return WebhookRefused("/url", detail)
