"""What anchoring cost: gas of the registry's `Anchored` transactions, asked of a node. Informative only:
nothing rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from service.core.eip712 import keccak256
from service.core.errors import TallyError
from service.core.hexs import to_hex

ANCHORED = to_hex(keccak256(b"Anchored(bytes32,uint64,bytes32,uint64,address)"))


class NodeAnswerUnusable(TallyError):
    """The node did not answer, or not with what was asked for."""


@dataclass(frozen=True, slots=True)
class AnchorGas:
    """Anchors of a log that cover entries of a run, the gas they used, and the entries that they anchored."""

    anchors: int
    gas: int
    entries: int


def anchor_gas(
    rpc: str, registry: str, log_id: bytes, first: int, transport: httpx.BaseTransport | None = None
) -> AnchorGas:
    """Gas of the anchors whose size exceeds `first`. NodeAnswerUnusable when the node cannot tell.

    Entries between the anchor before and the last one are counted, whoever posted them: gas is shared by
    all of them.
    """
    with httpx.Client(timeout=10.0, transport=transport) as http:
        wanted = {
            "address": registry,
            "fromBlock": "0x0",
            "toBlock": "latest",
            "topics": [ANCHORED, to_hex(log_id)],
        }
        anchors = gas = before = last = 0
        for event in _list(_call(http, rpc, "eth_getLogs", [wanted])):
            size = int(str(event["data"])[2:66], 16)
            if size <= first:
                before = max(before, size)
                continue
            mined = _call(http, rpc, "eth_getTransactionReceipt", [event["transactionHash"]])
            if not isinstance(mined, dict):
                raise NodeAnswerUnusable("the node does not know an anchor's transaction")
            anchors, gas, last = anchors + 1, gas + int(str(mined["gasUsed"]), 16), max(last, size)
    return AnchorGas(anchors, gas, max(0, last - before))


def _call(http: httpx.Client, rpc: str, method: str, parameters: list[object]) -> object:
    try:
        response = http.post(rpc, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        answer = response.json()
    except (httpx.RequestError, ValueError) as error:
        raise NodeAnswerUnusable(f"{method}: {error or type(error).__name__}") from error
    if not isinstance(answer, dict) or "result" not in answer:
        raise NodeAnswerUnusable(f"{method}: no result")
    return answer["result"]


def _list(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise NodeAnswerUnusable("eth_getLogs: not a list of events")
    return value
