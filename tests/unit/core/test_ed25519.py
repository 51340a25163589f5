from __future__ import annotations

from hashlib import sha512
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.core import ed25519
from service.core.errors import FormatError, VerificationError

P = 2**255 - 19
KEY = ed25519.SigningKey(bytes(range(32)))
MESSAGE = b"kaka.example/log\n1\n"
SIGNATURE = KEY.sign(MESSAGE)

# y of the points of order 1, 2, 4 and 8, little-endian, without the sign of x.
SMALL_ORDER = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]


def with_sign(encoded: str) -> bytes:
    data = bytearray.fromhex(encoded)
    data[31] |= 0x80
    return bytes(data)


def openssl_accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except Exception:
        return False
    return True


def test_rfc_8032_test_1_and_2() -> None:
    key = ed25519.SigningKey(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    key = ed25519.SigningKey(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_good_signature() -> None:
    assert ed25519.check_public_key(KEY.public_key) == KEY.public_key
    ed25519.verify(KEY.public_key, MESSAGE, SIGNATURE)
    for key, message, signature in (
        (KEY.public_key, MESSAGE + b"x", SIGNATURE),
        (ed25519.SigningKey(bytes(32)).public_key, MESSAGE, SIGNATURE),
        (KEY.public_key, MESSAGE, bytes([SIGNATURE[0] ^ 1]) + SIGNATURE[1:]),
    ):
        with pytest.raises(VerificationError):
            ed25519.verify(key, message, signature)


@pytest.mark.parametrize("encoded", SMALL_ORDER)
def test_small_order_keys_are_refused(encoded: str) -> None:
    for key in (bytes.fromhex(encoded), with_sign(encoded)):
        with pytest.raises(VerificationError, match="small order"):
            ed25519.check_public_key(key)


def test_the_points_of_order_eight_by_their_equation() -> None:
    d = -121665 * pow(121666, -1, P)
    for encoded in SMALL_ORDER[3:]:
        y = int.from_bytes(bytes.fromhex(encoded), "little")
        assert (2 * y * y - 1 + d * y**4) % P == 0


def test_what_a_small_order_key_does_to_openssl() -> None:
    """With the neutral point as key one signature holds for every text: s·B = R + k·0. Hence the check."""
    neutral = bytes.fromhex(SMALL_ORDER[0])
    seed_key = ed25519.SigningKey(bytes(32))
    digest = bytearray(sha512(bytes(32)).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    scalar = int.from_bytes(digest, "little") % ed25519.ORDER
    universal = seed_key.public_key + scalar.to_bytes(32, "little")
    ed25519.check_signature(universal)
    for message in (b"one", b"two"):
        assert openssl_accepts(neutral, message, universal)
        assert openssl_accepts((P + 1).to_bytes(32, "little"), message, universal)
        for key in (neutral, (P + 1).to_bytes(32, "little")):
            with pytest.raises(VerificationError):
                ed25519.verify(key, message, universal)


@pytest.mark.parametrize("y", [P, P + 1, P + 3, P + 18, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_whose_y_is_not_reduced(y: int, sign: int) -> None:
    with pytest.raises(VerificationError, match="not canonical"):
        ed25519.check_public_key((y | sign << 255).to_bytes(32, "little"))
    with pytest.raises(VerificationError, match="R is not reduced"):
        ed25519.check_signature((y | sign << 255).to_bytes(32, "little") + SIGNATURE[32:])


def test_y_without_a_point() -> None:
    outside = [y for y in range(2, 60) if not _accepted(y)]
    assert outside[:5] == [2, 7, 8, 11, 12]
    assert len(outside) > 20
    for y in outside:
        with pytest.raises(VerificationError, match="no point"):
            ed25519.check_public_key(y.to_bytes(32, "little"))


def _accepted(y: int) -> bool:
    """Euler's criterion for x² = (y² - 1) / (d·y² + 1), the definition of the curve."""
    d = -121665 * pow(121666, -1, P)
    square = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    return pow(square, (P - 1) // 2, P) in (0, 1)


def test_every_other_y_is_a_point() -> None:
    for y in range(2, 200):
        if _accepted(y):
            assert ed25519.check_public_key(y.to_bytes(32, "little"))


def test_s_beyond_the_order() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little")
    ed25519.check_signature(SIGNATURE[:32] + (ed25519.ORDER - 1).to_bytes(32, "little"))
    for beyond in (ed25519.ORDER, s + ed25519.ORDER, 2**256 - 1):
        with pytest.raises(VerificationError, match="s is not reduced"):
            ed25519.check_signature(SIGNATURE[:32] + beyond.to_bytes(32, "little"))


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33), bytearray(32), "0" * 32, None, [1]])
def test_other_types(value: Any) -> None:
    with pytest.raises(VerificationError):
        ed25519.check_public_key(value)
    with pytest.raises(VerificationError):
        ed25519.verify(value, MESSAGE, SIGNATURE)
    with pytest.raises(VerificationError):
        ed25519.verify(KEY.public_key, MESSAGE, value)
    with pytest.raises(FormatError):
        ed25519.SigningKey(value)
