"""A JSON-RPC proxy that makes anvil behave like a pool of real nodes on a bad day.

Rules and texts are geth's: a replacement pays at least 10 % more on both fees, a known transaction is
"already known", a spent nonce "nonce too low". Faults are drawn from a seeded generator while `faults` is
set: requests refused, answers lost, delayed or garbled, transactions accepted and forgotten or delivered
twice, reads that come from a node that lags.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any

from service.core.eip712 import keccak256
from service.core.rlp import rlp_decode


@dataclass(frozen=True)
class PoolTransaction:
    """A type-2 transaction as the proxy's pool sees it."""

    hash: str
    nonce: int
    priority: int
    fee: int


def parse(raw: str) -> PoolTransaction:
    """Take a raw type-2 transaction apart."""
    data = bytes.fromhex(raw[2:])
    assert data[0] == 2
    fields = rlp_decode(data[1:])
    nonce, priority, fee = (int.from_bytes(field, "big") for field in fields[1:4])  # type: ignore[arg-type]
    return PoolTransaction("0x" + keccak256(data).hex(), nonce, priority, fee)


@dataclass
class Faults:
    """Probabilities, each from 0 to 1; `scale` multiplies them all."""

    refuse: float = 0.03
    garble: float = 0.02
    lose_answer: float = 0.05
    forget: float = 0.08
    twice: float = 0.05
    lag: float = 0.08
    delay: float = 0.02
    scale: float = 1.0


@dataclass
class Chaos:
    """The proxy. `on_send` is told every transaction's hash before the node gets it."""

    node: str
    sender: str
    random: Random
    on_send: Callable[[bytes], None] = lambda _: None
    faults: Faults | None = None
    pool: dict[int, PoolTransaction] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._old: dict[str, Any] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one write an answer: two would wait for each other's acknowledgement

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with outer._lock:  # one request at a time: a seed replays a run
                    answer = outer._answer(json.loads(body))
                if answer is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the proxy serves."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def rpc(self, method: str, *params: object) -> Any:
        """Ask the node itself."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self.node, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def evict(self) -> None:
        """Drop every waiting transaction from the node, as a restart or a full pool does."""
        for transaction in self.pool.values():
            self.rpc("anvil_dropTransaction", transaction.hash)
        self.pool.clear()

    def _happens(self, kind: str) -> bool:
        return self.faults is not None and self.random.random() < self.faults.scale * getattr(
            self.faults, kind
        )

    def _answer(self, request: dict[str, Any]) -> bytes | None:
        if self._happens("refuse"):
            return _error(request, -32005, "rate limit exceeded")
        if self._happens("garble"):
            return b"<html>502 Bad Gateway</html>"
        if self._happens("delay"):
            time.sleep(0.05)
        sending = request["method"] == "eth_sendRawTransaction"
        answer = self._send(request) if sending else self._read(request)
        return None if self._happens("lose_answer") else answer

    def _read(self, request: dict[str, Any]) -> bytes:
        key = json.dumps([request["method"], request["params"]])
        lagging = request["method"] in ("eth_getTransactionCount", "eth_getTransactionReceipt", "eth_call")
        if lagging and key in self._old and self._happens("lag"):
            result = self._old[key]
        else:
            answer = self.rpc(request["method"], *request["params"])
            if "error" in answer:
                return json.dumps({**answer, "id": request["id"]}).encode()
            result = self._old[key] = answer["result"]
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()

    def _send(self, request: dict[str, Any]) -> bytes:
        raw = request["params"][0]
        transaction = parse(raw)
        self.on_send(bytes.fromhex(transaction.hash[2:]))
        refusal = self._geth_refuses(transaction)
        if refusal is not None:
            self.said.append(refusal)
            return _error(request, -32000, refusal)
        if not self._happens("forget"):
            times = 2 if self._happens("twice") else 1
            for _ in range(times):
                answer = self.rpc("eth_sendRawTransaction", raw)
                if "error" in answer and times == 1:
                    self.said.append(answer["error"]["message"])
                    return _error(request, -32000, answer["error"]["message"])
            self.pool[transaction.nonce] = transaction
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": transaction.hash}).encode()

    def _geth_refuses(self, new: PoolTransaction) -> str | None:
        nonce = int(self.rpc("eth_getTransactionCount", self.sender, "latest")["result"], 16)
        for spent in [each for each in self.pool if each < nonce]:
            del self.pool[spent]
        if new.nonce < nonce:
            return f"nonce too low: next nonce {nonce}, tx nonce {new.nonce}"
        held = self.pool.get(new.nonce)
        if held is None:
            return None
        if held.hash == new.hash:
            return "already known"
        if new.fee <= held.fee or new.priority <= held.priority:
            return "replacement transaction underpriced"
        if new.fee < held.fee * 110 // 100 or new.priority < held.priority * 110 // 100:
            return "replacement transaction underpriced"
        return None


def _error(request: dict[str, Any], code: int, message: str) -> bytes:
    error = {"code": code, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()
