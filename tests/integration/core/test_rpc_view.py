"""What a node may do wrong: whatever it answers is the node's fault, never the receipt's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from service.cli.rpc_view import Node, RpcView
from service.core import trust as trust_files
from service.core.chain_view import NodeUnreachable
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from tests.reference import genuine

HASH = "0x" + "11" * 32
BLOCK = {"number": "0x6e", "hash": HASH, "timestamp": "0x6553f100"}


class FakeNode:
    """A node that answers as it is told; counts what it is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "eth_chainId": hex(genuine.KEYS.chain_id),
            "eth_getBlockByNumber": BLOCK,
        }
        self.raw: Callable[[dict[str, Any]], tuple[int, bytes] | None] = lambda request: None
        self.asked: list[str] = []
        self.closes = False
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                node.asked.append(request["method"])
                answer = {"jsonrpc": "2.0", "id": 1, "result": node.answers.get(request["method"])}
                status, body = node.raw(request) or (200, json.dumps(answer).encode())
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if node.closes:  # after a kept-alive answer the server hangs up without a word
                    self.close_connection = True

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that gave up
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def node() -> Iterator[FakeNode]:
    fake = FakeNode()
    yield fake
    fake.stop()


def test_a_block_is_read(node: FakeNode) -> None:
    block = Node(node.url).block(110)
    assert block is not None
    assert (block.number, block.hash.hex(), block.timestamp) == (110, "11" * 32, 0x6553F100)


RAW: list[tuple[int, bytes]] = [
    (200, b""),
    (200, b"<html>"),
    (200, b"null"),
    (200, b"[]"),
    (200, b'{"jsonrpc":"2.0","id":1}'),
    (200, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"pruned"}}'),
    (200, b'{"error":"x"}'),
    (200, b"[" * 100_000),
    (200, b"\xff\xfe"),
    (500, b"no"),
    (429, b'{"error":{"message":"slow down"}}'),
    (200, b'{"result":"' + b"0" * 2_000_000 + b'"}'),
]


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_nonsense_is_the_nodes_fault(node: FakeNode, raw: tuple[int, bytes]) -> None:
    node.raw = lambda request: raw
    with pytest.raises(NodeUnreachable):
        Node(node.url).chain_id()
    report = verify_receipt(
        genuine.encode(genuine.genuine()),
        trust=trust_files.parse(genuine.encode(genuine.trust())),
        view=RpcView([node.url]),
        now=genuine.NOW,
    )
    assert report.verdict is Verdict.CANNOT_REACH_NODE


@pytest.mark.parametrize(
    "block",
    [
        "x",
        [],
        {},
        {**BLOCK, "number": 110},
        {**BLOCK, "number": "110"},
        {**BLOCK, "number": "0x"},
        {**BLOCK, "number": "0xzz"},
        {**BLOCK, "number": "0x6f"},
        {**BLOCK, "number": "0x" + "1" * 40},
        {**BLOCK, "hash": "0x11"},
        {**BLOCK, "hash": None},
        {**BLOCK, "hash": "0x" + "zz" * 32},
        {**BLOCK, "timestamp": None},
    ],
)
def test_a_malformed_block_is_the_nodes_fault(node: FakeNode, block: Any) -> None:
    node.answers["eth_getBlockByNumber"] = block
    with pytest.raises(NodeUnreachable):
        Node(node.url).block(110)


def test_a_node_without_finality_is_said_to_be_so(node: FakeNode) -> None:
    node.answers["eth_getBlockByNumber"] = None
    assert Node(node.url).block(110) is None
    with pytest.raises(NodeUnreachable, match="final"):
        RpcView([node.url]).finalized(genuine.KEYS.chain_id)


@pytest.mark.parametrize("answer", [None, "x", "0xabc", "0x" + "00" * 31, 7])
def test_a_malformed_call_is_the_nodes_fault(node: FakeNode, answer: Any) -> None:
    node.answers["eth_call"] = answer
    with pytest.raises(NodeUnreachable):
        RpcView([node.url]).head_size(genuine.KEYS.chain_id, genuine.KEYS.registry, bytes(32), 110)


def test_no_contract_at_the_address_reads_as_nothing(node: FakeNode) -> None:
    node.answers["eth_call"] = "0x"
    view = RpcView([node.url])
    place = (genuine.KEYS.chain_id, genuine.KEYS.registry, bytes(32))
    assert view.head_size(*place, 110) == 0
    assert view.anchored_at(*place, 7, bytes(32), None) is None


def test_an_anchor_that_no_registry_can_hold_is_the_nodes_fault(node: FakeNode) -> None:
    node.answers["eth_call"] = "0x" + "ff" * 160
    with pytest.raises(NodeUnreachable):
        RpcView([node.url]).anchored_at(
            genuine.KEYS.chain_id, genuine.KEYS.registry, bytes(32), 7, bytes(32), None
        )


def test_a_dropped_connection_gets_a_second_chance(node: FakeNode) -> None:
    node.closes = True
    asked = Node(node.url)
    assert asked.chain_id() == genuine.KEYS.chain_id
    assert asked.block(110) is not None


def test_a_slow_node_is_waited_for_once(node: FakeNode) -> None:
    def slow(request: dict[str, Any]) -> None:
        time.sleep(0.6)

    node.raw = slow
    view = RpcView([node.url], timeout=0.2)
    started = time.monotonic()
    for _ in range(20):
        with pytest.raises(NodeUnreachable):
            view.finalized(genuine.KEYS.chain_id)
    assert time.monotonic() - started < 2


def test_each_question_is_asked_once(node: FakeNode) -> None:
    view = RpcView([node.url])
    for _ in range(5):
        view.finalized(genuine.KEYS.chain_id)
        view.block(genuine.KEYS.chain_id, 110)
    assert sorted(node.asked) == ["eth_chainId", "eth_getBlockByNumber", "eth_getBlockByNumber"]
