"""Genuine receipts built from the descriptions alone, and everything needed to verify them.

One log of eleven entries, three of them a trade (quote, acceptance with a user's consent and the platform's
signature, payout), anchored at sizes 7 and 11. Oracles: `rfc9162`, `signed_checkpoint`, `eip712`,
`state_trie`, `rfc8785`, `eth-account`.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import rfc8785
from eth_account import Account

from tests.reference import eip712, rfc9162, signed_checkpoint, state_trie

T0 = 1_793_700_000
"""2026-11-03T10:00:00Z, when the first entry was received."""
MAX_DELAY = 3600
OPENER = "0x" + "0e" * 20
USER_KEY = sha256(b"user").digest()
PLATFORM_KEY = sha256(b"platform").digest()
SIZE = 11
QUOTE, ACCEPTANCE, PAYOUT = 3, 5, 8
ANCHORED = (7, 11)


def log_id(opener: str, origin: str) -> bytes:
    """keccak256(abi.encode(opener, origin))."""
    text = origin.encode()
    words = bytes(12) + bytes.fromhex(opener[2:]) + (64).to_bytes(32, "big") + len(text).to_bytes(32, "big")
    return eip712.keccak(words + text + bytes(-len(text) % 32))


def make_keys(origin: str = "tallystick.test/logs/kaka", seed: bytes = b"kaka") -> signed_checkpoint.Keys:
    """A log's identity and keys from a fixed seed."""
    return signed_checkpoint.Keys(
        origin=origin,
        log=log_id(OPENER, origin),
        chain_id=31337,
        registry="0x" + "5a" * 20,
        ed25519_seed=sha256(seed + b" ed25519").digest(),
        evm_key=sha256(seed + b" evm").digest(),
    )


KEYS = make_keys()


def b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def hexed(data: bytes) -> str:
    """0x and lower-case digits."""
    return "0x" + data.hex()


def time_text(seconds: int) -> str:
    """UTC with milliseconds."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def disclosures(event: str, claims: dict[str, Any]) -> list[str]:
    """One a claim, with salts that follow from the event and the claim's name."""
    return [
        b64(rfc8785.dumps([b64(sha256(f"{event} {name}".encode()).digest()[:16]), name, value]))
        for name, value in claims.items()
    ]


def digest(disclosure: str) -> str:
    """RFC 9901 §4.2.3."""
    return b64(sha256(disclosure.encode()).digest())


def statement(
    keys: signed_checkpoint.Keys, event: str, trade: str, kind: str, at: int, told: list[str]
) -> dict[str, Any]:
    """The committed statement, with one decoy."""
    decoy = b64(sha256(f"decoy {event}".encode()).digest())
    return {
        "_sd": sorted([*map(digest, told), decoy]),
        "_sd_alg": "sha-256",
        "event": event,
        "log": keys.origin,
        "occurred": time_text(at),
        "trade": trade,
        "type": kind,
        "v": 1,
    }


def sign(
    keys: signed_checkpoint.Keys, private_key: bytes, name: str, message: dict[str, Any]
) -> tuple[str, str]:
    """(address, signature) over one of Tallystick's typed messages."""
    hashed = eip712.digest(keys.domain, name, message, eip712.TALLYSTICK)
    signed = Account.unsafe_sign_hash(hashed, private_key)
    return str(Account.from_key(private_key).address).lower(), hexed(bytes(signed.signature))


@dataclass
class Log:
    """The entries of one log, in order."""

    keys: signed_checkpoint.Keys
    entries: list[bytes] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)
    statements: list[bytes] = field(default_factory=list)
    trades: dict[str, list[int]] = field(default_factory=dict)

    @property
    def leaves(self) -> list[bytes]:
        return [rfc9162.leaf_hash(entry) for entry in self.entries]

    def append(self, event: str, trade: str, kind: str, claims: dict[str, Any], signed: bool = False) -> None:
        """One entry a minute."""
        at = T0 + 60 * len(self.entries)
        told = disclosures(event, claims)
        said = statement(self.keys, event, trade, kind, at, told)
        plain = bytes(rfc8785.dumps(said))
        before = self.trades.setdefault(trade, [])
        signatures = []
        if signed:
            message = {"log": self.keys.log, "digest": sha256(plain).digest()}
            address, signature = sign(self.keys, PLATFORM_KEY, "Statement", message)
            signatures.append(
                {"type": "eip712", "address": address, "role": "platform", "signature": signature}
            )
        entry = {
            "prev": hexed(rfc9162.leaf_hash(self.entries[before[-1]])) if before else None,
            "received": time_text(at + 1),
            "seq": len(before),
            "signatures": signatures,
            "statement": said,
            "v": 1,
        }
        before.append(len(self.entries))
        self.entries.append(bytes(rfc8785.dumps(entry)))
        self.told.append(told)
        self.statements.append(plain)

    def root(self, size: int) -> bytes:
        return rfc9162.mth(self.leaves[:size])

    def note(self, size: int, signed_at: int, anchor_by: int | None = None, via: bytes = bytes(32)) -> str:
        anchor_by = signed_at + MAX_DELAY if anchor_by is None else anchor_by
        return signed_checkpoint.note(self.keys, size, self.root(size), signed_at, anchor_by, via)


@lru_cache
def make_log(seed: bytes = b"kaka") -> Log:
    """The log of the tests."""
    log = Log(make_keys(seed=seed))
    for number in range(SIZE):
        if number == QUOTE:
            log.append("Q-1", "T-1", "quote", quote_claims())
        elif number == ACCEPTANCE:
            log.append("A-1", "T-1", "acceptance", acceptance_claims(log), signed=True)
        elif number == PAYOUT:
            log.append("P-1", "T-1", "payout", {"payout": "PO-1", "state": "succeeded", "legs": []})
        else:
            log.append(f"E-{number}", f"T-{number + 10}", "quote", {"items": [], "offer": {"net": number}})
    return log


def quote_claims() -> dict[str, Any]:
    """A quote in Chinese."""
    return {
        "items": [{"line": 1, "brand": "京东E卡", "face": 100_000, "net": 93_500, "kind": "code"}],
        "offer": {"currency": "CNY", "net": 93_500, "headline_rate_bp": 9350},
        "note": "回收价 93.5 折，10 分钟内有效",
    }


def acceptance_claims(log: Log) -> dict[str, Any]:
    """The user's acceptance of the quote, signed by a key of the user's."""
    quote = sha256(log.statements[QUOTE]).digest()
    salt = sha256(b"acceptance salt").digest()
    message = {
        "log": log.keys.log,
        "platform": "卡卡同盟",
        "trade": "T-1",
        "quote": quote,
        "amount": 93_500,
        "currency": "CNY",
        "channel": "alipay",
        "validUntil": T0 + 600,
        "salt": salt,
    }
    address, signature = sign(log.keys, USER_KEY, "Acceptance", message)
    consent = {
        "method": "eip712",
        "type": "Acceptance",
        "address": address,
        "signature": signature,
        "salt": hexed(salt),
        "platform": "卡卡同盟",
        "channel": "alipay",
        "validUntil": T0 + 600,
    }
    return {
        "quote": {"event": "Q-1", "digest": hexed(quote)},
        "amount": 93_500,
        "currency": "CNY",
        "consent": consent,
    }


def signed_at(size: int) -> int:
    """When the checkpoint of this size was signed: with its last entry."""
    return T0 + 60 * (size - 1) + 1


@dataclass(frozen=True)
class Anchored:
    """One anchor on the chain: the block that took it, and when."""

    size: int
    number: int
    timestamp: int


ON_CHAIN = (Anchored(7, 100, T0 + 60 * 7), Anchored(11, 110, T0 + 60 * 12))


def slots(log: Log, on_chain: tuple[Anchored, ...] = ON_CHAIN) -> dict[bytes, int]:
    """The registry's slots after these anchors."""
    found: dict[bytes, int] = {}
    before = Anchored(0, 0, 0)
    for each in on_chain:
        prev_signed = signed_at(before.size) if before.size else 0
        word = state_trie.anchor_word(each.timestamp, each.number, before.size, before.timestamp, prev_signed)
        found[state_trie.anchor_slot(log.keys.log, each.size, log.root(each.size))] = word
        before = each
    return found


def anchor(
    log: Log, index: int, each: Anchored, on_chain: tuple[Anchored, ...] = ON_CHAIN, **more: Any
) -> dict[str, Any]:
    """One element of `anchors`; the header is of a block ten later than the anchor's."""
    root = log.root(each.size)
    proof = state_trie.prove(
        log.keys.registry,
        slots(log, on_chain),
        state_trie.anchor_slot(log.keys.log, each.size, root),
        number=each.number + 10,
        timestamp=each.timestamp + 120,
        **more,
    )
    return {
        "chain_id": log.keys.chain_id,
        "registry": log.keys.registry,
        "size": each.size,
        "root": hexed(root),
        "inclusion": [hexed(node) for node in rfc9162.path(index, log.leaves[: each.size])],
        "checkpoint": log.note(each.size, signed_at(each.size)),
        "via": None,
        "state_proof": proof_value(proof),
    }


def via_anchor(log: Log, index: int, size: int) -> dict[str, Any]:
    """The same, through a directory log of five leaves in which the platform's (log, size, root) is the
    third."""
    directory = make_keys("tallystick.test/directory", b"directory").log
    root = log.root(size)
    own = log.keys.log + size.to_bytes(32, "big") + root
    leaves = [rfc9162.leaf_hash(own if place == 2 else bytes([place]) * 96) for place in range(5)]
    slot = state_trie.anchor_slot(directory, 5, rfc9162.mth(leaves))
    word = state_trie.anchor_word(T0 + 60 * 13, 120, 2, T0 + 60 * 5, T0 + 60 * 4)
    proof = state_trie.prove(log.keys.registry, {slot: word}, slot, number=125, timestamp=T0 + 60 * 15)
    found = anchor(log, index, Anchored(size, 120, T0 + 60 * 13))
    found["checkpoint"] = log.note(size, signed_at(size), via=directory)
    found["via"] = {
        "log": hexed(directory),
        "index": 2,
        "size": 5,
        "root": hexed(rfc9162.mth(leaves)),
        "inclusion": [hexed(node) for node in rfc9162.path(2, leaves)],
    }
    found["state_proof"] = proof_value(proof)
    return found


def proof_value(proof: state_trie.Proof) -> dict[str, Any]:
    """The JSON of a state proof."""
    return {
        "header": hexed(proof.header),
        "account": [hexed(node) for node in proof.account],
        "storage": [hexed(node) for node in proof.storage],
    }


def receipt(log: Log, index: int, anchors: list[dict[str, Any]], size: int | None = None) -> dict[str, Any]:
    """The receipt of one entry, promised by the checkpoint of `size` (by default its own commit)."""
    size = index + 1 if size is None else size
    return {
        "format": "tallystick-receipt/1",
        "log": {
            "origin": log.keys.origin,
            "id": hexed(log.keys.log),
            "chain_id": log.keys.chain_id,
            "registry": log.keys.registry,
        },
        "entry": log.entries[index].decode(),
        "disclosures": list(log.told[index]),
        "index": index,
        "checkpoint": log.note(size, signed_at(size)),
        "inclusion": [hexed(node) for node in rfc9162.path(index, log.leaves[:size])],
        "anchors": anchors,
        "cosignatures": [],
        "hints": {"tx": "0x" + "77" * 32, "block": 100, "finality": "final"},
    }


def genuine(index: int = ACCEPTANCE, first: int = 0) -> dict[str, Any]:
    """A complete receipt: of the acceptance, anchored at size 7."""
    log = make_log()
    return receipt(log, index, [_anchor_of(index, which) for which in (first,) if index < ANCHORED[which]])


@lru_cache(maxsize=64)
def _anchor_text(index: int, which: int) -> str:
    return json.dumps(anchor(make_log(), index, ON_CHAIN[which]))


def _anchor_of(index: int, which: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_anchor_text(index, which))
    return found


def trust(log: Log | None = None, **changes: Any) -> dict[str, Any]:
    """The trust file that believes in the log of the tests."""
    keys = (log or make_log()).keys
    key = {"ed25519": keys.vkey, "address": keys.address, "added": time_text(T0 - 86_400), "retired": None}
    believed = {
        "id": hexed(keys.log),
        "origin": keys.origin,
        "opener": OPENER,
        "name": "卡卡同盟",
        "chain_id": keys.chain_id,
        "max_delay": MAX_DELAY,
        "keys": [key],
    }
    chain = {
        "chain_id": keys.chain_id,
        "registry": keys.registry,
        "code_hash": hexed(eip712.keccak(state_trie.CODE)),
    }
    return {"format": "tallystick-trust/1", "chains": [chain], "logs": [{**believed, **changes}]}


def block_hashes(given: dict[str, Any]) -> dict[int, list[bytes]]:
    """The hashes of all blocks that the receipt's state proofs start from."""
    found: dict[int, list[bytes]] = {}
    for each in given["anchors"]:
        if each["state_proof"] is not None:
            header = bytes.fromhex(each["state_proof"]["header"][2:])
            found.setdefault(each["chain_id"], []).append(eip712.keccak(header))
    return found


NOW = (T0 + 7200) * 1000
"""The verifier's clock, ms."""


def encode(value: Any) -> bytes:
    """Canonical bytes of a receipt or trust file."""
    return bytes(rfc8785.dumps(value))
