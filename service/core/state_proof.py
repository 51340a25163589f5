"""Ethereum state proofs: RLP, block headers, Merkle-Patricia account and storage proofs, the registry's
anchor slots.

Sources: Ethereum Yellow Paper appendix B (RLP), appendix D (trie), §4.3 (header); EIP-1186 (eth_getProof).
Everything here is strict: only canonical RLP, proof nodes in order from the root, each one used, none left
over. Whatever does not fit raises VerificationError; an absence that is itself proven reads as the empty
account, or as the value 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.core.eip712 import keccak256
from service.core.errors import VerificationError
from service.core.rlp import RlpItem, rlp_decode, rlp_encode, scalar, string
from service.core.trie import EMPTY_TRIE_ROOT, walk

MAX_HEADER_BYTES = 16 * 1024

EMPTY_CODE_HASH = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")

# Header fields in RLP order, as eth_getBlockByNumber names them. An int is the exact length in bytes, None
# an integer scalar, "bytes" any string. From baseFeePerGas on each fork appended some; a header may end
# after any of them.
_HEADER: tuple[tuple[str, int | str | None], ...] = (
    ("parentHash", 32),
    ("sha3Uncles", 32),
    ("miner", 20),
    ("stateRoot", 32),
    ("transactionsRoot", 32),
    ("receiptsRoot", 32),
    ("logsBloom", 256),
    ("difficulty", None),
    ("number", None),
    ("gasLimit", None),
    ("gasUsed", None),
    ("timestamp", None),
    ("extraData", "bytes"),
    ("mixHash", 32),
    ("nonce", 8),
    ("baseFeePerGas", None),
    ("withdrawalsRoot", 32),
    ("blobGasUsed", None),
    ("excessBlobGas", None),
    ("parentBeaconBlockRoot", 32),
    ("requestsHash", 32),
    ("blockAccessListHash", 32),
)
_REQUIRED_FIELDS = 15
_MAX_FIELDS = 32
_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11


@dataclass(frozen=True, slots=True)
class Header:
    """What a verifier needs of a block header; `timestamp` in Unix seconds, `hash` = keccak256 of the RLP."""

    number: int
    timestamp: int
    state_root: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """One account's leaf in the state trie."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class AnchorSlot:
    """The registry's one word per anchor; the three times are Unix seconds."""

    timestamp: int
    block_number: int
    prev_size: int
    prev_timestamp: int
    prev_signed_at: int


_ANCHOR_BITS = (40, 48, 64, 40, 40)


def parse_header(rlp: bytes) -> Header:
    """Read a block header of any fork (15 fields and more) and compute its hash. Errors:
    VerificationError."""
    if len(rlp) > MAX_HEADER_BYTES:
        raise VerificationError("the block header is too large")
    fields = rlp_decode(rlp)
    if not isinstance(fields, list) or not _REQUIRED_FIELDS <= len(fields) <= _MAX_FIELDS:
        raise VerificationError("a block header is a list of at least 15 fields")
    for number, field in enumerate(fields):
        name, shape = _HEADER[number] if number < len(_HEADER) else ("of a later fork", "bytes")
        if not isinstance(field, bytes):
            raise VerificationError(f"block header: field {name} is not a string")
        if isinstance(shape, int) and len(field) != shape:
            raise VerificationError(f"block header: field {name} must have {shape} bytes")
        if shape is None:
            scalar(field, f"block header: field {name}")
    return Header(
        number=scalar(string(fields[_NUMBER]), "block number", 8),
        timestamp=scalar(string(fields[_TIMESTAMP]), "block timestamp", 8),
        state_root=string(fields[_STATE_ROOT]),
        hash=keccak256(rlp),
    )


def encode_header(block: Mapping[str, object]) -> bytes:
    """RLP of the header in an eth_getBlockByNumber answer (hex strings, or the integers and bytes web3
    makes of them).

    The caller compares `parse_header(...).hash` with the block's hash: an unknown fork's field would be
    missing here. Errors: VerificationError for missing or malformed fields.
    """
    fields: list[RlpItem] = []
    for position, (name, shape) in enumerate(_HEADER):
        value = block.get(name)
        if value is None:
            if position < _REQUIRED_FIELDS:
                raise VerificationError(f"the block has no {name}")
            break
        fields.append(_field(name, value, shape))
    return rlp_encode(fields)


def verify_account(state_root: bytes, address: str, nodes: Sequence[bytes]) -> Account:
    """The account that the proof shows under the state root; the empty account if absence is proven.

    `address` is lower-case hex with 0x. Errors: VerificationError.
    """
    value = walk(state_root, keccak256(_address_bytes(address)), nodes)
    if value is None:
        return Account(0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
    members = rlp_decode(value)
    if not isinstance(members, list) or len(members) != 4:
        raise VerificationError("an account is a list of four")
    nonce, balance, storage_root, code_hash = map(string, members)
    if len(storage_root) != 32 or len(code_hash) != 32:
        raise VerificationError("an account's hashes must have 32 bytes")
    return Account(scalar(nonce, "nonce", 8), scalar(balance, "balance"), storage_root, code_hash)


def verify_storage(storage_root: bytes, slot: bytes, nodes: Sequence[bytes]) -> int:
    """The word that the proof shows at the 32-byte slot; 0 if absence is proven. Errors:
    VerificationError."""
    if len(slot) != 32:
        raise VerificationError("a storage slot has 32 bytes")
    value = walk(storage_root, keccak256(slot), nodes)
    if value is None:
        return 0
    word = scalar(string(rlp_decode(value)), "storage word")
    if word == 0:
        raise VerificationError("a trie holds no zero words")
    return word


def anchor_slot(log: bytes, size: int, root: bytes) -> bytes:
    """Storage slot of `anchors[log][keccak256(abi.encode(size, root))]`; `anchors` is the mapping at slot
    0."""
    if len(log) != 32 or len(root) != 32 or not 0 <= size < 2**64:
        raise VerificationError("an anchor is named by a 32-byte log id, a 64-bit size and a 32-byte root")
    key = keccak256(size.to_bytes(32, "big") + root)
    return keccak256(key + keccak256(log + bytes(32)))


def pack_anchor(anchor: AnchorSlot) -> int:
    """The word that the registry stores. Errors: VerificationError if a member does not fit."""
    members = (
        anchor.timestamp,
        anchor.block_number,
        anchor.prev_size,
        anchor.prev_timestamp,
        anchor.prev_signed_at,
    )
    word, shift = 0, 0
    for value, bits in zip(members, _ANCHOR_BITS, strict=True):
        if not 0 <= value < 1 << bits:
            raise VerificationError("an anchor's member does not fit its field")
        word |= value << shift
        shift += bits
    return word


def unpack_anchor(value: int) -> AnchorSlot:
    """Read the registry's word. Errors: VerificationError for a word that the registry never writes (0
    included)."""
    members = []
    rest = value
    for bits in _ANCHOR_BITS:
        members.append(rest & (1 << bits) - 1)
        rest >>= bits
    anchor = AnchorSlot(*members)
    if rest != 0 or anchor.timestamp == 0:
        raise VerificationError("the slot does not hold an anchor")
    return anchor


def _address_bytes(address: str) -> bytes:
    try:
        raw = bytes.fromhex(address.removeprefix("0x"))
    except ValueError as error:
        raise VerificationError("an address is 20 bytes of hex") from error
    if len(raw) != 20:
        raise VerificationError("an address is 20 bytes of hex")
    return raw


def _field(name: str, value: object, shape: int | str | None) -> bytes:
    if isinstance(value, str):
        digits = value.removeprefix("0x")
        try:
            value = int(digits, 16) if shape is None else bytes.fromhex(digits)
        except ValueError as error:
            raise VerificationError(f"the block's {name} is not hex") from error
    if shape is None and isinstance(value, int) and value >= 0:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    if shape is not None and isinstance(value, bytes) and (shape == "bytes" or len(value) == shape):
        return bytes(value)
    raise VerificationError(f"the block's {name} is malformed")
