"""Receipts anchored by the real registry on a real node: state proofs, headers and the node view of `tally
verify`."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.cli.rpc_view import Node, RpcView
from service.core import state_proof
from service.core import trust as trust_files
from service.core.chain_view import NodesDisagree, NodeUnreachable
from service.core.errors import VerificationError
from service.core.verdict import Report, Verdict
from service.core.verify import verify_receipt
from tests.integration.core.anvil_chain import ANVIL, ARTIFACT, AnvilChain
from tests.reference import genuine, rfc9162, signed_checkpoint
from tests.reference.genuine import NOW, T0

pytestmark = pytest.mark.skipif(
    not (ANVIL.exists() and ARTIFACT.exists()), reason="needs anvil (npm ci) and the compiled registry"
)


class Anchored:
    """The log of the tests, its checkpoints of sizes 7 and 11 anchored on the real chain."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        opener = chain.opener.lower()
        origin = "tallystick.test/logs/anvil"
        keys = replace(
            genuine.KEYS,
            origin=origin,
            log=genuine.log_id(opener, origin),
            chain_id=chain.chain_id,
            registry=chain.registry,
        )
        self.log = genuine.Log(keys)
        for number in range(11):
            self.log.append(f"E-{number}", f"T-{number}", "quote", {"offer": {"net": number}})
        chain.open_log(origin, keys.address, keys.public_key, genuine.MAX_DELAY)
        self.anchor(7, 0, T0 + 420)
        self.anchor(11, 7, T0 + 720)
        self.captured = {size: self.capture(size) for size in (7, 11)}
        for _ in range(2):
            chain.mine()

    def anchor(self, size: int, old: int, at: int) -> None:
        signed_at = genuine.signed_at(size)
        fields = (size, self.log.root(size), signed_at, signed_at + genuine.MAX_DELAY, bytes(32))
        payload = signed_checkpoint.eip712_payload(self.log.keys, *fields)
        checkpoint = (self.log.keys.log, *fields)
        proof = rfc9162.proof(old, self.log.leaves[:size])
        self.chain.anchor(checkpoint, payload[-65:], old, proof, at)

    def capture(self, size: int) -> dict[str, Any]:
        """A state proof of the newest block, as a service captures it."""
        slot = state_proof.anchor_slot(self.log.keys.log, size, self.log.root(size))
        block = self.chain.call("eth_getBlockByNumber", "latest", False)
        proof = self.chain.call("eth_getProof", self.chain.registry, ["0x" + slot.hex()], "latest")
        header = state_proof.encode_header(block)
        assert "0x" + state_proof.parse_header(header).hash.hex() == block["hash"]
        return {
            "header": "0x" + header.hex(),
            "account": proof["accountProof"],
            "storage": proof["storageProof"][0]["proof"],
        }

    def receipt(self, index: int, size: int, *, proof: bool = True) -> dict[str, Any]:
        given = genuine.receipt(self.log, index, [])
        root = self.log.root(size)
        anchor = {
            "chain_id": self.chain.chain_id,
            "registry": self.chain.registry,
            "size": size,
            "root": genuine.hexed(root),
            "inclusion": [genuine.hexed(node) for node in rfc9162.path(index, self.log.leaves[:size])],
            "checkpoint": None,
            "via": None,
            "state_proof": self.captured[size] if proof else None,
        }
        return {**given, "anchors": [anchor]}

    @property
    def trust(self) -> trust_files.Trust:
        value = genuine.trust(self.log)
        value["logs"][0]["opener"] = self.chain.opener.lower()
        value["chains"][0]["code_hash"] = self.chain.code_hash
        return trust_files.parse(genuine.encode(value))

    def verify(self, receipt: dict[str, Any], **view: Any) -> Report:
        return verify_receipt(genuine.encode(receipt), trust=self.trust, now=NOW, **view)


@pytest.fixture(scope="module")
def anchored() -> Iterator[Anchored]:
    chain = AnvilChain(77_001)
    try:
        yield Anchored(chain)
    finally:
        chain.stop()


def test_a_real_anchor_is_good_by_block_hash_and_by_node(anchored: Anchored) -> None:
    for index, size in ((5, 7), (8, 11), (5, 11), (0, 7)):
        receipt = anchored.receipt(index, size)
        report = anchored.verify(receipt, block_hashes=genuine.block_hashes(receipt))
        assert report.verdict is Verdict.GOOD, report.steps
        assert report.facts.promise == "kept"
        report = anchored.verify(receipt, view=RpcView([anchored.chain.url]))
        assert report.verdict is Verdict.GOOD, report.steps
        assert report.facts.anchor is not None
        assert report.facts.anchor.timestamp == (T0 + 420 if size == 7 else T0 + 720)
        assert anchored.verify(receipt).verdict is Verdict.ANCHOR_NOT_CHECKED


def test_the_lower_bound_comes_from_the_real_slot(anchored: Anchored) -> None:
    receipt = anchored.receipt(8, 11)
    anchor = anchored.verify(receipt, block_hashes=genuine.block_hashes(receipt)).facts.anchor
    assert anchor is not None
    assert anchor.not_before == genuine.signed_at(7)
    assert anchor.not_before_at_least == T0 + 420 - genuine.MAX_DELAY


def test_without_a_state_proof_the_real_node_is_asked(anchored: Anchored) -> None:
    report = anchored.verify(anchored.receipt(8, 11, proof=False), view=RpcView([anchored.chain.url]))
    assert report.verdict is Verdict.GOOD, report.steps
    assert report.facts.anchor is not None and report.facts.anchor.basis == "node_word"
    proven = anchored.receipt(8, 11)
    other = anchored.verify(proven, block_hashes=genuine.block_hashes(proven)).facts.anchor
    assert other is not None
    assert replace(report.facts.anchor, basis="", header_number=None, header_hash=None) == replace(
        other, basis="", header_number=None, header_hash=None
    )


def test_a_size_that_was_not_anchored(anchored: Anchored) -> None:
    receipt = anchored.receipt(5, 7, proof=False)
    receipt["anchors"][0] |= {
        "size": 9,
        "root": genuine.hexed(anchored.log.root(9)),
        "inclusion": [genuine.hexed(node) for node in rfc9162.path(5, anchored.log.leaves[:9])],
    }
    report = anchored.verify(receipt, view=RpcView([anchored.chain.url]))
    assert (report.verdict, report.reason) == (Verdict.NOT_ANCHORED_YET, "anchor_unknown_to_node")


def test_the_proof_that_a_slot_is_empty_reads_as_zero(anchored: Anchored) -> None:
    slot = state_proof.anchor_slot(anchored.log.keys.log, 9, anchored.log.root(9))
    block = anchored.chain.call("eth_getBlockByNumber", "latest", False)
    proof = anchored.chain.call("eth_getProof", anchored.chain.registry, ["0x" + slot.hex()], "latest")
    header = state_proof.parse_header(state_proof.encode_header(block))
    nodes = [bytes.fromhex(node[2:]) for node in proof["accountProof"]]
    account = state_proof.verify_account(header.state_root, anchored.chain.registry, nodes)
    assert "0x" + account.code_hash.hex() == anchored.chain.code_hash
    storage = [bytes.fromhex(node[2:]) for node in proof["storageProof"][0]["proof"]]
    assert state_proof.verify_storage(account.storage_root, slot, storage) == 0
    nobody = "0x" + "01" * 20
    proof = anchored.chain.call("eth_getProof", nobody, [], "latest")
    nodes = [bytes.fromhex(node[2:]) for node in proof["accountProof"]]
    assert (
        state_proof.verify_account(header.state_root, nobody, nodes).code_hash == state_proof.EMPTY_CODE_HASH
    )


def test_any_changed_byte_of_a_real_proof_is_noticed(anchored: Anchored) -> None:
    proof = anchored.captured[11]
    header = bytes.fromhex(proof["header"][2:])
    accounts = [bytes.fromhex(node[2:]) for node in proof["account"]]
    storage = [bytes.fromhex(node[2:]) for node in proof["storage"]]
    slot = state_proof.anchor_slot(anchored.log.keys.log, 11, anchored.log.root(11))
    parsed = state_proof.parse_header(header)
    account = state_proof.verify_account(parsed.state_root, anchored.chain.registry, accounts)
    for place in range(len(header)):
        changed = bytearray(header)
        changed[place] ^= 1 << place % 8
        try:
            assert state_proof.parse_header(bytes(changed)).hash != parsed.hash
        except VerificationError:
            continue
    for number, node in enumerate(accounts):
        for place in range(len(node)):
            changed = bytearray(node)
            changed[place] ^= 1 << place % 8
            mutant = [*accounts[:number], bytes(changed), *accounts[number + 1 :]]
            with pytest.raises(VerificationError):
                state_proof.verify_account(parsed.state_root, anchored.chain.registry, mutant)
    for number, node in enumerate(storage):
        for place in range(len(node)):
            changed = bytearray(node)
            changed[place] ^= 1 << place % 8
            mutant = [*storage[:number], bytes(changed), *storage[number + 1 :]]
            with pytest.raises(VerificationError):
                state_proof.verify_storage(account.storage_root, slot, mutant)


def test_nodes_that_are_down_or_no_nodes(anchored: Anchored) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses connections
        down = f"http://127.0.0.1:{taken.getsockname()[1]}/secret-key"
        receipt = anchored.receipt(8, 11)
        for urls in ([down], [anchored.chain.url, down]):
            report = anchored.verify(receipt, view=RpcView(urls, timeout=2))
            assert (report.verdict, report.exit_code) == (Verdict.CANNOT_REACH_NODE, 2)
            assert all("secret-key" not in step.detail for step in report.steps)


def test_a_node_of_another_chain(anchored: Anchored) -> None:
    with pytest.raises(NodeUnreachable):
        RpcView([anchored.chain.url]).finalized(1)


def test_two_nodes_must_agree(anchored: Anchored) -> None:
    twin = AnvilChain(anchored.chain.chain_id)  # the same chain id, another history
    try:
        for _ in range(20):
            twin.mine()
        both = RpcView([anchored.chain.url, twin.url])
        with pytest.raises(NodesDisagree):
            both.block(anchored.chain.chain_id, 3)
        report = anchored.verify(anchored.receipt(8, 11), view=both)
        assert report.verdict is Verdict.ANCHOR_NOT_CHECKED
        assert report.reason == "nodes_disagree"
        same = RpcView([anchored.chain.url, anchored.chain.url])
        assert anchored.verify(anchored.receipt(8, 11), view=same).verdict is Verdict.GOOD
    finally:
        twin.stop()


def test_a_block_that_is_not_final_yet(anchored: Anchored) -> None:
    receipt = anchored.receipt(8, 11)
    newest = copy.deepcopy(receipt)
    newest["anchors"][0]["state_proof"] = anchored.capture(11)
    report = anchored.verify(newest, view=RpcView([anchored.chain.url]))
    assert (report.verdict, report.reason) == (Verdict.ANCHOR_NOT_CHECKED, "block_not_final")
    for _ in range(2):
        anchored.chain.mine()
    assert anchored.verify(newest, view=RpcView([anchored.chain.url])).verdict is Verdict.GOOD


def test_a_promise_that_the_chain_shows_broken(anchored: Anchored) -> None:
    late = genuine.Log(anchored.log.keys, list(anchored.log.entries), list(anchored.log.told))
    late.append("E-11", "T-11", "quote", {})
    given = genuine.receipt(late, 11, [])
    signed_at = T0 + 661
    given["checkpoint"] = late.note(12, signed_at, signed_at + 60)
    for minute in (20, 21, 22):
        anchored.chain.mine(T0 + 60 * minute)
    view = RpcView([anchored.chain.url])
    report = anchored.verify(given, view=view)
    final = view.finalized(anchored.chain.chain_id)
    assert final.timestamp > signed_at + 60
    assert (report.verdict, report.reason, report.exit_code) == (Verdict.PROMISE_BROKEN, "never_anchored", 1)


def test_answers_are_asked_for_once(anchored: Anchored) -> None:
    node = Node(anchored.chain.url)
    before = node.block("finalized")
    anchored.chain.mine()
    assert node.block("finalized") == before
    assert Node(anchored.chain.url).block("finalized") != before


def test_the_captured_proof_is_json(anchored: Anchored) -> None:
    assert json.loads(json.dumps(anchored.captured[7]))["header"].startswith("0xf90")
