"""Synthetic trees of any size: what a consistency proof shows of them, without their leaves."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.reference.rfc9162 import node_hash, split


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
