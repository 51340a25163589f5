from __future__ import annotations

from typing import Any

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data

from service.core import eip712
from service.core.errors import FormatError, VerificationError
from tests.reference import eip712 as reference

REGISTRY = "0x" + "5f" * 20
DOMAIN = eip712.domain_separator(31337, REGISTRY)
WORD = bytes(range(32))
KEY = b"\x33" * 32
DIGEST = eip712.keccak256(b"digest")
SIGNATURE = eip712.sign(KEY, DIGEST)

MESSAGES: dict[str, tuple[Any, dict[str, Any]]] = {
    "Checkpoint": (
        eip712.checkpoint_digest,
        {"log": WORD, "size": 5, "root": WORD, "signedAt": 6, "anchorBy": 7, "via": WORD},
    ),
    "Statement": (eip712.statement_digest, {"log": WORD, "digest": WORD}),
    "Acceptance": (
        eip712.acceptance_digest,
        {
            "log": WORD,
            "platform": "闲卡宝",
            "trade": "t",
            "quote": WORD,
            "amount": 10**30,
            "currency": "CNY",
            "channel": "ecny",
            "validUntil": 8,
            "salt": WORD,
        },
    ),
    "Acknowledgement": (
        eip712.acknowledgement_digest,
        {"log": WORD, "trade": "t", "payout": WORD, "amount": 1, "currency": "CNY", "salt": WORD},
    ),
    "Endorsement": (
        eip712.endorsement_digest,
        {"log": WORD, "role": "mediator", "digest": WORD, "salt": WORD},
    ),
    "TradeHead": (
        eip712.trade_head_digest,
        {"log": WORD, "trade": "t", "count": 3, "leaf": WORD, "size": 9, "root": WORD},
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_digests_are_those_of_eth_account(name: str) -> None:
    digest, message = MESSAGES[name]
    types = {
        struct: [{"name": member, "type": kind} for member, kind in reference.TALLYSTICK[struct]]
        for struct in ("EIP712Domain", name)
    }
    typed = {
        "types": types,
        "primaryType": name,
        "domain": reference.tallystick_domain(31337, REGISTRY),
        "message": message,
    }
    assert digest(DOMAIN, *message.values()) == _hash_eip191_message(encode_typed_data(full_message=typed))


@pytest.mark.parametrize("name", MESSAGES)
def test_every_member_and_the_domain_count(name: str) -> None:
    digest, message = MESSAGES[name]
    seen = {
        digest(DOMAIN, *message.values()),
        digest(eip712.domain_separator(1, REGISTRY), *message.values()),
    }
    for member, value in message.items():
        other = value + 1 if isinstance(value, int) else value + "x" if isinstance(value, str) else bytes(32)
        seen.add(digest(DOMAIN, *(message | {member: other}).values()))
    assert len(seen) == 2 + len(message)


@pytest.mark.parametrize("name", MESSAGES)
def test_members_that_do_not_fit(name: str) -> None:
    digest, message = MESSAGES[name]
    for member, value in message.items():
        if isinstance(value, int):
            wrong: list[Any] = [-1, 2**256, 10**5000, 1.0, "1", None, True]
            wrong += [] if member == "amount" else [2**64]
        elif isinstance(value, str):
            wrong = [b"x", None, 1, "\ud800"]
        else:
            wrong = [b"", bytes(31), bytes(33), "x" * 32, bytearray(32), None]
        for bad in wrong:
            with pytest.raises(FormatError):
                digest(DOMAIN, *(message | {member: bad}).values())
    for domain in (b"", bytes(31), None):
        with pytest.raises(FormatError):
            digest(domain, *message.values())


@pytest.mark.parametrize(
    ("chain_id", "registry"),
    [
        (-1, REGISTRY),
        (2**256, REGISTRY),
        (True, REGISTRY),
        ("1", REGISTRY),
        (1, REGISTRY.upper()),
        (1, "0x" + "5F" * 20),
        (1, REGISTRY[2:]),
        (1, REGISTRY + "00"),
        (1, None),
        (1, [REGISTRY]),
        (1, bytes(20)),
    ],
)
def test_bad_domains(chain_id: Any, registry: Any) -> None:
    eip712.domain_separator(1, REGISTRY)
    with pytest.raises(FormatError):
        eip712.domain_separator(chain_id, registry)


def test_signatures() -> None:
    assert eip712.keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert eip712.address_of((1).to_bytes(32, "big")) == "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
    assert eip712.recover(DIGEST, SIGNATURE) == eip712.address_of(KEY)
    assert eip712.sign(KEY, DIGEST) == SIGNATURE
    assert eip712.SigningKey(KEY).sign(DIGEST) == SIGNATURE
    assert eip712.recover(eip712.keccak256(b"other"), SIGNATURE) != eip712.address_of(KEY)


def test_signatures_are_low_s_with_both_parities() -> None:
    seen = set()
    for at in range(64):
        signature = eip712.sign(KEY, eip712.keccak256(bytes([at])))
        eip712.check_signature(signature)
        seen.add(signature[64])
    assert seen == {27, 28}


def test_the_border_of_low_s() -> None:
    half = eip712.SECP256K1_ORDER // 2
    eip712.check_signature(SIGNATURE[:32] + half.to_bytes(32, "big") + b"\x1b")
    with pytest.raises(VerificationError, match="upper half"):
        eip712.check_signature(SIGNATURE[:32] + (half + 1).to_bytes(32, "big") + b"\x1b")
    eip712.check_signature((eip712.SECP256K1_ORDER - 1).to_bytes(32, "big") + SIGNATURE[32:])
    with pytest.raises(VerificationError, match="r is out of range"):
        eip712.check_signature(eip712.SECP256K1_ORDER.to_bytes(32, "big") + SIGNATURE[32:])


def test_the_form_is_checked_without_a_digest() -> None:
    for v in (0, 1, 26, 29, 30, 255):
        with pytest.raises(VerificationError, match="v is 27 or 28"):
            eip712.check_signature(SIGNATURE[:64] + bytes([v]))
    with pytest.raises(VerificationError, match="s is zero"):
        eip712.check_signature(SIGNATURE[:32] + bytes(32) + SIGNATURE[64:])
    with pytest.raises(VerificationError, match="r is out of range"):
        eip712.check_signature(bytes(32) + SIGNATURE[32:])


@pytest.mark.parametrize("value", [b"", bytes(64), bytes(66), bytearray(SIGNATURE), SIGNATURE.hex(), None, 5])
def test_what_is_no_signature(value: Any) -> None:
    with pytest.raises(VerificationError):
        eip712.recover(DIGEST, value)


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33), "x" * 32, None])
def test_what_is_no_digest(value: Any) -> None:
    with pytest.raises(VerificationError):
        eip712.recover(value, SIGNATURE)
    with pytest.raises(FormatError):
        eip712.sign(KEY, value)


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(32), bytes(33), b"\xff" * 32, "x" * 32, None, 1])
def test_what_is_no_private_key(value: Any) -> None:
    with pytest.raises(FormatError):
        eip712.sign(value, DIGEST)
    with pytest.raises(FormatError):
        eip712.address_of(value)


def test_log_ids() -> None:
    first = eip712.log_id(REGISTRY, "a")
    assert (
        len(
            {
                first,
                eip712.log_id(REGISTRY, "b"),
                eip712.log_id("0x" + "00" * 20, "a"),
                eip712.log_id(REGISTRY, "a\x00"),
            }
        )
        == 4
    )
    for opener, origin in ((REGISTRY.upper(), "a"), (None, "a"), (REGISTRY, None), (REGISTRY, "\ud800")):
        with pytest.raises(FormatError):
            eip712.log_id(opener, origin)  # type: ignore[arg-type]
