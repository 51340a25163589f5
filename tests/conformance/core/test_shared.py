"""Vectors by others, where they lie beside the project."""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from service.core import canonical, eip712, merkle, note, tile, tree
from service.core.errors import CanonicalizationError, FormatError
from tests.reference import eip712 as typed_data
from tests.reference import rfc9162
from tests.reference.tiles import MemoryTiles

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "vectors"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no shared vectors beside this project")


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_jcs(name: str) -> None:
    text = (FOLDER / "jcs" / f"{name}.input.json").read_bytes()
    expected = (FOLDER / "jcs" / f"{name}.output.json").read_bytes()
    assert rfc8785.dumps(json.loads(text)) == expected  # the oracle itself
    outside = {"structures": "/1/\n", "values": "/numbers/0", "french": "", "weird": ""}
    if name in outside:  # floats, and names that are not ASCII
        with pytest.raises(CanonicalizationError) as refusal:
            canonical.parse(text)
        assert refusal.value.pointer == outside[name]
    else:
        assert canonical.canonicalize(canonical.parse(text)) == expected
        assert canonical.parse(expected) == canonical.parse(text)


LEAVES = [rfc9162.leaf_hash(bytes([index])) for index in range(130)]


@cache
def mth(begin: int, end: int) -> bytes:
    return rfc9162.mth(LEAVES[begin:end])


def is_subtree(begin: int, end: int) -> bool:
    """Empty, or beginning at a multiple of its width rounded up to a power of two."""
    return begin == end or begin % (1 << (end - begin - 1).bit_length()) == 0


def ranges() -> list[tuple[int, int]]:
    return [(begin, end) for end in range(131) for begin in range(end + 1) if is_subtree(begin, end)]


def texts(hashes: list[bytes]) -> str:
    return "".join(f" {value.hex()}" for value in hashes)


def test_rfc6962_roots() -> None:
    vectors = load("rfc6962-reference.json")
    hashes = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in vectors["leaf_inputs_hex"]]
    for size, root in enumerate(vectors["root_hashes_hex_by_size"]):
        assert tree.root(MemoryTiles(hashes), size).hex() == root
        edge = tree.EdgeTiles()
        edge.append(hashes[:size])
        assert edge.root().hex() == root


def test_rfc6962_subtree_hashes() -> None:
    accumulated = sha256()
    for begin, end in ranges():
        edge = tree.EdgeTiles()
        edge.append(LEAVES[begin:end])
        accumulated.update(f"[{begin}, {end}) {edge.root().hex()}\n".encode())
    expected = load("rfc6962-reference.json")["accumulated"]["subtree_hash"]["sha256"]
    assert accumulated.hexdigest() == expected


def test_rfc6962_inclusion_proofs() -> None:
    accumulated = sha256()
    for begin, end in ranges():
        reader = MemoryTiles(LEAVES[begin:end])
        for index in range(begin, end):
            proof = tree.inclusion_proof(reader, index - begin, end - begin)
            accumulated.update(f"{index} [{begin}, {end}){texts(proof)}\n".encode())
    expected = load("rfc6962-reference.json")["accumulated"]["subtree_inclusion"]["sha256"]
    assert accumulated.hexdigest() == expected


def subtree_proof(begin: int, end: int, low: int, high: int, known: bool) -> list[bytes]:
    """Consistency of [begin, end) with the tree [low, high): SUBPROOF of RFC 9162 with a begin."""
    if begin == end:
        return []
    if (begin, end) == (low, high):
        return [] if known else [mth(low, high)]
    k = low + rfc9162.split(high - low)
    if end <= k:
        return [*subtree_proof(begin, end, low, k, known), mth(k, high)]
    if begin >= k:
        return [*subtree_proof(begin, end, k, high, known), mth(low, k)]
    return [*subtree_proof(k, end, k, high, False), mth(low, k)]


def test_rfc6962_consistency_proofs() -> None:
    """The accumulated digest fixes proofs of subtrees too; those that begin at 0 are ours."""
    accumulated = sha256()
    for size in range(131):
        reader = MemoryTiles(LEAVES[:size])
        for begin, end in ranges():
            if end > size:
                break
            proof = subtree_proof(begin, end, 0, size, True)
            if begin == 0:
                proof = tree.consistency_proof(reader, end, size)
            accumulated.update(f"[{begin}, {end}) {size}{texts(proof)}\n".encode())
    expected = load("rfc6962-reference.json")["accumulated"]["subtree_consistency"]["sha256"]
    assert accumulated.hexdigest() == expected


def test_tile_paths() -> None:
    vectors = load("tile-paths.json")
    for level, index, width, path in vectors["tile_path"]:
        assert tile.path(level, index, width) == path
        assert tile.parse_path(path) == (level, index, width or 256)
    for index, size, path in vectors["entries_path_for_index"]:
        bundle = index // 256
        assert tile.entries_path(bundle, tile.width_at(0, bundle, size)) == path
        assert tile.parse_entries_path(path) == (bundle, tile.width_at(0, bundle, size))
    for level, rest, *expected in vectors["parse_ok"]:
        assert tile.parse_path(f"tile/{level}/{rest}") == (expected[0], expected[1], expected[2] or 256)
    for level, rest in vectors["parse_err"]:
        with pytest.raises(FormatError):
            tile.parse_path(f"tile/{level}/{rest}")
    for size, levels in vectors["tiles_for_size"].items():
        expected = {int(level): tuple(counts) for level, counts in levels.items()}
        assert tile.tiles_for_size(int(size)) == expected


def test_verifier_keys() -> None:
    vectors = load("vkeys.json")
    for text in vectors["valid"]:
        assert note.parse_vkey(text).format() == text
    for text, why in vectors["invalid"]:
        with pytest.raises(FormatError):
            note.parse_vkey(text)
            pytest.fail(why)


def test_signer_of_another_implementation() -> None:
    vectors = load("vkeys.json")
    name, key_id, key = vectors["signer"].removeprefix("PRIVATE+KEY+").split("+", 2)
    seed = base64.b64decode(key)[1:]
    signer = note.Ed25519Signer(name, seed)
    assert (signer.vkey.format(), signer.key_id.hex()) == (vectors["valid"][0], key_id)
    signed = note.sign("If you think cryptography is the answer to your problem,\n", [signer])
    assert note.open(signed, [note.parse_vkey(vectors["valid"][0])]).signatures[0].name == "PeterNeumann"


def test_eip712_mail() -> None:
    vectors = load("eip712-spec-mail.json")
    data, expected = vectors["typedData"], vectors["expected"]
    types = {
        name: [(member["name"], member["type"]) for member in members]
        for name, members in data["types"].items()
    }
    digest = typed_data.digest(data["domain"], "Mail", data["message"], types)
    assert "0x" + digest.hex() == expected["digest"]
    signature = bytes.fromhex(expected["r"][2:] + expected["s"][2:]) + bytes([expected["v"]])
    assert eip712.sign(eip712.keccak256(b"cow"), digest) == signature
    assert eip712.recover(digest, signature) == expected["signer"].lower()
