"""Merkle vectors, good and bad, from the RFC 9162 transcription."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tests.reference import rfc9162

INCLUSION_SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 33, 64, 100, 130, 257)
CONSISTENCY_SIZES = (
    (1, 2),
    (1, 8),
    (2, 3),
    (3, 4),
    (3, 7),
    (4, 8),
    (6, 8),
    (7, 8),
    (8, 13),
    (64, 100),
    (100, 257),
)


def leaves(size: int) -> list[bytes]:
    """Leaf hashes of the entries `entry 0`, `entry 1`, …"""
    return [rfc9162.leaf_hash(b"entry %d" % index) for index in range(size)]


def hexs(values: list[bytes]) -> list[str]:
    """0x texts."""
    return ["0x" + value.hex() for value in values]


def flip(value: bytes, bit: int = 0) -> bytes:
    """`value` with one bit turned."""
    return bytes([value[0] ^ (1 << bit), *value[1:]])


def build() -> dict[str, Any]:
    """The content of merkle.json."""
    return {
        "about": "RFC 9162 SHA-256. Leaf n is SHA-256(0x00 || 'entry n'). Every hash is 32 bytes.",
        "roots": [
            {"size": size, "root": "0x" + rfc9162.mth(leaves(size)).hex()} for size in (0, *INCLUSION_SIZES)
        ],
        "inclusion": inclusion(),
        "consistency": consistency(),
        "compact_ranges": compact_ranges(),
    }


def inclusion() -> list[dict[str, Any]]:
    """Good proofs of every interesting index, and each way of spoiling one."""
    rows = []
    for size in INCLUSION_SIZES:
        tree = leaves(size)
        root = rfc9162.mth(tree)
        for index in sorted({0, 1, size // 2, size - 2, size - 1} & set(range(size))):
            good = (tree[index], index, size, rfc9162.path(index, tree), root)
            rows.append(inclusion_row(f"{index} of {size}", *good))
            if size in (1, 2, 7, 8, 13, 100):
                rows += [
                    inclusion_row(f"{index} of {size}: {how}", *bad) for how, bad in spoil_inclusion(*good)
                ]
    return rows


def spoil_inclusion(
    leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> list[tuple[str, Any]]:
    """(name, arguments) of proofs that must fail."""
    other = sha256(b"other").digest()
    bad: list[tuple[str, Any]] = [
        ("another leaf", (flip(leaf), index, size, proof, root)),
        ("another root", (leaf, index, size, proof, flip(root, 7))),
        ("empty tree's root", (leaf, index, size, proof, sha256(b"").digest())),
        ("index is the size", (leaf, size, size, proof, root)),
        ("index beyond the size", (leaf, size + 1, size, proof, root)),
        ("size zero", (leaf, index, 0, proof, root)),
        ("a hash too many", (leaf, index, size, [*proof, other], root)),
        ("the root appended", (leaf, index, size, [*proof, root], root)),
        ("a hash too many in front", (leaf, index, size, [other, *proof], root)),
    ]
    if proof:
        bad += [
            ("no proof", (leaf, index, size, [], root)),
            ("last hash missing", (leaf, index, size, proof[:-1], root)),
            ("first hash missing", (leaf, index, size, proof[1:], root)),
            ("first hash changed", (leaf, index, size, [flip(proof[0]), *proof[1:]], root)),
            ("last hash changed", (leaf, index, size, [*proof[:-1], flip(proof[-1], 3)], root)),
            ("neighbour's index", (leaf, index ^ 1, size, proof, root)),
            ("an inner node as the leaf", (rfc9162.node_hash(leaf, proof[0]), index, size, proof[1:], root)),
        ]
    if len(proof) > 1:
        bad.append(("reversed", (leaf, index, size, proof[::-1], root)))
    return bad


def inclusion_row(
    name: str, leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> dict[str, Any]:
    """One vector, judged by the RFC's algorithm."""
    valid = rfc9162.inclusion_holds(leaf, index, size, proof, root)
    return {
        "name": name,
        "leaf": "0x" + leaf.hex(),
        "index": index,
        "size": size,
        "proof": hexs(proof),
        "root": "0x" + root.hex(),
        "valid": valid,
    }


def consistency() -> list[dict[str, Any]]:
    """Good proofs, the trivial cases, and each way of spoiling one."""
    rows = []
    empty = sha256(b"").digest()
    one, seven = rfc9162.mth(leaves(1)), rfc9162.mth(leaves(7))
    trivial: list[tuple[str, tuple[int, int, bytes, bytes, list[bytes]]]] = [
        ("empty to empty", (0, 0, empty, empty, [])),
        ("empty to 7", (0, 7, empty, seven, [])),
        ("empty to 7: the old root is not that of an empty tree", (0, 7, one, seven, [])),
        ("empty to 7: the old root is zero", (0, 7, bytes(32), seven, [])),
        ("empty to 7: a proof", (0, 7, empty, seven, [one])),
        ("empty to empty: the new root differs", (0, 0, empty, one, [])),
        ("7 to 7", (7, 7, seven, seven, [])),
        ("7 to 7: a proof", (7, 7, seven, seven, [seven])),
        ("7 to 7: two roots", (7, 7, seven, flip(seven), [])),
        ("1 to 1: two roots", (1, 1, one, seven, [])),
    ]
    rows += [consistency_row(name, *args) for name, args in trivial]
    for old, new in CONSISTENCY_SIZES:
        tree = leaves(new)
        good = (old, new, rfc9162.mth(tree[:old]), rfc9162.mth(tree), rfc9162.proof(old, tree))
        rows.append(consistency_row(f"{old} to {new}", *good))
        rows += [consistency_row(f"{old} to {new}: {how}", *bad) for how, bad in spoil_consistency(*good)]
    return rows


def spoil_consistency(old: int, new: int, a: bytes, b: bytes, proof: list[bytes]) -> list[tuple[str, Any]]:
    """(name, arguments) of spoilt proofs. A root does not commit to its size, so some "one more" hold."""
    bad: list[tuple[str, Any]] = [
        ("sizes swapped", (new, old, b, a, proof)),
        ("roots swapped", (old, new, b, a, proof)),
        ("old root changed", (old, new, flip(a), b, proof)),
        ("new root changed", (old, new, a, flip(b), proof)),
        ("no proof", (old, new, a, b, [])),
        ("last hash missing", (old, new, a, b, proof[:-1])),
        ("first hash missing", (old, new, a, b, proof[1:])),
        ("a hash too many", (old, new, a, b, [*proof, b])),
        ("a hash too many in front", (old, new, a, b, [a, *proof])),
        ("the new size is one more", (old, new + 1, a, b, proof)),
        ("old size zero", (0, new, a, b, proof)),
        ("history rewritten: the new tree over other entries", (old, new, a, rewritten(new), proof)),
    ]
    bad += [
        (f"hash {at} changed", (old, new, a, b, [*proof[:at], flip(proof[at], at % 8), *proof[at + 1 :]]))
        for at in range(len(proof))
    ]
    prepended = rfc9162.mth([rfc9162.leaf_hash(b"before"), *leaves(new - 1)])
    return [*bad, ("history prepended", (old, new, a, prepended, proof))]


def rewritten(size: int) -> bytes:
    """Root of a tree whose first entry is another."""
    return rfc9162.mth([rfc9162.leaf_hash(b"forged"), *leaves(size)[1:]])


def consistency_row(name: str, old: int, new: int, a: bytes, b: bytes, proof: list[bytes]) -> dict[str, Any]:
    """One vector, judged by the RFC's algorithm."""
    return {
        "name": name,
        "old_size": old,
        "new_size": new,
        "old_root": "0x" + a.hex(),
        "new_root": "0x" + b.hex(),
        "proof": hexs(proof),
        "valid": rfc9162.consistency_holds(old, new, a, b, proof),
    }


def compact_ranges() -> list[dict[str, Any]]:
    """The fewest perfect subtrees over [begin, end)."""
    tree = leaves(1000)
    ranges = (
        (0, 0),
        (0, 1),
        (0, 7),
        (3, 3),
        (3, 10),
        (0, 256),
        (255, 257),
        (8, 1000),
        (513, 1000),
        (999, 1000),
    )
    return [
        {"begin": begin, "end": end, "hashes": hexs(rfc9162.compact_range(begin, tree[begin:end]))}
        for begin, end in ranges
    ]
