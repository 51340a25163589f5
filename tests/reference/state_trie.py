"""A small world state with the registry in it, by the `trie` and `rlp` packages; nothing of `service` is
imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from trie import HexaryTrie

from tests.reference.eip712 import keccak

CODE = bytes.fromhex("6080604052") + b"AuditRegistry of the tests"
EMPTY_UNCLES = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")


@dataclass(frozen=True)
class Proof:
    """What eth_getProof and the header's RLP give."""

    header: bytes
    block_hash: bytes
    account: list[bytes]
    storage: list[bytes]


def anchor_slot(log: bytes, size: int, root: bytes) -> bytes:
    """docs/protocol.md §9: keccak256(keccak256(abi.encode(size, root)) ‖ keccak256(log ‖ uint256(0)))."""
    inner = keccak(size.to_bytes(32, "big") + root)
    return keccak(inner + keccak(log + bytes(32)))


def anchor_word(timestamp: int, number: int, prev_size: int, prev_timestamp: int, prev_signed_at: int) -> int:
    """timestamp | blockNumber<<40 | prevSize<<88 | prevTimestamp<<152 | prevSignedAt<<192."""
    return timestamp | number << 40 | prev_size << 88 | prev_timestamp << 152 | prev_signed_at << 192


def nodes(tree: HexaryTrie, key: bytes) -> list[bytes]:
    """eth_getProof's form: embedded nodes travel inside their parents."""
    found = [rlp.encode(node) for node in tree.get_proof(key)]
    return [node for place, node in enumerate(found) if place == 0 or len(node) >= 32]


def prove(
    registry: str,
    slots: Mapping[bytes, int],
    wanted: bytes,
    *,
    number: int,
    timestamp: int,
    code: bytes = CODE,
    fields: int = 21,
) -> Proof:
    """A block's header and the proofs of one slot of the registry in a state with 150 other accounts."""
    storage = HexaryTrie({})
    for place in range(40):
        storage[keccak(place.to_bytes(32, "big"))] = rlp.encode(place + 1)
    for slot, word in slots.items():
        storage[keccak(slot)] = rlp.encode(word)
    state = HexaryTrie({})
    empty = HexaryTrie({}).root_hash
    for place in range(150):
        state[keccak(place.to_bytes(20, "big"))] = rlp.encode([place, 10**18 + place, empty, keccak(b"")])
    address = keccak(bytes.fromhex(registry[2:]))
    state[address] = rlp.encode([1, 0, storage.root_hash, keccak(code)])
    header = encode_header(state.root_hash, number, timestamp, fields)
    return Proof(header, keccak(header), nodes(state, address), nodes(storage, keccak(wanted)))


def encode_header(state_root: bytes, number: int, timestamp: int, fields: int = 21) -> bytes:
    """A header of `fields` fields: 15 before London, 16 with it, 17, 20 and 21 for the forks after it."""
    values: list[Any] = [
        keccak(b"parent"),
        EMPTY_UNCLES,
        b"\xfe" * 20,
        state_root,
        keccak(b"transactions"),
        keccak(b"receipts"),
        bytes(256),
        0,
        number,
        30_000_000,
        21_000,
        timestamp,
        b"tests",
        keccak(b"mix"),
        bytes(8),
        1_000_000_000,
        keccak(b"withdrawals"),
        0,
        0,
        keccak(b"beacon"),
        keccak(b"requests"),
    ]
    return bytes(rlp.encode(values[:fields]))
