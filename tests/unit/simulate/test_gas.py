"""Gas as a node tells it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from service.simulate.gas import ANCHORED, AnchorGas, NodeAnswerUnusable, anchor_gas

LOG = b"\x11" * 32
REGISTRY = "0x" + "5f" * 20


def node(sizes: list[int], result: Any = None) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        if result is not None:
            return httpx.Response(200, json=result)
        if call["method"] == "eth_getLogs":
            [wanted] = call["params"]
            assert wanted["address"] == REGISTRY
            assert wanted["topics"] == [ANCHORED, "0x" + LOG.hex()]
            events = [
                {"data": f"0x{size:064x}{0:064x}", "transactionHash": f"0x{size:064x}"} for size in sizes
            ]
            return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": events})
        size = int(call["params"][0], 16)
        return httpx.Response(
            200, json={"jsonrpc": "2.0", "id": 1, "result": {"gasUsed": hex(80_000 + size)}}
        )

    return httpx.MockTransport(answer)


def test_anchors_of_the_run_and_what_they_anchored() -> None:
    spent = anchor_gas("http://node.test", REGISTRY, LOG, 100, node([40, 90, 150, 400]))
    assert spent == AnchorGas(anchors=2, gas=160_550, entries=310)


def test_no_anchor_yet() -> None:
    assert anchor_gas("http://node.test", REGISTRY, LOG, 100, node([40])) == AnchorGas(0, 0, 0)


@pytest.mark.parametrize("result", [[], {"error": {}}, {"result": {}}, {"result": [1]}])
def test_a_node_that_talks_nonsense(result: Any) -> None:
    with pytest.raises(NodeAnswerUnusable):
        anchor_gas("http://node.test", REGISTRY, LOG, 0, node([], result))
