"""verifyInclusion, verifyEntry and consistency in the registry, against independent vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ape.exceptions import ProviderError
from eth_abi import encode

from tests.contracts.signed_log import SignedLog, refuses
from tests.reference import rfc9162

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT.parent / "shared" / "vectors" / "rfc6962-reference.json"


def test_inclusion(registry, log, chain):
    c = log.anchor(11)
    block = chain.blocks.head
    for index in range(11):
        path = log.path(index, 11)
        found = registry.verifyInclusion(log.id, 11, c.root, index, path.leaf, path.proof)
        assert list(found) == [block.timestamp, block.number]
        entry = f"leaf-{index}".encode()
        assert list(registry.verifyEntry(log.id, 11, c.root, index, entry, path.proof)) == list(found)


def test_under_any_anchor(registry, log):
    roots = {size: log.anchor(size).root for size in (1, 4, 7)}
    for size, root in roots.items():
        path = log.path(0, size)
        assert registry.verifyInclusion(log.id, size, root, 0, path.leaf, path.proof)


def test_not_anchored(registry, log):
    c = log.anchor(4)
    path = log.path(1, 3)
    with refuses(registry, "NotAnchored", log=log.id, size=3, root=log.root(3)):
        registry.verifyInclusion(log.id, 3, log.root(3), 1, path.leaf, path.proof)
    with refuses(registry, "NotAnchored", log=b"\x01" * 32, size=4, root=c.root):
        registry.verifyInclusion(b"\x01" * 32, 4, c.root, 1, path.leaf, path.proof)


def test_wrong_inclusion(registry, log):
    c = log.anchor(7)
    path = log.path(2, 7)

    def verify(index=2, leaf=path.leaf, proof=path.proof):
        return registry.verifyInclusion(log.id, 7, c.root, index, leaf, proof)

    verify()
    with refuses(registry, "IndexOutOfRange", index=7, size=7):
        verify(index=7)
    with refuses(registry, "InvalidProofLength", length=2, expected=3):
        verify(proof=path.proof[:-1])
    with refuses(registry, "InvalidProofLength", length=4, expected=3):
        verify(proof=[*path.proof, bytes(32)])
    with refuses(registry, "RootMismatch", expected=c.root):
        verify(leaf=log.leaves[3])
    with refuses(registry, "RootMismatch", expected=c.root):
        verify(index=3)
    with refuses(registry, "RootMismatch", expected=c.root):
        registry.verifyEntry(log.id, 7, c.root, 2, b"leaf-3", path.proof)


def test_a_node_is_no_leaf(registry, log):
    """The path of an inner node is shorter than that of a leaf, and its content hashes with another prefix."""
    c = log.anchor(4)
    inner = rfc9162.node_hash(log.leaves[0], log.leaves[1])
    proof = [rfc9162.node_hash(log.leaves[2], log.leaves[3])]
    with refuses(registry, "InvalidProofLength", length=1, expected=2):
        registry.verifyInclusion(log.id, 4, c.root, 0, inner, proof)
    with refuses(registry, "RootMismatch"):
        registry.verifyEntry(log.id, 4, c.root, 0, log.leaves[0] + log.leaves[1], [log.leaves[1], *proof])


# ---- conformance


def test_reference_trees(registry, owner, chain):
    """The leaves and roots of transparency-dev/merkle: anchored one after another, each extends the last."""
    if not VECTORS.exists():
        pytest.skip("the shared vectors are not here")
    vectors = json.loads(VECTORS.read_text())
    inputs = [bytes.fromhex(text) for text in vectors["leaf_inputs_hex"]]
    log = SignedLog.open(registry, owner, chain, "vectors")
    log.leaves = [rfc9162.leaf_hash(entry) for entry in inputs]
    for size in range(1, len(inputs) + 1):
        root = bytes.fromhex(vectors["root_hashes_hex_by_size"][size])
        assert bytes(log.anchor(size).root) == root
        for index in range(size):
            proof = log.path(index, size).proof
            assert registry.verifyEntry(log.id, size, root, index, inputs[index], proof)


def test_the_project_vectors(caller, chain):
    """Every inclusion and consistency row gets the verdict that it gets from the other verifiers."""

    def holds(function, *arguments) -> bool:
        """Call by bare RPC: of a refused call ape fetches a trace, which takes 0.1 s."""
        data = "0x" + function.encode_input(*arguments).hex()
        try:
            chain.provider.make_request("eth_call", [{"to": caller.address, "data": data}, "latest"])
        except ProviderError:
            return False
        return True

    vectors = json.loads((ROOT / "tests" / "vectors" / "merkle.json").read_text())
    for row in vectors["inclusion"]:
        arguments = row["leaf"], row["index"], row["size"], row["proof"], row["root"]
        assert holds(caller.verifyInclusion, *arguments) == row["valid"], row["name"]
    for row in vectors["consistency"]:
        if row["old_size"] == 0:
            continue  # the registry never asks: see test_the_first_anchor_has_no_proof
        sizes = row["old_size"], row["new_size"]
        accepted = holds(caller.verifyConsistency, *sizes, row["old_root"], row["new_root"], row["proof"])
        assert accepted == row["valid"], row["name"]


def test_directory_leaf_is_abi_encoded():
    """The leaf of a log's checkpoint in a directory, in bytes."""
    assert encode(["bytes32", "uint64", "bytes32"], [b"\x01" * 32, 5, b"\x02" * 32]) == (
        b"\x01" * 32 + (5).to_bytes(32, "big") + b"\x02" * 32
    )
