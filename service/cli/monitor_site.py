"""Where a monitor looks: a log's public files over HTTP, the registry over JSON-RPC, its memory on disk."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.cli.monitor_look import Anchored, Memory, Unreachable
from service.cli.rpc_view import Node
from service.core.chain_view import NodeUnreachable
from service.core.eip712 import keccak256
from service.core.errors import TallyError
from service.core.hexs import from_hex
from service.core.trust import TrustedChain

_FORMAT = "tallystick-monitor/1"
_PATIENCE_SECONDS = 20.0
_WHOLE_SECONDS = 60.0
_MOST_BYTES = 1024 * 1024
_HEAD = keccak256(b"head(bytes32)")[:4]


class MonitorRefused(TallyError):
    """The monitor cannot work like this; the message says what to change."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a URL answered: status, media type, body."""

    url: str
    status: int
    kind: str
    content: bytes


class HttpSite:
    """A log's folder on a site, for instance `https://logs.example/logs/kaka`."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url.rstrip("/") + "/", timeout=_PATIENCE_SECONDS)

    def checkpoint(self) -> str | None:
        """The newest signed note."""
        answer = self._get("checkpoint")
        if answer.status == 404 and "problem+json" in answer.kind:
            return None
        return self._good(answer).decode(errors="replace")

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """The consistency proof between two sizes."""
        content = self._good(self._get(f"consistency?old={old}&new={new}"))
        try:
            return [from_hex(each, 32, "") for each in json.loads(content)["proof"]]
        except (ValueError, KeyError, TypeError, RecursionError, TallyError) as error:
            raise Unreachable(f"{self._client.base_url}: no consistency proof in its answer") from error

    def _get(self, path: str) -> _Answer:
        """An answer, whole. No site holds a watcher up, neither by length nor by slowness."""
        end, content = time.monotonic() + _WHOLE_SECONDS, bytearray()
        try:
            with self._client.stream("GET", path) as answer:
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES or time.monotonic() > end:
                        raise Unreachable(
                            f"{answer.request.url}: an answer that is too long, or does not end"
                        )
                kind = answer.headers.get("content-type", "")
                return _Answer(str(answer.request.url), answer.status_code, kind, bytes(content))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"{self._client.base_url} does not answer: {type(error).__name__}") from error

    @staticmethod
    def _good(answer: _Answer) -> bytes:
        if answer.status != 200:
            raise Unreachable(f"{answer.url} answers {answer.status}")
        return answer.content


class RpcRegistry:
    """A registry's head of one log, as all of these nodes say it."""

    def __init__(self, urls: Sequence[str], chain: TrustedChain, log: bytes) -> None:
        self._urls, self._chain, self._log = urls, chain, log

    def read(self) -> Anchored:
        """The head at the newest block that every node has. Raises `Unreachable`, also when they differ."""
        try:
            nodes = [
                Node(url) for url in self._urls
            ]  # a node object remembers its answers: new ones each time
            newest = [block for node in nodes if (block := node.block("latest")) is not None]
            if len(newest) < len(nodes):
                raise Unreachable("a node has no newest block")
            number = min(block.number for block in newest)
            answers = {self._at(node, number) for node in nodes}
        except (NodeUnreachable, ValueError) as error:
            raise Unreachable(str(error)) from error
        if len(answers) != 1:
            raise Unreachable("the nodes differ over the registry's head")
        return answers.pop()

    def _at(self, node: Node, number: int) -> Anchored:
        chain, block = self._chain, node.block(number)
        if node.chain_id() != chain.chain_id or block is None:
            raise Unreachable(f"{node.name} does not serve chain {chain.chain_id}")
        if node.code_hash(chain.registry, number) != chain.code_hash:
            raise Unreachable(f"{node.name}: the code at {chain.registry} is not the trusted registry's")
        words = node.words(chain.registry, _HEAD + self._log, number, 6)
        return Anchored(words[0], words[5].to_bytes(32, "big"), block.timestamp)


def read_memory(path: Path, log: bytes) -> Memory:
    """What earlier looks left. MonitorRefused when it is another log's, or no such file."""
    try:
        held = json.loads(path.read_bytes())
        if (held["format"], held["log"]) != (_FORMAT, log.hex()):
            raise MonitorRefused(f"{path} is the memory of another log")
        return Memory(held["seen"], held["promised"])
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MonitorRefused(f"{path} is not a monitor's memory: {type(error).__name__}") from None


def write_memory(path: Path, log: bytes, memory: Memory) -> None:
    """Keep what was seen, whole or as before."""
    held = {"format": _FORMAT, "log": log.hex(), "seen": memory.seen, "promised": memory.promised}
    write_whole(path, json.dumps(held, indent=1).encode() + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, durably."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
