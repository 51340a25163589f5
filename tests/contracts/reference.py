"""Naive oracles for the registry's tests: RFC 9162 transcribed recursively, and synthetic trees of any size.

Slow and obvious on purpose; shares no code with service.core or with the contract.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 section 2.1.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 section 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def split(n: int) -> int:
    """Return the largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes, section 2.1.1."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def inclusion(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*inclusion(m, leaves[:k]), root(leaves[k:])]
    return [*inclusion(m - k, leaves[k:]), root(leaves[:k])]


def consistency(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.4.1, for 0 < m <= n."""
    return _subproof(m, leaves, True)


def _subproof(m: int, leaves: Sequence[bytes], complete: bool) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if complete else [root(leaves)]
    k = split(n)
    if m <= k:
        return [*_subproof(m, leaves[:k], complete), root(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], False), root(leaves[:k])]


@dataclass(frozen=True, slots=True)
class Extension:
    """Two trees of which the first is a prefix of the second, and the proof of it."""

    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    proof: list[bytes]


def synthetic_extension(old_size: int, new_size: int, seed: int) -> Extension:
    """Return trees of any size whose subtrees beside the proof's path are random hashes.

    Follows section 2.1.4.1 from the top, drawing each subtree that PROOF names instead of hashing its leaves.
    """
    draw = random.Random(seed)

    def fresh() -> bytes:
        return draw.randbytes(32)

    def grow(m: int, n: int, complete: bool) -> tuple[bytes, bytes, list[bytes]]:
        if m == n:
            same = fresh()
            return same, same, [] if complete else [same]
        k = split(n)
        if m <= k:
            old, new, proof = grow(m, k, complete)
            right = fresh()
            return old, node_hash(new, right), [*proof, right]
        old, new, proof = grow(m - k, n - k, False)
        left = fresh()
        return node_hash(left, old), node_hash(left, new), [*proof, left]

    old_root, new_root, proof = grow(old_size, new_size, True)
    return Extension(old_size, new_size, old_root, new_root, proof)
