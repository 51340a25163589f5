"""State proofs from a real node: what verifies is captured, whatever was touched on the way is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest

from service.anchoring.errors import NodeUnreachable, StateUnavailable, WrongChain
from service.chain.backend import Node
from service.chain.proofs import capture
from tests.integration.chain.harness import Stage

Change = Callable[[str, Any], None]


class Touched:
    """A node whose answers are changed on the way."""

    def __init__(self, node: Node, change: Change) -> None:
        self._node = node
        self._change = change

    def call(self, method: str, *params: object) -> Any:
        answer = copy.deepcopy(self._node.call(method, *params))
        self._change(method, answer)
        return answer


@pytest.fixture
def anchored(stage: Stage) -> Stage:
    """A stage with one anchor of size 1."""
    stage.open_log("kaka").grow(1)
    stage.stranger_anchors(stage.logs[0], 1)
    stage.mine()
    return stage


def captured(stage: Stage, change: Change = lambda method, answer: None, **changes: Any) -> Any:
    place = {
        "registry": stage.registry.address,
        "code_hash": stage.registry.code_hash,
        "log": stage.logs[0].log_id,
        "size": 1,
        "root": stage.views[0].rows[0].root,
    }
    return capture(cast(Node, Touched(stage.node, change)), **{**place, **changes})


def test_the_slot_is_proved_to_the_blocks_hash(anchored: Stage) -> None:
    proof = captured(anchored)
    block = anchored.node.call("eth_getBlockByNumber", "latest", False)
    assert "0x" + proof.block.hash.hex() == block["hash"]
    assert proof.slot == anchored.registry.anchored_at(
        anchored.logs[0].log_id, 1, anchored.views[0].rows[0].root
    )


def test_what_is_not_anchored_is_proved_absent(anchored: Stage) -> None:
    assert captured(anchored, size=2) is None
    assert captured(anchored, at=2) is None  # before the anchor's block


def test_a_block_that_is_not_there(anchored: Stage) -> None:
    with pytest.raises(StateUnavailable):
        captured(anchored, at=10_000)


def test_other_code_is_not_the_registry(anchored: Stage) -> None:
    with pytest.raises(WrongChain, match="code hash"):
        captured(anchored, code_hash=bytes(32))


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("eth_getBlockByNumber", ["hash"], "0x" + "11" * 32),
        ("eth_getBlockByNumber", ["extraData"], "0x01"),
        ("eth_getBlockByNumber", ["requestsHash"], None),  # a header of a fork that is not known here
        ("eth_getBlockByNumber", ["stateRoot"], "0x" + "11" * 32),
        ("eth_getProof", ["accountProof"], []),
        ("eth_getProof", ["accountProof", 0], "0xc0"),
        ("eth_getProof", ["storageProof", 0, "proof"], []),
        ("eth_getProof", ["storageProof"], []),
    ],
)
def test_whatever_does_not_verify_is_not_captured(
    anchored: Stage, method: str, path: list[Any], value: object
) -> None:
    def change(asked: str, answer: Any) -> None:
        if asked == method:
            for step in path[:-1]:
                answer = answer[step]
            answer[path[-1]] = value

    with pytest.raises(NodeUnreachable, match="does not verify"):
        captured(anchored, change)
