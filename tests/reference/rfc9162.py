"""RFC 9162 §2.1, word for word: recursive definitions, no shortcuts, nothing imported from `service`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(entry: bytes) -> bytes:
    """§2.1.1: MTH({d[0]}) = HASH(0x00 || d[0])."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """§2.1.1: HASH(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def split(n: int) -> int:
    """The largest power of two smaller than n (n > 1)."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(leaves: Sequence[bytes]) -> bytes:
    """§2.1.1: the Merkle Tree Hash; `leaves` are leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """§2.1.3.1: PATH(m, D_n)."""
    n = len(leaves)
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """§2.1.4.1: PROOF(m, D_n) = SUBPROOF(m, D_n, true); nothing to prove from an empty tree."""
    return subproof(m, leaves, True) if m else []


def subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    """§2.1.4.1: SUBPROOF(m, D_n, b)."""
    n = len(leaves)
    if m == n:
        return [] if known else [mth(leaves)]
    k = split(n)
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def inclusion_holds(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """§2.1.3.2, step by step."""
    if index >= size:  # 1
        return False
    fn, sn = index, size - 1  # 2
    r = leaf  # 3
    for p in proof:  # 4
        if sn == 0:  # 4.1
            return False
        if fn & 1 or fn == sn:  # 4.2
            r = node_hash(p, r)
            if not fn & 1:
                while True:
                    fn >>= 1
                    sn >>= 1
                    if fn & 1 or fn == 0:
                        break
        else:  # 4.3
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root  # 5


def consistency_holds(
    first: int, second: int, first_hash: bytes, second_hash: bytes, path: Sequence[bytes]
) -> bool:
    """§2.1.4.2, step by step; what the section leaves out (first is 0 or second) as Tallystick fixes it."""
    if first == 0:
        return not path and first_hash == mth([]) and (second > 0 or second_hash == mth([]))
    if first == second:
        return not path and first_hash == second_hash
    if first > second or not path:  # 1
        return False
    nodes = list(path)
    if first & (first - 1) == 0:  # 2
        nodes.insert(0, first_hash)
    fn, sn = first - 1, second - 1  # 3
    while fn & 1:  # 4
        fn >>= 1
        sn >>= 1
    fr = sr = nodes[0]  # 5
    for c in nodes[1:]:  # 6
        if sn == 0:  # 6.1
            return False
        if fn & 1 or fn == sn:  # 6.2
            fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            if not fn & 1:
                while True:
                    fn >>= 1
                    sn >>= 1
                    if fn & 1 or fn == 0:
                        break
        else:  # 6.3
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    return fr == first_hash and sr == second_hash and sn == 0  # 7


def compact_range(begin: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Roots of the fewest perfect subtrees over `leaves`, the first at index `begin` of its tree."""
    hashes = []
    offset = 0
    while offset < len(leaves):
        width = 1
        while (begin + offset) % (2 * width) == 0 and offset + 2 * width <= len(leaves):
            width *= 2
        hashes.append(mth(leaves[offset : offset + width]))
        offset += width
    return hashes
