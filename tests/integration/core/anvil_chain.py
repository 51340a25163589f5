"""A throw-away anvil with the real registry, driven with JSON-RPC and `eth-abi` alone."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import eth_abi

from tests.reference import genuine
from tests.reference.eip712 import keccak

ROOT = Path(__file__).resolve().parents[3]
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
ARTIFACT = ROOT / "service/chain/artifacts/AuditRegistry.json"
CHECKPOINT = "(bytes32,uint64,bytes32,uint64,uint64,bytes32)"


class AnvilChain:
    """The process, its address, and the registry deployed in it."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        arguments = ["--port", "0", "--chain-id", str(chain_id), "--timestamp", str(genuine.T0 - 600)]
        arguments += ["--slots-in-an-epoch", "1", "--no-mining"]
        self.process = subprocess.Popen(
            [str(ANVIL), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"Listening on (\S+)", line):
                self.url = f"http://{found[1]}"
                break
        self.opener: str = self.call("eth_accounts")[0]
        artifact = json.loads(ARTIFACT.read_text())
        self.code_hash: str = artifact["runtime_code_hash"]
        self.registry = self._send(None, bytes.fromhex(artifact["bytecode"][2:]), genuine.T0 - 500)

    def call(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            found = json.loads(answer.read())
        assert "result" in found, found
        return found["result"]

    def mine(self, at: int | None = None) -> None:
        """One block, at a time of our choosing."""
        if at is not None:
            self.call("evm_setNextBlockTimestamp", at)
        self.call("evm_mine")

    def _send(self, to: str | None, data: bytes, at: int) -> str:
        transaction = {"from": self.opener, "data": "0x" + data.hex(), "gas": hex(8_000_000)}
        digest = self.call("eth_sendTransaction", transaction | ({"to": to} if to else {}))
        self.mine(at)
        receipt = self.call("eth_getTransactionReceipt", digest)
        assert receipt["status"] == "0x1", receipt
        return str(receipt["contractAddress"] or to).lower()

    def open_log(self, origin: str, address: str, ed25519: bytes, max_delay: int) -> None:
        """`openLog`."""
        types = ["string", "address", "bytes32", "uint32", "uint96"]
        selector = keccak(b"openLog(string,address,bytes32,uint32,uint96)")[:4]
        data = selector + eth_abi.encode(types, [origin, address, ed25519, max_delay, 0])
        self._send(self.registry, data, genuine.T0 - 400)

    def anchor(
        self, checkpoint: tuple[Any, ...], signature: bytes, old: int, proof: list[bytes], at: int
    ) -> None:
        """`anchor`."""
        types = [CHECKPOINT, "bytes", "uint64", "bytes32[]"]
        selector = keccak(f"anchor({','.join(types)})".encode())[:4]
        self._send(self.registry, selector + eth_abi.encode(types, [checkpoint, signature, old, proof]), at)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)
