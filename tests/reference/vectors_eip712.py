"""EIP-712 vectors: digests by the generic encoder, signatures and log ids by eth-account and eth-abi."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from eth_abi import encode
from eth_account import Account

from tests.reference import eip712

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DOMAINS = ((31337, "0x" + "5f" * 20), (11155111, "0x00000000000000000000000000000000000000ff"))


def word(label: str) -> bytes:
    """Some 32 bytes."""
    return sha256(label.encode()).digest()


MESSAGES: list[tuple[str, dict[str, Any]]] = [
    (
        "Checkpoint",
        {
            "log": word("log"),
            "size": 5,
            "root": word("root"),
            "signedAt": 1767225600,
            "anchorBy": 1767229200,
            "via": bytes(32),
        },
    ),
    (
        "Checkpoint",
        {
            "log": word("l"),
            "size": 2**53 - 1,
            "root": bytes(32),
            "signedAt": 2**64 - 1,
            "anchorBy": 0,
            "via": word("via"),
        },
    ),
    ("Statement", {"log": word("log"), "digest": word("statement")}),
    (
        "Acceptance",
        {
            "log": word("log"),
            "platform": "\u95f2\u5361\u5b9d",
            "trade": "t-1",
            "quote": word("quote"),
            "amount": 88500,
            "currency": "CNY",
            "channel": "alipay",
            "validUntil": 1767229200,
            "salt": word("salt"),
        },
    ),
    (
        "Acceptance",
        {
            "log": bytes(32),
            "platform": "",
            "trade": "",
            "quote": bytes(32),
            "amount": 2**256 - 1,
            "currency": "",
            "channel": "",
            "validUntil": 2**64 - 1,
            "salt": bytes(32),
        },
    ),
    (
        "Acknowledgement",
        {
            "log": word("log"),
            "trade": "t-1",
            "payout": word("payout"),
            "amount": 88500,
            "currency": "CNY",
            "salt": word("salt"),
        },
    ),
    ("Endorsement", {"log": word("log"), "role": "guarantor", "digest": word("d"), "salt": word("salt")}),
    (
        "TradeHead",
        {
            "log": word("log"),
            "trade": "t-1",
            "count": 10,
            "leaf": word("leaf"),
            "size": 1000,
            "root": word("root"),
        },
    ),
]


def build() -> dict[str, Any]:
    """The content of eip712.json."""
    return {
        "about": "bytes are 0x hex; amounts and times are decimal strings, since they may exceed 2^53",
        "domains": [domain_row(chain_id, registry) for chain_id, registry in DOMAINS],
        "digests": [digest_row(*DOMAINS[at % 2], *message) for at, message in enumerate(MESSAGES * 2)],
        "signatures": [signature_row(at) for at in range(4)],
        "refused_signatures": refused_signatures(),
        "log_ids": [
            log_id_row(origin) for origin in ("kaka.example/log", "a", "x" * 31, "x" * 32, "x" * 255)
        ],
    }


def domain_row(chain_id: int, registry: str) -> dict[str, Any]:
    """A domain and its separator."""
    domain = eip712.tallystick_domain(chain_id, registry)
    separator = eip712.hash_struct("EIP712Domain", domain, eip712.TALLYSTICK)
    return {"chain_id": chain_id, "registry": registry, "separator": "0x" + separator.hex()}


def digest_row(chain_id: int, registry: str, name: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message and its digest."""
    digest = eip712.digest(eip712.tallystick_domain(chain_id, registry), name, message, eip712.TALLYSTICK)
    shown = {
        member: "0x" + value.hex() if isinstance(value, bytes) else str(value)
        for member, value in message.items()
    }
    return {
        "chain_id": chain_id,
        "registry": registry,
        "type": name,
        "message": shown,
        "digest": "0x" + digest.hex(),
    }


def signature_row(at: int) -> dict[str, Any]:
    """A deterministic signature (RFC 6979) and its signer."""
    key, digest = word(f"key {at}"), word(f"digest {at}")
    signed = Account.unsafe_sign_hash(digest, key)
    return {
        "private_key": "0x" + key.hex(),
        "digest": "0x" + digest.hex(),
        "signature": "0x" + bytes(signed.signature).hex(),
        "address": str(Account.from_key(key).address).lower(),
    }


def refused_signatures() -> list[dict[str, Any]]:
    """The same signature in forms that must be refused, each of which some library recovers or crashes on."""
    digest = word("digest 0")
    signed = Account.unsafe_sign_hash(digest, word("key 0"))
    r, s, v = signed.r, signed.s, signed.v
    forms: dict[str, bytes] = {
        "high s, v turned: the same signer": pack(r, ORDER - s, 55 - v),
        "high s": pack(r, ORDER - s, v),
        "the smallest high s": pack(r, ORDER // 2 + 1, v),
        "v 0": pack(r, s, 0),
        "v 1": pack(r, s, 1),
        "v 26": pack(r, s, 26),
        "v 29": pack(r, s, 29),
        "v 255": pack(r, s, 255),
        "r zero": pack(0, s, v),
        "s zero": pack(r, 0, v),
        "r the group order": pack(ORDER, s, v),
        "r above the group order": pack(2**256 - 1, s, v),
        "s the group order": pack(r, ORDER, v),
        "r on no point": pack(5, s, v),
        "all zero": bytes(65),
        "64 bytes (EIP-2098 compact)": pack(r, s, v)[:64],
        "66 bytes": pack(r, s, v) + b"\x00",
        "nothing": b"",
    }
    return [
        {"name": name, "digest": "0x" + digest.hex(), "signature": "0x" + form.hex()}
        for name, form in forms.items()
    ]


def pack(r: int, s: int, v: int) -> bytes:
    """r ‖ s ‖ v."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def log_id_row(origin: str) -> dict[str, Any]:
    """keccak256(abi.encode(opener, origin))."""
    opener = "0x" + "7e" * 20
    encoded = encode(["address", "string"], [opener, origin])
    return {"opener": opener, "origin": origin, "log": "0x" + eip712.keccak(encoded).hex()}
