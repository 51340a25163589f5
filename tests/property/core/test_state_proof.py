"""RLP and trie proofs against independent implementations (the `rlp` and `trie` packages), and under
mutation."""

from __future__ import annotations

import contextlib

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from service.core import state_proof
from service.core.eip712 import keccak256
from service.core.errors import VerificationError
from service.core.trie import walk

items = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=6), max_leaves=20)


@given(items)
def test_rlp_agrees_with_the_rlp_package(item: object) -> None:
    encoded = state_proof.rlp_encode(item)  # type: ignore[arg-type]
    assert encoded == rlp.encode(item)
    assert state_proof.rlp_decode(encoded) == item


@given(
    st.binary(max_size=80)
    | items.map(rlp.encode).flatmap(lambda data: st.permutations(list(data)).map(bytes))
)
def test_rlp_accepts_exactly_what_re_encodes(data: bytes) -> None:
    try:
        item = state_proof.rlp_decode(data)
    except VerificationError:
        with pytest.raises(Exception):  # noqa: B017 - the oracle has several error types
            rlp.decode(data, strict=True)
    else:
        assert state_proof.rlp_encode(item) == data


def test_rlp_nesting_is_bounded() -> None:
    data = b"\xc0"
    for _ in range(3_000):
        data = rlp.codec.length_prefix(len(data), 192) + data
    with pytest.raises(VerificationError):
        state_proof.rlp_decode(data)


slots = st.integers(0, 2**16).map(lambda n: n.to_bytes(32, "big"))
words = st.integers(1, 2**256 - 1) | st.integers(1, 255)


def storage_trie(content: dict[bytes, int]) -> HexaryTrie:
    tree = HexaryTrie({})
    for slot, word in content.items():
        tree[keccak256(slot)] = rlp.encode(word)
    return tree


def proof(tree: HexaryTrie, slot: bytes) -> list[bytes]:
    nodes = [rlp.encode(node) for node in tree.get_proof(keccak256(slot))]
    # eth_getProof omits embedded nodes: they travel inside their parents.
    return [node for n, node in enumerate(nodes) if n == 0 or len(node) >= 32]


@settings(max_examples=60)
@given(st.dictionaries(slots, words, min_size=1, max_size=40), slots)
def test_storage_proofs_agree_with_the_trie_package(content: dict[bytes, int], other: bytes) -> None:
    tree = storage_trie(content)
    for slot in [*list(content)[:5], other]:
        nodes = proof(tree, slot)
        assert state_proof.verify_storage(tree.root_hash, slot, nodes) == content.get(slot, 0)


def small_key_trie(keys: list[bytes]) -> HexaryTrie:
    tree = HexaryTrie({})
    for key in keys:
        tree[key] = b"\x01"
    return tree


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=1), min_size=2, max_size=20, unique=True), st.data())
def test_embedded_nodes_are_followed(tails: list[bytes], data: st.DataObject) -> None:
    """Long shared prefixes make leaves shorter than 32 bytes, which hashed keys hardly ever produce."""
    tree = small_key_trie([bytes(31) + tail for tail in tails])
    tail = data.draw(st.sampled_from(tails))
    nodes = [rlp.encode(node) for node in tree.get_proof(bytes(31) + tail)]
    nodes = [node for n, node in enumerate(nodes) if n == 0 or len(node) >= 32]
    assert walk(tree.root_hash, bytes(31) + tail, nodes) == b"\x01"


@settings(max_examples=40)
@given(st.dictionaries(slots, words, min_size=3, max_size=60), st.data())
def test_any_changed_byte_and_any_missing_or_added_node_is_noticed(
    content: dict[bytes, int], data: st.DataObject
) -> None:
    tree = storage_trie(content)
    slot = data.draw(st.sampled_from(sorted(content)))
    nodes = proof(tree, slot)
    number = data.draw(st.integers(0, len(nodes) - 1))
    position = data.draw(st.integers(0, len(nodes[number]) - 1))
    change = data.draw(st.integers(1, 255))
    changed = bytearray(nodes[number])
    changed[position] ^= change
    mutants = [
        [*nodes[:number], bytes(changed), *nodes[number + 1 :]],
        nodes[:number] + nodes[number + 1 :],
        [*nodes, nodes[-1]],
        [*nodes, b"\x80"],
        [nodes[0], *nodes],
        nodes[::-1] if len(nodes) > 1 else [],
    ]
    for mutant in mutants:
        with pytest.raises(VerificationError):
            state_proof.verify_storage(tree.root_hash, slot, mutant)


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary(max_size=600), max_size=4))
def test_arbitrary_nodes_raise_nothing_else(root: bytes, nodes: list[bytes]) -> None:
    for start in (root, keccak256(nodes[0]) if nodes else root):
        with contextlib.suppress(VerificationError):
            state_proof.verify_storage(start, bytes(32), nodes)
        with contextlib.suppress(VerificationError):
            state_proof.verify_account(start, "0x" + "11" * 20, nodes)


@given(items)
def test_arbitrary_root_nodes_raise_nothing_else(item: object) -> None:
    node = rlp.encode(item)
    with contextlib.suppress(VerificationError):
        state_proof.verify_storage(keccak256(node), bytes(32), [node])


@given(st.binary(max_size=700))
def test_arbitrary_headers_raise_nothing_else(data: bytes) -> None:
    with contextlib.suppress(VerificationError):
        state_proof.parse_header(data)


@given(
    st.integers(1, 2**40 - 1),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**40 - 1),
    st.integers(0, 2**40 - 1),
)
def test_anchor_words_are_read_back(ts: int, block: int, size: int, prev_ts: int, prev_signed: int) -> None:
    anchor = state_proof.AnchorSlot(ts, block, size, prev_ts, prev_signed)
    word = state_proof.pack_anchor(anchor)
    assert word == ts | block << 40 | size << 88 | prev_ts << 152 | prev_signed << 192
    assert state_proof.unpack_anchor(word) == anchor
