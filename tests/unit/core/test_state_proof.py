"""Headers, accounts and anchor words; tries are tested against independent packages in the property tests."""

from __future__ import annotations

from typing import Any

import pytest
import rlp

from service.core import state_proof
from service.core.errors import VerificationError
from service.core.state_proof import AnchorSlot
from tests.reference import state_trie
from tests.reference.eip712 import keccak

ROOT = keccak(b"state")
REGISTRY = "0x" + "5a" * 20
LOG = keccak(b"log")


def fields(count: int = 21) -> list[Any]:
    decoded: list[Any] = rlp.decode(state_trie.encode_header(ROOT, 7, 1_700_000_000, count))
    return decoded


@pytest.mark.parametrize("count", [15, 16, 17, 20, 21])
def test_headers_of_every_fork_are_read(count: int) -> None:
    data = state_trie.encode_header(ROOT, 7, 1_700_000_000, count)
    assert state_proof.parse_header(data) == state_proof.Header(7, 1_700_000_000, ROOT, keccak(data))


def test_headers_of_later_forks_are_read() -> None:
    later = [*fields(), keccak(b"block access list"), b"something new"]
    assert state_proof.parse_header(rlp.encode(later)).number == 7


def test_consortium_chains_put_much_into_extra_data() -> None:
    header = fields()
    header[12] = bytes(2_000)
    assert state_proof.parse_header(rlp.encode(header)).state_root == ROOT


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, bytes(31)),
        (2, bytes(21)),
        (3, bytes(33)),
        (6, bytes(255)),
        (8, b"\x00\x07"),
        (8, b"\x01" * 9),
        (11, b"\x00"),
        (11, b"\x01" * 9),
        (14, bytes(7)),
        (15, b"\x00\x01"),
        (16, b""),
        (3, [b""]),
        (20, bytes(31)),
    ],
)
def test_malformed_headers_are_refused(place: int, value: Any) -> None:
    header = fields()
    header[place] = value
    with pytest.raises(VerificationError):
        state_proof.parse_header(rlp.encode(header))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        rlp.encode(fields(14)),
        rlp.encode([*fields(), *[b"x"] * 12]),
        rlp.encode([*fields(), [b"x"]]),
        rlp.encode([*fields(), bytes(32), [b"x"]]),
        rlp.encode([*fields(12), bytes(20_000), *fields()[13:]]),
        rlp.encode(fields()) + b"\x00",
        rlp.encode(fields())[:-1],
        rlp.encode(b"header"),
    ],
)
def test_other_bytes_are_no_header(data: bytes) -> None:
    with pytest.raises(VerificationError):
        state_proof.parse_header(data)


def block(count: int = 21) -> dict[str, Any]:
    """As eth_getBlockByNumber names the fields."""
    names = [name for name, _ in state_proof._HEADER]
    values = fields(count)
    told: dict[str, Any] = {}
    for (name, shape), value in zip(state_proof._HEADER, values, strict=False):
        told[name] = hex(int.from_bytes(value, "big")) if shape is None else "0x" + value.hex()
    assert list(told) == names[:count]
    return told


@pytest.mark.parametrize("count", [15, 16, 17, 20, 21])
def test_a_block_is_encoded_to_its_header(count: int) -> None:
    expected = state_trie.encode_header(ROOT, 7, 1_700_000_000, count)
    told = {**block(count), "transactions": [], "hash": "0x00", "totalDifficulty": None}
    assert state_proof.encode_header(told) == expected


def test_a_block_as_web3_gives_it() -> None:
    told: dict[str, Any] = {}
    for (name, shape), value in zip(state_proof._HEADER, fields(), strict=False):
        told[name] = int.from_bytes(value, "big") if shape is None else value
    assert state_proof.encode_header(told) == state_trie.encode_header(ROOT, 7, 1_700_000_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stateRoot", None),
        ("stateRoot", "0x00"),
        ("stateRoot", "0xzz"),
        ("stateRoot", 7),
        ("number", "7x"),
        ("number", -1),
        ("number", b"\x07"),
        ("extraData", "0xabc"),
        ("nonce", "0x00"),
    ],
)
def test_malformed_blocks_are_refused(name: str, value: Any) -> None:
    with pytest.raises(VerificationError):
        state_proof.encode_header({**block(), name: value})


def account_proof(account: Any) -> tuple[bytes, list[bytes]]:
    """The registry alone in the state."""
    leaf = rlp.encode([b"\x20" + keccak(bytes.fromhex(REGISTRY[2:])), rlp.encode(account)])
    return keccak(leaf), [leaf]


GOOD: list[Any] = [b"\x01", b"", keccak(b"storage"), keccak(b"code")]


def test_an_account_is_read() -> None:
    root, nodes = account_proof(GOOD)
    found = state_proof.verify_account(root, REGISTRY, nodes)
    assert found == state_proof.Account(1, 0, keccak(b"storage"), keccak(b"code"))


@pytest.mark.parametrize(
    "account",
    [
        GOOD[:3],
        [*GOOD, b""],
        [b"\x00", *GOOD[1:]],
        [b"\x01" * 9, *GOOD[1:]],
        [b"\x01", b"\x00\x01", *GOOD[2:]],
        [*GOOD[:2], bytes(31), GOOD[3]],
        [*GOOD[:3], bytes(33)],
        [*GOOD[:3], [b""]],
        b"account",
    ],
)
def test_malformed_accounts_are_refused(account: Any) -> None:
    root, nodes = account_proof(account)
    with pytest.raises(VerificationError):
        state_proof.verify_account(root, REGISTRY, nodes)


def test_an_empty_trie_holds_nothing() -> None:
    empty = state_proof.EMPTY_TRIE_ROOT
    assert state_proof.verify_storage(empty, bytes(32), []) == 0
    assert state_proof.verify_storage(empty, bytes(32), [b"\x80"]) == 0
    assert state_proof.verify_account(empty, REGISTRY, []).code_hash == keccak(b"")
    with pytest.raises(VerificationError):
        state_proof.verify_storage(empty, bytes(32), [b"\x80", b"\x80"])


@pytest.mark.parametrize("address", ["", "0x", "0x00", "0x" + "zz" * 20, "0x" + "00" * 21])
def test_malformed_addresses_are_refused(address: str) -> None:
    with pytest.raises(VerificationError):
        state_proof.verify_account(state_proof.EMPTY_TRIE_ROOT, address, [])


def storage_leaf(value: bytes) -> tuple[bytes, list[bytes]]:
    leaf = rlp.encode([b"\x20" + keccak(bytes(32)), value])
    return keccak(leaf), [leaf]


@pytest.mark.parametrize(
    "value", [rlp.encode(b"\x00" * 2), rlp.encode(b"\x01" * 33), rlp.encode([b"\x01"]), b"\x80", b"\x81\x01"]
)
def test_malformed_words_are_refused(value: bytes) -> None:
    root, nodes = storage_leaf(value)
    with pytest.raises(VerificationError):
        state_proof.verify_storage(root, bytes(32), nodes)


def test_a_word_is_read() -> None:
    root, nodes = storage_leaf(rlp.encode(b"\x01\x00"))
    assert state_proof.verify_storage(root, bytes(32), nodes) == 256
    with pytest.raises(VerificationError):
        state_proof.verify_storage(root, bytes(31), nodes)


BRANCH = [b""] * 17
KEY = keccak(bytes(32)).hex()


@pytest.mark.parametrize(
    "node",
    [
        [b""],
        [b"", b"", b""],
        [*BRANCH[:16], b"value"],  # a value in a branch: no hashed key ends there
        [b"x", *BRANCH[1:]],  # a child of one byte
        [[b"\x20" + bytes(40), b"v"], *BRANCH[1:]],  # an embedded node of 32 bytes and more
        [b"", b"\x01"],  # no hex prefix at all
        [b"\x40" + bytes(32), b"\x01"],
        [b"\x2f" + bytes(32), b"\x01"],
        [b"\x20" + bytes(31), b"\x01"],  # a leaf of a shorter key
        [b"\x20" + bytes(33), b"\x01"],
        [b"\x20" + bytes(32), b""],  # a leaf without a value
        [b"\x00", bytes(32)],  # an extension without a path
        [b"\x11", b""],  # an extension without a child
        [b"\x00" + bytes(32), bytes(32)],  # an extension to the end of the key
        b"node",
    ],
)
def test_malformed_nodes_are_refused(node: Any) -> None:
    data = rlp.encode(node)
    with pytest.raises(VerificationError):
        state_proof.verify_storage(keccak(data), bytes(32), [data])


def test_a_reference_leads_to_its_node() -> None:
    leaf = rlp.encode([bytes([0x30 | int(KEY[1], 16)]) + bytes.fromhex(KEY[2:]), b"\x01"])
    branch: list[Any] = list(BRANCH)
    branch[int(KEY[0], 16)] = keccak(leaf)
    data = rlp.encode(branch)
    assert state_proof.verify_storage(keccak(data), bytes(32), [data, leaf]) == 1
    for nodes in ([data], [leaf], [leaf, data], [data, leaf, leaf], [data, data]):
        with pytest.raises(VerificationError):
            state_proof.verify_storage(keccak(data), bytes(32), nodes)


def test_small_nodes_are_embedded_never_referred_to() -> None:
    """An extension over 62 nibbles, a branch, and a leaf of 4 bytes: it belongs inside the branch."""
    leaf = [bytes([0x30 | int(KEY[63], 16)]), b"\x01"]
    for child, rest in ((leaf, []), (keccak(rlp.encode(leaf)), [rlp.encode(leaf)])):
        branch: list[Any] = list(BRANCH)
        branch[int(KEY[62], 16)] = child
        branch[int(KEY[62], 16) ^ 1] = b"\x07" * 32
        data = rlp.encode(branch)
        extension = rlp.encode([b"\x00" + bytes.fromhex(KEY[:62]), keccak(data)])
        nodes = [extension, data, *rest]
        if rest:
            with pytest.raises(VerificationError):
                state_proof.verify_storage(keccak(extension), bytes(32), nodes)
        else:
            assert state_proof.verify_storage(keccak(extension), bytes(32), nodes) == 1


def test_an_extension_must_have_a_path() -> None:
    """Otherwise a proof could be padded with steps that lead nowhere."""
    root, (leaf,) = storage_leaf(b"\x07")
    assert state_proof.verify_storage(root, bytes(32), [leaf]) == 7
    padding = rlp.encode([b"\x00", keccak(leaf)])
    with pytest.raises(VerificationError):
        state_proof.verify_storage(keccak(padding), bytes(32), [padding, leaf])


def test_no_branch_beyond_the_end_of_a_key() -> None:
    last = rlp.encode([b"\x07" * 32, *BRANCH[1:]])
    branch: list[Any] = list(BRANCH)
    branch[int(KEY[63], 16)] = keccak(last)
    data = rlp.encode(branch)
    extension = rlp.encode([bytes([0x10 | int(KEY[0], 16)]) + bytes.fromhex(KEY[1:63]), keccak(data)])
    with pytest.raises(VerificationError):
        state_proof.verify_storage(keccak(extension), bytes(32), [extension, data, last])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81\x05",  # a byte below 0x80 stands for itself
        b"\xb8\x37" + bytes(55),  # 55 bytes have the short form
        b"\xb9\x00\x38" + bytes(56),  # a length with a leading zero
        b"\xb8",
        b"\xb8\x38" + bytes(55),
        b"\xbf" + b"\xff" * 8 + bytes(56),
        b"\x83ab",
        b"\xc1",
        b"\xf8\x37" + bytes(55),
        b"\xc2\x83a",  # an element longer than its list
        b"\x01\x01",
    ],
)
def test_only_canonical_rlp_is_read(data: bytes) -> None:
    with pytest.raises(VerificationError):
        state_proof.rlp_decode(data)


def test_the_anchors_slot_is_that_of_the_nested_mapping() -> None:
    root = keccak(b"root")
    assert state_proof.anchor_slot(LOG, 11, root) == state_trie.anchor_slot(LOG, 11, root)
    for log, size, other in ((LOG[:-1], 11, root), (LOG, 11, root[:-1]), (LOG, -1, root), (LOG, 2**64, root)):
        with pytest.raises(VerificationError):
            state_proof.anchor_slot(log, size, other)


def test_anchor_words() -> None:
    word = state_trie.anchor_word(1_700_000_000, 100, 7, 1_600_000_000, 1_500_000_000)
    slot = AnchorSlot(1_700_000_000, 100, 7, 1_600_000_000, 1_500_000_000)
    assert state_proof.unpack_anchor(word) == slot
    assert state_proof.pack_anchor(slot) == word
    for wrong in (0, -1, 1 << 232 | word, word >> 40 << 40):
        with pytest.raises(VerificationError):
            state_proof.unpack_anchor(wrong)
    for place, value in ((0, 2**40), (1, 2**48), (2, 2**64), (3, 2**40), (4, 2**40), (0, -1)):
        members = [1, 1, 1, 1, 1]
        members[place] = value
        with pytest.raises(VerificationError):
            state_proof.pack_anchor(AnchorSlot(*members))
