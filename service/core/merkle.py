"""Merkle tree hashes and proof verification of RFC 9162 §2.1, SHA-256.

Plain values in, an error out. The shape of a proof follows from the sizes alone, and its exact length is
checked before anything is hashed. Malformed arguments of any kind (wrong types included) come from outside:
they raise VerificationError and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from service.core.errors import VerificationError

EMPTY_ROOT: Final = sha256(b"").digest()
HASH_SIZE: Final = 32
MAX_SIZE: Final = 2**53 - 1
"""The largest tree: sizes travel as JSON integers."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry), RFC 9162 §2.1.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that `proof` computes for `leaf_hash` at `index` of `size` leaves (RFC 9162 §2.1.3.2).

    `proof` runs from the leaf's sibling to the root. VerificationError when 0 <= index < size does not hold
    or the proof has another length than such a tree gives.
    """
    _check_size(size)
    if type(index) is not int or not 0 <= index < size:
        raise VerificationError(f"not an index in a tree of {size} leaves")
    _check_hash(leaf_hash, "leaf hash")
    # Up to `inner` siblings stand on both sides; above, on the right border, on the left only.
    inner = (index ^ (size - 1)).bit_length()
    _check_proof(proof, inner + (index >> inner).bit_count())
    return _climb_border(_climb_inner(leaf_hash, proof[:inner], index), proof[inner:])


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `root` is of a tree of `size` leaves with `leaf_hash` at `index`, or VerificationError."""
    _check_hash(root, "root")
    if root_from_inclusion(leaf_hash, index, size, proof) != root:
        raise VerificationError(f"the inclusion proof of index {index} misses the root at size {size}")


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that (new_size, new_root) extends (old_size, old_root) by appending only (RFC 9162 §2.1.4.2).

    From size 0 only an empty proof and the root SHA-256('') are accepted; between equal sizes only an empty
    proof and equal roots. VerificationError otherwise.
    """
    _check_size(old_size)
    _check_size(new_size)
    _check_hash(old_root, "old root")
    _check_hash(new_root, "new root")
    if old_size > new_size:
        raise VerificationError(f"a tree of {new_size} leaves cannot extend one of {old_size}")
    if old_size == new_size or old_size == 0:
        _verify_trivial_consistency(old_size, new_size, old_root, new_root, proof)
        return
    shift = (old_size & -old_size).bit_length() - 1  # height of the last perfect subtree of the old tree
    inner = ((old_size - 1) ^ (new_size - 1)).bit_length() - shift
    border = ((old_size - 1) >> (inner + shift)).bit_count()
    given = 0 if old_size == 1 << shift else 1  # if the old tree is one perfect subtree, its root is the seed
    _check_proof(proof, given + inner + border)
    seed = proof[0] if given else old_root
    path, borders = proof[given : given + inner], proof[given + inner :]
    index = (old_size - 1) >> shift
    left_siblings = [node for level, node in enumerate(path) if index >> level & 1]
    if _climb_border(_climb_border(seed, left_siblings), borders) != old_root:
        raise VerificationError(f"the consistency proof does not lead to the old root at size {old_size}")
    if _climb_border(_climb_inner(seed, path, index), borders) != new_root:
        raise VerificationError(f"the consistency proof does not lead to the new root at size {new_size}")


def _verify_trivial_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    _check_proof(proof, 0)
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise VerificationError("the root of an empty tree is the hash of nothing")
    if old_size == new_size and old_root != new_root:
        raise VerificationError(f"two roots at the same size {new_size}")


def _climb_inner(node: bytes, siblings: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(siblings):
        node = node_hash(sibling, node) if index >> level & 1 else node_hash(node, sibling)
    return node


def _climb_border(node: bytes, left_siblings: Sequence[bytes]) -> bytes:
    for sibling in left_siblings:
        node = node_hash(sibling, node)
    return node


def _check_size(size: int) -> None:
    if type(size) is not int or not 0 <= size <= MAX_SIZE:
        raise VerificationError("a tree size is an integer from 0 to 2^53-1")


def _check_hash(value: bytes, what: str) -> None:
    if type(value) is not bytes or len(value) != HASH_SIZE:
        raise VerificationError(f"{what} is not {HASH_SIZE} bytes")


def _check_proof(proof: Sequence[bytes], length: int) -> None:
    if not isinstance(proof, (list, tuple)):
        raise VerificationError("a proof is a list of hashes")
    if len(proof) != length:
        raise VerificationError(f"the proof has {len(proof)} hashes, such trees need {length}")
    for node in proof:
        _check_hash(node, "a hash of the proof")
