"""Merkle-Patricia trie proofs over hashed keys (Ethereum Yellow Paper, appendices C and D; EIP-1186).

A proof is the list of nodes from the root to the key. Each node is used, in order; nodes shorter than 32
bytes are embedded in their parents. An absence that the nodes prove reads as None.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.core.eip712 import keccak256
from service.core.errors import VerificationError
from service.core.rlp import RlpItem, rlp_decode, rlp_encode, string

EMPTY_TRIE_ROOT = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")


def walk(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """Follow the 64 nibbles of a hashed key from the root; the leaf's value, or None if the trie proves it
    absent."""
    if root == EMPTY_TRIE_ROOT and not nodes:
        return None
    path = key.hex()
    reference: RlpItem = root
    used = 0
    while True:
        if isinstance(reference, bytes) and len(reference) == 32:
            if used == len(nodes):
                raise VerificationError("the proof ends before its key")
            node = _open_node(nodes[used], reference, is_root=used == 0)
            used += 1
        else:
            node = reference
        value, reference, path = _step(node, path)
        if value is not None or reference == b"":
            break
    if used != len(nodes):
        raise VerificationError("the proof has nodes that nothing refers to")
    return value


def _open_node(node: bytes, expected: bytes, *, is_root: bool) -> RlpItem:
    if keccak256(node) != expected:
        raise VerificationError("a proof node's hash differs from the reference to it")
    if len(node) < 32 and not is_root:
        raise VerificationError("a node shorter than 32 bytes must be embedded")
    return rlp_decode(node)


def _step(node: RlpItem, path: str) -> tuple[bytes | None, RlpItem, str]:
    """One node: (value, b"", "") at the leaf, (None, child, rest of the path) on the way, (None, b"", "")
    if absent."""
    if isinstance(node, bytes):
        if node == b"":
            return None, b"", ""
        raise VerificationError("a trie node must be a list")
    if len(node) == 17:
        if node[16] != b"" or path == "":
            raise VerificationError("a trie of hashed keys holds no values in branches")
        for child in node[:16]:
            _check_child(child)
        return None, node[int(path[0], 16)], path[1:]
    if len(node) != 2:
        raise VerificationError("a trie node has 2 or 17 members")
    is_leaf, shared = _hex_prefix(string(node[0]))
    if is_leaf:
        value = string(node[1])
        if value == b"" or len(shared) != len(path):
            raise VerificationError("a trie leaf must end its key and hold a value")
        return (value, b"", "") if shared == path else (None, b"", "")
    _check_child(node[1])
    if shared == "" or node[1] == b"" or len(shared) >= len(path):
        raise VerificationError("a trie extension must have a path and a child")
    return (None, node[1], path[len(shared) :]) if path.startswith(shared) else (None, b"", "")


def _check_child(child: RlpItem) -> None:
    if isinstance(child, bytes):
        if len(child) not in (0, 32):
            raise VerificationError("a reference to a trie node has 32 bytes")
    elif len(rlp_encode(child)) >= 32:
        raise VerificationError("only nodes shorter than 32 bytes are embedded")


def _hex_prefix(encoded: bytes) -> tuple[bool, str]:
    """Yellow Paper appendix C: (leaf?, nibbles as hex digits)."""
    nibbles = encoded.hex()
    if nibbles == "" or nibbles[0] not in "0123":
        raise VerificationError("malformed hex prefix")
    flag = int(nibbles[0])
    if flag & 1:
        return flag >= 2, nibbles[1:]
    if nibbles[1] != "0":
        raise VerificationError("malformed hex prefix")
    return flag >= 2, nibbles[2:]
