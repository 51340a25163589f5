from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import pytest

from service.core import note
from service.core.errors import FormatError, VerificationError

ALICE = note.Ed25519Signer("alice.example", bytes(range(32)))
BOB = note.Ed25519Signer("bob.example/key", bytes(32))
BODY = "first\n\nlast ü\n"
SIGNED = note.sign(BODY, [ALICE, BOB])
SMALL_ORDER = b"\x01" + bytes(31)


def line(name: str, payload: bytes) -> str:
    return f"— {name} {base64.b64encode(payload).decode()}\n"


def vkey(name: str, key_id: bytes, algorithm: int, key: bytes) -> str:
    return f"{name}+{key_id.hex()}+{base64.b64encode(bytes([algorithm]) + key).decode()}"


def test_sign_and_open() -> None:
    assert SIGNED.startswith(BODY + "\n— alice.example ")
    opened = note.open(SIGNED, [ALICE.vkey])
    assert opened.body == BODY
    assert [signature.name for signature in opened.signatures] == ["alice.example", "bob.example/key"]
    assert note.open(SIGNED.encode(), [BOB.vkey, ALICE.vkey]) == opened == note.parse(SIGNED)
    assert note.format(opened) == SIGNED


def test_a_known_key_must_verify() -> None:
    moved = SIGNED.replace("first", "First")
    with pytest.raises(VerificationError):
        note.open(moved, [ALICE.vkey])
    # Alice's good signature does not help when Bob's, also known, is bad.
    parsed = note.parse(SIGNED)
    forged = note.format(
        note.Note(BODY, (parsed.signatures[0], note.SignatureLine(BOB.name, BOB.key_id, bytes(64))))
    )
    note.open(forged, [ALICE.vkey])
    with pytest.raises(VerificationError):
        note.open(forged, [ALICE.vkey, BOB.vkey])


def test_no_known_key() -> None:
    carol = note.Ed25519Signer("carol.example", bytes([9] * 32))
    same_name = note.Ed25519Signer("alice.example", bytes([9] * 32))
    for verifiers in ([], [carol.vkey], [same_name.vkey]):
        with pytest.raises(VerificationError, match="no signature by a known key"):
            note.open(SIGNED, verifiers)


def test_keys_that_cannot_be_told_apart_or_do_not_open() -> None:
    twin = note.VerifierKey(ALICE.name, ALICE.key_id, note.ED25519, BOB.vkey.public_key)
    with pytest.raises(VerificationError, match="same name"):
        note.open(SIGNED, [ALICE.vkey, twin])
    note.open(SIGNED, [ALICE.vkey, ALICE.vkey])
    witness = note.VerifierKey(ALICE.name, ALICE.key_id, note.COSIGNATURE, ALICE.vkey.public_key)
    with pytest.raises(VerificationError, match="type 0x04"):
        note.open(SIGNED, [witness])


GOOD = line("a", bytes(68))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "body\n",
        "body\n\n",
        "body\n" + GOOD,
        "body\n\n" + GOOD[:-1],
        "body\n\n" + GOOD + GOOD[:-1],
        "x" + GOOD,
        "body\n\n" + GOOD + "\n",
        "body\n\n" + GOOD + "x\n",
        "body\n\nx\n" + GOOD,
        "body\r\n\n" + GOOD,
        "body\x00\n\n" + GOOD,
        "bo\tdy\n\n" + GOOD,
        "body\x1f\n\n" + GOOD,
        "body\x7f\n\n" + GOOD,
        "body\n\n" + GOOD.replace("—", "-"),
        "body\n\n" + GOOD.replace("— ", "—"),
        "body\n\n" + GOOD.replace("— ", "—\u00a0"),
        "body\n\n " + GOOD,
        "body\n\n" + line("", bytes(68)),
        "body\n\n" + line("a b", bytes(68)),
        "body\n\n" + line("a+b", bytes(68)),
        "body\n\n" + line("a\u00a0b", bytes(68)),
        "body\n\n" + line("a\u3000", bytes(68)),
        "body\n\n" + line("a", bytes(4)),
        "body\n\n" + line("a", b""),
        "body\n\n— a\n",
        "body\n\n— a AAAA AAAA\n",
        "body\n\n— a AAAAAAB\n",
        "body\n\n— a AAAAAAB=\n",
        "body\n\n— a AAAAAAA==\n",
        "body\n\n— a AAAAAA=A\n",
        "body\n\n— a AAAAA-_A\n",
        "body\n\n— a AAAAAAAé\n",
        "body\n\n" + GOOD * 17,
        "b" * 1_000_000 + "\n\n" + GOOD,
        "body\ud800\n\n" + GOOD,
        b"body\xff\n\n" + GOOD.encode(),
        None,
        5,
        bytearray(b"body\n\n") + GOOD.encode(),
    ],
)
def test_what_is_no_note(text: Any) -> None:
    with pytest.raises(FormatError):
        note.parse(text)


def test_what_just_is_a_note() -> None:
    assert note.parse("\n\n" + GOOD).body == "\n"
    assert note.parse("a\n\n\n" + GOOD).body == "a\n\n"
    assert len(note.parse("body\n\n" + GOOD * 16).signatures) == 16
    assert note.parse("body\n\n" + line("a", bytes(5))).signatures[0].signature == b"\x00"
    room = 1_000_000 - len(("\n\n" + GOOD).encode())
    assert len(note.parse("b" * room + "\n\n" + GOOD).body) == room + 1
    with pytest.raises(FormatError):
        note.parse("b" * (room + 1) + "\n\n" + GOOD)


def test_sign_refuses() -> None:
    for body in ("no newline", "", "tab\t\n", "\ud800\n", None, "x" * 1_000_001 + "\n"):
        with pytest.raises(FormatError):
            note.sign(body, [ALICE])  # type: ignore[arg-type]
    with pytest.raises(FormatError):
        note.sign(BODY, [])
    with pytest.raises(FormatError):
        note.sign(BODY, [ALICE] * 17)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u2028", "\ud800", "a\x00", "a\x7f", None, 5])
def test_bad_names(name: Any) -> None:
    with pytest.raises(FormatError):
        note.Ed25519Signer(name, bytes(32))


def test_vkeys_both_ways() -> None:
    text = ALICE.vkey.format()
    assert note.parse_vkey(text) == ALICE.vkey
    witness_id = note.key_id("w", note.COSIGNATURE, ALICE.vkey.public_key)
    witness = note.parse_vkey(vkey("w", witness_id, 4, ALICE.vkey.public_key))
    assert (witness.algorithm, witness.format()) == (4, vkey("w", witness_id, 4, ALICE.vkey.public_key))


def key_with(algorithm: int, key: bytes) -> str:
    """A vkey that is right but for what the arguments spoil."""
    return vkey("a", note.key_id("a", algorithm, key), algorithm, key)


# SubjectPublicKeyInfo of one point of secp256k1, and of an Ed25519 key.
SECP256K1 = bytes.fromhex(
    "3056301006072a8648ce3d020106052b8104000a03420004"
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
)
P256 = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
P256_COMPRESSED = bytes.fromhex(
    "3039301306072a8648ce3d020106082a8648ce3d030107032200036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
)


def ecdsa(key: bytes) -> str:
    return vkey("a", sha256(key).digest()[:4], note.ECDSA, key)


def test_ecdsa_keys_are_read() -> None:
    assert note.parse_vkey(ecdsa(P256)).public_key == P256
    for key in (SECP256K1, P256_COMPRESSED, P256 + b"\x00", P256[:-1], b"", P256[:-1] + b"\x00"):
        with pytest.raises(FormatError):
            note.parse_vkey(ecdsa(key))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+00000000",
        "+00000000+AQ==",
        key_with(1, ALICE.vkey.public_key[:-1]),
        key_with(1, ALICE.vkey.public_key + b"\x00"),
        key_with(1, b""),
        key_with(1, SMALL_ORDER),
        key_with(4, SMALL_ORDER),
        key_with(1, b"\xff" * 32),
        key_with(1, (2).to_bytes(32, "little")),
        key_with(0, ALICE.vkey.public_key),
        key_with(3, ALICE.vkey.public_key),
        key_with(5, ALICE.vkey.public_key),
        key_with(255, ALICE.vkey.public_key),
        vkey("a", ALICE.key_id, 1, ALICE.vkey.public_key),
        "a+" + note.key_id("a", 1, ALICE.vkey.public_key).hex() + "+",
        key_with(1, ALICE.vkey.public_key).replace("a+", "a+0", 1),
        key_with(1, ALICE.vkey.public_key) + "\n",
        key_with(1, ALICE.vkey.public_key) + "=",
        " " + key_with(1, ALICE.vkey.public_key),
        "a+" + key_with(1, ALICE.vkey.public_key),
        vkey("ü ", note.key_id("ü ", 1, ALICE.vkey.public_key), 1, ALICE.vkey.public_key),
        None,
        b"a+b+c",
    ],
)
def test_what_is_no_vkey(text: Any) -> None:
    with pytest.raises(FormatError):
        note.parse_vkey(text)


def test_upper_case_key_ids_are_refused() -> None:
    good = key_with(1, ALICE.vkey.public_key)
    name, key_id, key = good.split("+", 2)
    assert key_id != key_id.upper()
    with pytest.raises(FormatError):
        note.parse_vkey(f"{name}+{key_id.upper()}+{key}")
