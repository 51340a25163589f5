"""A `ChainView` over JSON-RPC with nothing but the standard library, so that `tally verify` starts in a
moment.

Several nodes of one chain must agree. A node that cannot be reached, or answers nonsense, never makes a
receipt invalid: it raises NodeUnreachable.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from service.core.chain_view import Block, NodesDisagree, NodeUnreachable
from service.core.eip712 import keccak256
from service.core.errors import FormatError, VerificationError
from service.core.hexs import to_hex
from service.core.state_proof import AnchorSlot, pack_anchor

TIMEOUT = 10.0
"""Seconds for one answer of a node."""
_MAX_ANSWER = 1024 * 1024
_ANCHORED_AT = keccak256(b"anchoredAt(bytes32,uint64,bytes32)")[:4]
_HEAD = keccak256(b"head(bytes32)")[:4]

T = TypeVar("T")


class Node:
    """One JSON-RPC node; answers are cached for the life of the object. All methods: NodeUnreachable."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        parts, port = _split(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        host = parts.hostname or ""
        self._connection = kind(host, port, timeout=timeout)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # Paths and queries often hold an API key: only the host is ever shown.
        self.name = host if port is None else f"{host}:{port}"
        self._cache: dict[tuple[object, ...], Any] = {}
        self._down: str | None = None

    def chain_id(self) -> int:
        """The chain that the node serves."""
        return self._integer(self._call("eth_chainId"))

    def block(self, tag: int | str) -> Block | None:
        """The block at a height or tag; None if the node has none."""
        found = self._call("eth_getBlockByNumber", hex(tag) if isinstance(tag, int) else tag, False)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self._failed("a block is not an object")
        number, timestamp = self._integer(found.get("number")), self._integer(found.get("timestamp"))
        if isinstance(tag, int) and number != tag:
            raise self._failed("it answered with another block")
        return Block(number, self._bytes(found.get("hash"), 32), timestamp)

    def code_hash(self, address: str, number: int) -> bytes:
        """keccak256 of the runtime code."""
        return keccak256(self._bytes(self._call("eth_getCode", address, hex(number))))

    def words(self, to: str, data: bytes, number: int | None, count: int) -> list[int]:
        """The first `count` words of what a contract call returns; all zero where there is no contract."""
        tag = "latest" if number is None else hex(number)
        answer = self._bytes(self._call("eth_call", {"to": to, "data": to_hex(data)}, tag))
        if answer == b"":
            return [0] * count
        if len(answer) < 32 * count:
            raise self._failed("a call returned too little")
        return [int.from_bytes(answer[32 * n : 32 * n + 32], "big") for n in range(count)]

    def _call(self, method: str, *params: object) -> Any:
        key = (method, json.dumps(params))
        if key not in self._cache:
            self._cache[key] = self._ask(method, params)
        return self._cache[key]

    def _ask(self, method: str, params: Sequence[object]) -> Any:
        if self._down is not None:  # one time-out is enough, however many receipts there are
            raise self._failed(self._down)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        try:
            answer = json.loads(self._post(body.encode()))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self._connection.close()
            self._down = str(error) or type(error).__name__
            raise self._failed(self._down) from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise self._failed(f"{method}: {_complaint(answer)}")
        return answer["result"]

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        kept = self._connection.sock is not None
        try:
            self._connection.request("POST", self._path, body, headers)
            response = self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            if not kept:
                raise
            # A kept-alive connection may have been closed meanwhile; a fresh one gets a second chance.
            self._connection.request("POST", self._path, body, headers)
            response = self._connection.getresponse()
        answer = response.read(_MAX_ANSWER + 1)
        if len(answer) > _MAX_ANSWER:
            raise http.client.HTTPException("the answer is too long")
        if response.status != 200 and not answer.startswith(b"{"):
            raise http.client.HTTPException(f"HTTP status {response.status}")
        return answer

    def _integer(self, value: object) -> int:
        if not isinstance(value, str) or not value.startswith("0x") or len(value) > 18:
            raise self._failed("a number is not hexadecimal")
        try:
            return int(value[2:], 16)
        except ValueError:
            raise self._failed("a number is not hexadecimal") from None

    def _bytes(self, value: object, length: int | None = None) -> bytes:
        try:
            data = bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("0x") else None
        except ValueError:
            data = None
        if data is None or length not in (None, len(data)):
            raise self._failed("bytes are not hexadecimal")
        return data

    def _failed(self, why: str) -> NodeUnreachable:
        return NodeUnreachable(f"{self.name}: {why}")


class RpcView:
    """The `ChainView` of the nodes at several addresses; nodes of one chain must agree."""

    def __init__(self, urls: Sequence[str], timeout: float = TIMEOUT) -> None:
        self._all = [Node(url, timeout) for url in urls]
        self._nodes: Mapping[int, list[Node]] | None = None

    def finalized(self, chain_id: int) -> Block:
        """The lowest of the nodes' final blocks, which all nodes must have in common."""
        finals = [self._final(node) for node in self._of(chain_id)]
        lowest = min(finals, key=lambda block: block.number)
        if self.block(chain_id, lowest.number) != lowest:
            raise NodesDisagree(f"the nodes' final blocks at height {lowest.number} differ")
        return lowest

    def block(self, chain_id: int, number: int) -> Block | None:
        """The canonical block at a height."""
        return self._agreed(chain_id, f"block {number}", lambda node: node.block(number))

    def code_hash(self, chain_id: int, address: str, number: int) -> bytes:
        """keccak256 of the runtime code at the end of a block."""
        return self._agreed(chain_id, f"code of {address}", lambda node: node.code_hash(address, number))

    def anchored_at(
        self, chain_id: int, registry: str, log: bytes, size: int, root: bytes, number: int | None
    ) -> AnchorSlot | None:
        """The registry's `anchoredAt`; None if it holds no such anchor."""
        data = _ANCHORED_AT + log + size.to_bytes(32, "big") + root
        words = self._agreed(chain_id, "anchoredAt", lambda node: node.words(registry, data, number, 5))
        slot = AnchorSlot(*words)
        try:
            pack_anchor(slot)
        except VerificationError:
            raise NodeUnreachable("anchoredAt: the nodes answered with what no registry can hold") from None
        return slot if slot.timestamp else None

    def head_size(self, chain_id: int, registry: str, log: bytes, number: int) -> int:
        """The size of the registry's head."""
        return self._agreed(chain_id, "head", lambda node: node.words(registry, _HEAD + log, number, 1))[0]

    def _final(self, node: Node) -> Block:
        block = node.block("finalized")
        if block is None:
            raise NodeUnreachable(f"{node.name}: it does not say which block is final")
        return block

    def _agreed(self, chain_id: int, what: str, ask: Callable[[Node], T]) -> T:
        answers = [ask(node) for node in self._of(chain_id)]
        if any(answer != answers[0] for answer in answers):
            raise NodesDisagree(f"the nodes differ over {what}")
        return answers[0]

    def _of(self, chain_id: int) -> list[Node]:
        if self._nodes is None:
            nodes: dict[int, list[Node]] = {}
            for node in self._all:
                nodes.setdefault(node.chain_id(), []).append(node)
            self._nodes = nodes
        if chain_id not in self._nodes:
            raise NodeUnreachable(f"no node of chain {chain_id} was named")
        return self._nodes[chain_id]


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FormatError(f"not an http or https address: {url!r}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FormatError(f"not an http or https address: {url!r}")
    return parts, port


def _complaint(answer: object) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return str(message)[:200] if message else "not a JSON-RPC answer"
