"""Several nodes behind one name: the next is asked when one fails; each first says which chain it serves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service.anchoring.errors import NodeUnreachable, WrongChain
from service.chain.anvil import AnvilProcess, find_binary
from service.chain.backend import Node, RpcError

CHAIN_ID = 740_000_001
DEAD = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def anvil() -> Iterator[str]:
    """A node's URL."""
    process = AnvilProcess(find_binary(), ("--port", "0", "--chain-id", str(CHAIN_ID)))
    yield process.url
    process.stop()


@pytest.fixture
def talker() -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers every request with the first of a list of bodies."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bodies[0])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


def test_the_next_node_is_asked(anvil: str) -> None:
    node = Node([DEAD, anvil], CHAIN_ID)
    assert int(node.call("eth_blockNumber"), 16) >= 0
    assert node.url == anvil


def test_no_node_answers() -> None:
    with pytest.raises(NodeUnreachable, match=r"127\.0\.0\.1"):
        Node([DEAD, DEAD], CHAIN_ID).call("eth_blockNumber")


def test_another_chain_is_not_asked(anvil: str) -> None:
    with pytest.raises(WrongChain, match=f"serves chain {CHAIN_ID}, not 5"):
        Node([anvil], 5).call("eth_blockNumber")
    with pytest.raises(NodeUnreachable):  # the other one may serve the right chain once it is back
        Node([anvil, DEAD], 5).call("eth_blockNumber")


def test_a_node_that_was_away_introduces_itself_again(talker: tuple[str, list[bytes]]) -> None:
    url, bodies = talker
    bodies.append(f'{{"result":"{hex(CHAIN_ID)}"}}'.encode())
    node = Node([url], CHAIN_ID)
    assert node.call("eth_blockNumber") == hex(CHAIN_ID)
    bodies[0] = b"<html>"
    with pytest.raises(NodeUnreachable):
        node.call("eth_blockNumber")
    bodies[0] = b'{"result":"0x5"}'  # another chain is served under the name
    with pytest.raises(WrongChain):
        node.call("eth_blockNumber")


def test_a_refusal_is_the_answer(anvil: str) -> None:
    with pytest.raises(RpcError) as caught:
        Node([anvil, DEAD], CHAIN_ID).call("eth_noSuchThing")
    assert caught.value.code == -32601


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff",
        b'{"error":{"code":-32005,"message":"limit"}}',
        b'{"error":{"code":1,"message":"Rate limit reached"}}',
        b'{"result":"seven"}',
    ],
)
def test_nonsense_is_no_answer(talker: tuple[str, list[bytes]], anvil: str, body: bytes) -> None:
    url, bodies = talker
    bodies.append(body)
    with pytest.raises(NodeUnreachable):
        Node([url], CHAIN_ID).call("eth_blockNumber")
    assert Node([url, anvil], CHAIN_ID).call("eth_chainId") == hex(CHAIN_ID)


def test_errors_never_show_a_url_with_its_secret(talker: tuple[str, list[bytes]]) -> None:
    url, bodies = talker
    bodies.append(b"{}")
    for broken in (f"{url}/v3/s3cret", "http://user:s3cret@127.0.0.1:9/s3cret"):
        with pytest.raises(NodeUnreachable) as caught:
            Node([broken], CHAIN_ID).call("eth_blockNumber")
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('"0x0102"', b"\x01\x02"),
        ('{"data":"0x0102"}', b"\x01\x02"),
        ('"Reverted 0x0102"', b"\x01\x02"),
        ('"execution reverted"', None),
        ("null", None),
    ],
)
def test_revert_data_in_every_form(
    talker: tuple[str, list[bytes]], data: str, expected: bytes | None
) -> None:
    url, bodies = talker
    bodies.append(f'{{"result":"{hex(CHAIN_ID)}"}}'.encode())
    node = Node([url], CHAIN_ID)
    node.call("eth_chainId")
    bodies[0] = f'{{"error":{{"code":3,"message":"execution reverted","data":{data}}}}}'.encode()
    with pytest.raises(RpcError) as caught:
        node.call("eth_call")
    assert caught.value.data == expected
