"""One POST to an endpoint, over a connection to an address that has been checked.

The name is resolved once; every address it has must be allowed, and the connection goes to one of exactly
these (a second resolution could give another). SNI, certificate and Host keep the name. Redirects are
answers like any other that is not 2xx; proxies of the environment do not exist for this client. Of the
answer only the status and `Retry-After` are looked at; the rest is read, up to a limit, so that the peer can
end in peace.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from service.webhooks.addresses import Target, is_loopback, is_public, parse_url
from service.webhooks.errors import AddressRefused, WebhookRefused
from service.webhooks.resolving import Resolver, TimedResolver

SECONDS = 10.0
_HEAD_BYTES = 16 * 1024
_BODY_BYTES = 64 * 1024
_BODY_SECONDS = 1.0
_ADDRESSES_TRIED = 3
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n")
_RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([ -~]{1,64}?)[ \t]*\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answered:
    """The endpoint's status code, or why there is none: a short word of our own; and its `Retry-After`, as it
    stands there.
    """

    status: int | None
    failure: str | None
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the endpoint took the message."""
        return self.status is not None and 200 <= self.status < 300


class _NoAnswer(Exception):
    """The exchange ended without a status; the text is the failure's word."""


class Transport:
    """Sends to endpoints. `development`: http and the host's own addresses are allowed, too."""

    def __init__(
        self,
        *,
        development: bool,
        monotonic: Callable[[], float],
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._development = development
        self._monotonic = monotonic
        self._resolver = resolver or TimedResolver()
        self._tls = tls or ssl.create_default_context()
        self._seconds = seconds

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """POST a JSON body; whatever goes wrong is in the result."""
        ends = self._monotonic() + self._seconds
        try:
            target = parse_url(url, development=self._development)
            addresses = self._addresses(target)
        except (WebhookRefused, AddressRefused):
            return Answered(None, "address not allowed")
        except (OSError, UnicodeError):
            return Answered(None, "name not resolved")
        try:
            return self._exchange(target, addresses, _request(target, headers, body), ends)
        except _NoAnswer as error:
            return Answered(None, str(error))
        except TimeoutError:
            return Answered(None, "timed out")
        except ssl.SSLError:
            return Answered(None, "TLS failed")
        except OSError:
            return Answered(None, "connection failed")

    def _addresses(self, target: Target) -> Sequence[str]:
        addresses = self._resolver(target.host, target.port)
        if not addresses or not all(map(self._allowed, addresses)):
            raise AddressRefused("the name leads to an address that nothing is sent to")
        return addresses[:_ADDRESSES_TRIED]

    def _allowed(self, address: str) -> bool:
        return is_public(address) or (self._development and is_loopback(address))

    def _exchange(self, target: Target, addresses: Sequence[str], request: bytes, ends: float) -> Answered:
        with self._connected(addresses, target.port, ends) as plain:
            plain.settimeout(self._left(ends))
            secured = self._tls.wrap_socket(plain, server_hostname=target.host) if target.tls else plain
            with secured as connection:
                connection.settimeout(self._left(ends))
                connection.sendall(request)
                answered = self._answered(connection, ends)
                self._drain(connection)
                return answered

    def _connected(self, addresses: Sequence[str], port: int, ends: float) -> socket.socket:
        for number, address in enumerate(addresses, start=1):
            try:
                return socket.create_connection((address, port), self._left(ends))
            except OSError:
                if number == len(addresses):
                    raise
        raise AssertionError("there is at least one address")

    def _answered(self, connection: socket.socket, ends: float) -> Answered:
        """The final answer's head; interim answers (1xx) are passed over."""
        received = b""
        while len(received) <= _HEAD_BYTES:
            head, end, rest = received.partition(b"\r\n\r\n")
            if not end:
                connection.settimeout(self._left(ends))
                piece = connection.recv(4096)
                if not piece:
                    break
                received += piece
                continue
            match = _STATUS_LINE.match(head + b"\r\n")
            if match is None:
                break
            if not match[1].startswith(b"1"):
                asked = _RETRY_AFTER.search(head + b"\r\n")
                return Answered(int(match[1]), None, None if asked is None else asked[1].decode("ascii"))
            received = rest
        raise _NoAnswer("no HTTP answer")

    def _drain(self, connection: socket.socket) -> None:
        """Read what follows, for a moment: closing on unread bytes would reset the peer's connection."""
        ends, left = self._monotonic() + _BODY_SECONDS, _BODY_BYTES
        with suppress(OSError):
            while left > 0:
                connection.settimeout(self._left(ends))
                piece = connection.recv(min(left, 16 * 1024))
                if not piece:
                    return
                left -= len(piece)

    def _left(self, ends: float) -> float:
        left = ends - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["content-type: application/json", f"content-length: {len(body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + body
