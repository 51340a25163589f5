"""JSON-RPC nodes of one chain, asked in turn, over web3's HTTP provider.

An answer is only believed from a node that has said it serves the configured chain. Retries, caching and
nonces are not left to the library: a lost answer must reach the code that decides what it means.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from service.anchoring.errors import AnchoringError, NodeUnreachable, WrongChain

_CONNECT_TIMEOUT = 3.0
# "limit exceeded", "resource unavailable", internal error: another node may answer.
_PASSING_CODES = frozenset({-32005, -32002})


class RpcError(AnchoringError):
    """A node answered with an error: its code, its words, and the revert data if there is any."""

    def __init__(self, code: int, message: str, data: bytes | None) -> None:
        self.code = code
        self.message = message
        self.data = data
        super().__init__(f"{message} ({code})")


class Node:
    """The nodes of one chain. Safe among threads (a session each); the first URL that works is kept."""

    def __init__(self, urls: Sequence[str], chain_id: int, *, timeout: float = 10.0) -> None:
        self.chain_id = chain_id
        self._timeout = timeout
        self._providers = [self._provider(url) for url in urls]
        self._names = [
            urlsplit(url).hostname or "?" for url in urls
        ]  # URLs often carry a secret: never show them
        self._trusted: set[int] = set()
        self._first = 0

    def _provider(self, url: str) -> HTTPProvider:
        return HTTPProvider(
            url,
            request_kwargs={"timeout": (_CONNECT_TIMEOUT, self._timeout)},
            exception_retry_configuration=None,
        )

    @property
    def url(self) -> str:
        """The URL in use. It may carry a secret."""
        return str(self._providers[self._first].endpoint_uri)

    def move(self, url: str) -> None:
        """The only node is served elsewhere from now on."""
        self._providers, self._trusted, self._first = [self._provider(url)], set(), 0

    def call(self, method: str, *params: object) -> Any:
        """The result of a method. Raises `RpcError` when the node refuses, `NodeUnreachable` when none
        answers, `WrongChain` when all that answer serve another chain.
        """
        problems: list[str] = []
        foreign = 0
        for turn in range(len(self._providers)):
            n = (self._first + turn) % len(self._providers)
            try:
                if n not in self._trusted:
                    self._check_chain(n)
                result = self._ask(n, method, params)
            except WrongChain as error:
                foreign += 1
                problems.append(str(error))
            except NodeUnreachable as error:
                self._trusted.discard(n)  # whatever comes back under this name must introduce itself again
                problems.append(str(error))
            else:
                self._first = n
                return result
        kind = WrongChain if foreign == len(self._providers) else NodeUnreachable
        raise kind("; ".join(problems))

    def _check_chain(self, n: int) -> None:
        answer = self._ask(n, "eth_chainId", ())
        if quantity(answer) != self.chain_id:
            raise WrongChain(f"{self._names[n]} serves chain {quantity(answer)}, not {self.chain_id}")
        self._trusted.add(n)

    def _ask(self, n: int, method: str, params: Sequence[object]) -> Any:
        name = self._names[n]
        try:
            answer = cast(
                "dict[str, Any]", self._providers[n].make_request(RPCEndpoint(method), list(params))
            )
        except requests.RequestException as error:
            raise NodeUnreachable(f"{name}: {method}: {type(error).__name__}") from None
        except (json.JSONDecodeError, UnicodeDecodeError, ValueError):
            raise NodeUnreachable(f"{name}: {method}: the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise NodeUnreachable(f"{name}: {method}: the answer is not JSON-RPC")
        refused = answer.get("error")
        if refused is not None:
            raise _refusal(name, method, refused)
        if "result" not in answer:
            raise NodeUnreachable(f"{name}: {method}: neither result nor error")
        return answer["result"]


def _refusal(name: str, method: str, error: object) -> AnchoringError:
    members = error if isinstance(error, dict) else {"message": str(error)}
    code, text = members.get("code"), str(members.get("message", ""))
    if code in _PASSING_CODES or "rate limit" in text.lower():
        return NodeUnreachable(f"{name}: {method}: {text[:200]}")
    return RpcError(code if isinstance(code, int) else 0, text[:500], _revert_data(members.get("data")))


def _revert_data(data: object) -> bytes | None:
    """Revert data: a hex string in most nodes, {"data": hex} in some, "Reverted 0x…" in others."""
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str):
        return None
    text = data.removeprefix("Reverted ").removeprefix("0x")
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def quantity(value: object) -> int:
    """A JSON-RPC QUANTITY; NodeUnreachable for anything else (a node that talks nonsense is no node)."""
    try:
        return int(cast(str, value), 16)
    except (TypeError, ValueError):
        raise NodeUnreachable(f"not a JSON-RPC quantity: {str(value)[:80]}") from None


def data(value: object, length: int | None = None) -> bytes:
    """JSON-RPC DATA of `length` bytes (None: any)."""
    try:
        raw = bytes.fromhex(cast(str, value).removeprefix("0x"))
    except (AttributeError, TypeError, ValueError):
        raise NodeUnreachable(f"not JSON-RPC data: {str(value)[:80]}") from None
    if length is not None and len(raw) != length:
        raise NodeUnreachable(f"expected {length} bytes of JSON-RPC data, got {len(raw)}")
    return raw
