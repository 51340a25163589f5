from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from service.core import checkpoint, ed25519, eip712, note
from service.core.errors import FormatError, TallyError, VerificationError

ROOT = bytes(range(32))
IDENTITY = checkpoint.LogIdentity("kaka.example/log", b"\x11" * 32, 31337, "0x" + "5f" * 20)
SIGNER = checkpoint.CheckpointSigner(IDENTITY, b"\x22" * 32, b"\x33" * 32)
NOTE = SIGNER.sign(7, ROOT, 1767225600, 1767229200)


def test_bodies_both_ways() -> None:
    for origin in ("a", "x" * 255, "kaka.example/log", "!~"):
        for size in (0, 1, 10, 2**53 - 1):
            point = checkpoint.Checkpoint(origin, size, ROOT)
            assert checkpoint.parse(checkpoint.format(point)) == point


ROOT64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a\n1\n",
        f"a\n1\n{ROOT64}",
        f"a\n1\n{ROOT64}\n\n",
        f"a\n1\n{ROOT64}\nextension\n",
        f"a\n1\n{ROOT64}\nx",
        f"a\r\n1\r\n{ROOT64}\r\n",
        f"a\n+1\n{ROOT64}\n",
        f"a\n-1\n{ROOT64}\n",
        f"a\n01\n{ROOT64}\n",
        f"a\n00\n{ROOT64}\n",
        f"a\n\n{ROOT64}\n",
        f"a\n1 \n{ROOT64}\n",
        f"a\n1_0\n{ROOT64}\n",
        f"a\n0x1\n{ROOT64}\n",
        f"a\n１\n{ROOT64}\n",
        f"a\n9007199254740992\n{ROOT64}\n",
        f"a\n{'9' * 5000}\n{ROOT64}\n",
        f"a\n1\n{ROOT64[:-1]}\n",
        f"a\n1\n{ROOT64[:-2]}9=\n",
        f"a\n1\n {ROOT64}\n",
        "a\n1\nAAEC\n",
        f"a\n1\n{ROOT64[:-1]}A\n",
        "a\n1\n\n",
        f"\n1\n{ROOT64}\n",
        f"a b\n1\n{ROOT64}\n",
        f"a+b\n1\n{ROOT64}\n",
        f"é\n1\n{ROOT64}\n",
        f"{'x' * 256}\n1\n{ROOT64}\n",
        f"a\x7f\n1\n{ROOT64}\n",
        None,
        b"a\n1\n",
    ],
)
def test_bad_bodies(body: Any) -> None:
    with pytest.raises(FormatError):
        checkpoint.parse(body)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("origin", "a b"),
        ("origin", "a+b"),
        ("origin", ""),
        ("origin", "x" * 256),
        ("origin", "a\n"),
        ("origin", None),
        ("size", -1),
        ("size", 2**53),
        ("size", True),
        ("size", "1"),
        ("root", bytes(31)),
        ("root", bytes(33)),
        ("root", "x" * 32),
    ],
)
def test_not_formatted(member: str, value: Any) -> None:
    good = checkpoint.Checkpoint("a", 1, ROOT)
    with pytest.raises(FormatError):
        checkpoint.format(dataclasses.replace(good, **{member: value}))


def test_sign_and_verify() -> None:
    signed = checkpoint.verify_signed(NOTE, IDENTITY, SIGNER.vkey, SIGNER.address)
    assert signed == checkpoint.parse_signed(NOTE.encode())
    assert signed.to_registry_args(IDENTITY.log_id) == (
        IDENTITY.log_id, 7, ROOT, 1767225600, 1767229200, checkpoint.ZERO
    )  # fmt: skip
    assert eip712.recover(signed.digest(IDENTITY), signed.signature) == SIGNER.address
    assert SIGNER.sign(7, ROOT, 1767225600, 1767229200) == NOTE
    assert note.open(NOTE, [note.parse_vkey(SIGNER.vkey)]).signatures[1].key_id == SIGNER.key_id


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "kaka.example/lag"},
        {"log_id": b"\x12" * 32},
        {"chain_id": 31338},
        {"registry": "0x" + "5e" * 20},
    ],
)
def test_another_log(change: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        checkpoint.verify_signed(NOTE, dataclasses.replace(IDENTITY, **change), SIGNER.vkey, SIGNER.address)


def test_another_origin_throughout() -> None:
    """A note, key and address that fit each other are still those of another origin."""
    other = dataclasses.replace(IDENTITY, origin="other.example")
    theirs = checkpoint.CheckpointSigner(other, b"\x22" * 32, b"\x33" * 32)
    signed = theirs.sign(7, ROOT, 1767225600, 1767229200)
    checkpoint.verify_signed(signed, other, theirs.vkey, theirs.address)
    with pytest.raises(VerificationError):
        checkpoint.verify_signed(signed, IDENTITY, theirs.vkey, theirs.address)
    with pytest.raises(VerificationError):
        checkpoint.verify_signed(signed, IDENTITY, SIGNER.vkey, SIGNER.address)


def test_other_keys() -> None:
    other = checkpoint.CheckpointSigner(IDENTITY, b"\x44" * 32, b"\x55" * 32)
    for vkey, address in (
        (other.vkey, SIGNER.address),
        (SIGNER.vkey, other.address),
        (other.vkey, other.address),
    ):
        with pytest.raises(VerificationError):
            checkpoint.verify_signed(NOTE, IDENTITY, vkey, address)
    with pytest.raises(FormatError):
        checkpoint.verify_signed(NOTE, IDENTITY, SIGNER.vkey, SIGNER.address.upper())
    witness = note.key_id(IDENTITY.origin, note.COSIGNATURE, note.parse_vkey(SIGNER.vkey).public_key)
    key = note.VerifierKey(
        IDENTITY.origin, witness, note.COSIGNATURE, note.parse_vkey(SIGNER.vkey).public_key
    )
    with pytest.raises(VerificationError):
        checkpoint.verify_signed(NOTE, IDENTITY, key.format(), SIGNER.address)


def spoilt(**change: Any) -> str:
    """NOTE with members of its two lines replaced."""
    signed = checkpoint.parse_signed(NOTE)
    members = {
        "first_id": signed.ed25519_key_id,
        "first": signed.ed25519_signature,
        "second_id": signed.key_id,
        "signed_at": signed.signed_at,
        "anchor_by": signed.anchor_by,
        "via": signed.via,
        "signature": signed.signature,
    } | change
    promise = (
        members["signed_at"].to_bytes(8, "big") + members["anchor_by"].to_bytes(8, "big") + members["via"]
    )
    lines = (
        note.SignatureLine(IDENTITY.origin, members["first_id"], members["first"]),
        note.SignatureLine(IDENTITY.origin, members["second_id"], promise + members["signature"]),
    )
    return note.format(note.Note(note.parse(NOTE).body, lines))


def test_spoilt_members() -> None:
    assert spoilt() == NOTE
    other = SIGNER.sign(8, ROOT, 1767225600, 1767229200)
    theirs = checkpoint.parse_signed(other)
    for change in (
        {"first_id": b"\x00" * 4},
        {"second_id": b"\x00" * 4},
        {"signed_at": 1767225601},
        {"anchor_by": 1767229201},
        {"via": ROOT},
        {"first": theirs.ed25519_signature},
        {"signature": theirs.signature},
    ):
        checkpoint.parse_signed(spoilt(**change))
        with pytest.raises(VerificationError):
            checkpoint.verify_signed(spoilt(**change), IDENTITY, SIGNER.vkey, SIGNER.address)


def by_our_keys(origin: str, first_id: bytes) -> str:
    """A note that both our keys signed, under an origin and Ed25519 key id that need not fit them."""
    body = checkpoint.format(checkpoint.Checkpoint(origin, 7, ROOT))
    second = note.parse(NOTE).signatures[1]
    first = note.SignatureLine(origin, first_id, ed25519.SigningKey(b"\x22" * 32).sign(body.encode()))
    return note.format(note.Note(body, (first, dataclasses.replace(second, name=origin))))


def test_good_signatures_in_another_name() -> None:
    key = note.parse_vkey(SIGNER.vkey)
    assert by_our_keys(IDENTITY.origin, key.key_id) == NOTE
    with pytest.raises(VerificationError, match="origin"):
        checkpoint.verify_signed(
            by_our_keys("other.example", key.key_id), IDENTITY, SIGNER.vkey, SIGNER.address
        )
    renamed = note.ed25519_vkey("other.example", key.public_key)
    signed = by_our_keys(IDENTITY.origin, renamed.key_id)
    with pytest.raises(VerificationError, match="origin"):
        checkpoint.verify_signed(signed, IDENTITY, renamed.format(), SIGNER.address)
    witness_id = note.key_id(IDENTITY.origin, note.COSIGNATURE, key.public_key)
    witness = note.VerifierKey(IDENTITY.origin, witness_id, note.COSIGNATURE, key.public_key)
    signed = by_our_keys(IDENTITY.origin, witness_id)
    with pytest.raises(VerificationError, match="first line"):
        checkpoint.verify_signed(signed, IDENTITY, witness.format(), SIGNER.address)


def test_forms_of_signatures() -> None:
    good = checkpoint.parse_signed(NOTE).signature
    r, s, v = good[:32], int.from_bytes(good[32:64], "big"), good[64]
    high = (eip712.SECP256K1_ORDER - s).to_bytes(32, "big")
    for signature in (
        r + high + bytes([55 - v]),
        good[:64] + bytes([v - 27]),
        good[:64] + b"\x1d",
        bytes(32) + good[32:],
        r + bytes(32) + good[64:],
        good[:64],
        good + b"\x00",
        b"",
    ):
        with pytest.raises(FormatError):
            checkpoint.parse_signed(spoilt(signature=signature))
    for first in (bytes(63), bytes(65), b"\xff" * 64, b"\x00"):
        with pytest.raises(FormatError):
            checkpoint.parse_signed(spoilt(first=first))


def test_every_changed_bit_of_the_lines_is_refused() -> None:
    text = NOTE.encode()
    for at in range(len(text)):
        for bit in (0, 3, 6):
            changed = text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]
            with pytest.raises(TallyError):
                checkpoint.verify_signed(changed, IDENTITY, SIGNER.vkey, SIGNER.address)


@pytest.mark.parametrize(
    "arguments",
    [
        (-1, ROOT, 0, 0),
        (2**53, ROOT, 0, 0),
        (1, bytes(31), 0, 0),
        (1, ROOT, -1, 0),
        (1, ROOT, 2**64, 0),
        (1, ROOT, 0, 2**64),
        (1, ROOT, 0.0, 0),
        (1, ROOT, 0, 0, b""),
        (True, ROOT, 0, 0),
    ],
)
def test_what_is_not_signed(arguments: Any) -> None:
    with pytest.raises(FormatError):
        SIGNER.sign(*arguments)


def test_bad_identities_and_keys() -> None:
    for origin in ("", "a b", "a+b", "x" * 256):
        with pytest.raises(FormatError):
            checkpoint.CheckpointSigner(dataclasses.replace(IDENTITY, origin=origin), bytes(32), b"\x01" * 32)
    for key in (bytes(32), b"\xff" * 32, b"\x01" * 31):
        with pytest.raises(FormatError):
            checkpoint.CheckpointSigner(IDENTITY, bytes(32), key)
    with pytest.raises(FormatError):
        checkpoint.CheckpointSigner(IDENTITY, bytes(31), b"\x01" * 32)
    with pytest.raises(FormatError):
        checkpoint.CheckpointSigner(dataclasses.replace(IDENTITY, registry="0x5F"), bytes(32), b"\x01" * 32)
