"""Disclosures: RFC 9901 §4.2 with RFC 8785 inside."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from service.core import disclosure
from service.core.errors import CanonicalizationError, FormatError

SALT = "AAECAwQFBgcICQoLDA0ODw"


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_make_is_base64url_of_the_canonical_triple() -> None:
    made = disclosure.make(SALT, "amount", {"net": 9_350, "currency": "CNY"})
    assert made == encode('["AAECAwQFBgcICQoLDA0ODw","amount",{"currency":"CNY","net":9350}]')
    assert disclosure.parse(made) == disclosure.Disclosed(SALT, "amount", {"net": 9_350, "currency": "CNY"})


def test_digest_is_sha256_of_the_ascii_text() -> None:
    made = disclosure.make(SALT, "品牌".encode().hex(), "京东E卡")
    expected = base64.urlsafe_b64encode(hashlib.sha256(made.encode()).digest()).decode().rstrip("=")
    assert disclosure.digest(made) == expected
    assert disclosure.is_digest(expected)


def test_digest_agrees_with_the_example_of_the_rfc() -> None:
    # RFC 9901 §4.2.1 and §4.2.3: family_name is Möbius. Its JSON has spaces, so only the digest applies here.
    example = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert disclosure.digest(example) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    with pytest.raises(FormatError):
        disclosure.parse(example)


def test_new_salt_is_22_characters() -> None:
    assert disclosure.new_salt(bytes(range(16))) == SALT
    with pytest.raises(FormatError):
        disclosure.new_salt(bytes(15))


@pytest.mark.parametrize(
    "text",
    [
        '["AAECAwQFBgcICQoLDA0ODw", "a",1]',  # layout
        '["AAECAwQFBgcICQoLDA0ODw","a",1.0]',
        '["AAECAwQFBgcICQoLDA0ODw","a",{"b":1,"a":2}]',  # order
        '["AAECAwQFBgcICQoLDA0ODw","a",{"a":1,"a":2}]',  # duplicate
        '["AAECAwQFBgcICQoLDA0ODw","a"]',
        '["AAECAwQFBgcICQoLDA0ODw","a",1,2]',
        '{"AAECAwQFBgcICQoLDA0ODw":"a"}',
        '["AAECAwQFBgcICQoLDA0ODx","a",1]',  # a salt with trailing bits
        '["AAECAwQFBgcICQoLDA0OD","a",1]',  # one character short: not base64url of any bytes
        '["AAECAwQFBgcICQoLDA0","a",1]',  # fewer than 128 bits
        '["","a",1]',
        '[1,"a",1]',
        '["AAECAwQFBgcICQoLDA0ODw",1,1]',
        '["AAECAwQFBgcICQoLDA0ODw","",1]',
        '["AAECAwQFBgcICQoLDA0ODw","_sd",1]',
        '["AAECAwQFBgcICQoLDA0ODw","...",1]',
        '["AAECAwQFBgcICQoLDA0ODw","a b",1]',
        '["AAECAwQFBgcICQoLDA0ODw","\\u0061",1]',  # an escape that RFC 8785 would not write
        '["AAECAwQFBgcICQoLDA0ODw","a",NaN]',
        "",
        "null",
    ],
)
def test_parse_refuses_what_make_would_not_write(text: str) -> None:
    with pytest.raises(FormatError):
        disclosure.parse(encode(text))


@pytest.mark.parametrize("change", ["=", "+", "/", " ", "\n", "é", "A"])
def test_parse_refuses_other_spellings_of_the_same_bytes(change: str) -> None:
    with pytest.raises(FormatError):
        disclosure.parse(disclosure.make(SALT, "a", 1) + change)


def test_parse_refuses_trailing_bits() -> None:
    made = disclosure.make(SALT, "a", 123)  # 34 bytes: the last character carries two unused bits
    assert len(base64.urlsafe_b64decode(made + "==")) % 3 != 0
    other = made[:-1] + chr(ord(made[-1]) + 1)
    assert base64.urlsafe_b64decode(made + "==") == base64.urlsafe_b64decode(other + "==")
    with pytest.raises(FormatError):
        disclosure.parse(other)


def test_parse_refuses_large_ones_and_other_values() -> None:
    large = encode(f'["{SALT}","a","{"x" * disclosure.MAX_DISCLOSURE_BYTES}"]')
    for text in (large, None, 7, b"A"):
        with pytest.raises(FormatError):
            disclosure.parse(text)  # type: ignore[arg-type]


def test_salts_have_exactly_128_bits() -> None:
    for size in (0, 8, 15, 17, 32):
        salt = base64.urlsafe_b64encode(bytes(size)).decode().rstrip("=")
        with pytest.raises(FormatError):
            disclosure.make(salt, "a", None)


def test_make_refuses_names_that_would_escape_their_quotes() -> None:
    for name in ('a"', "a\\", 'a","b', "\n", "名", "x" * 129):
        with pytest.raises(FormatError):
            disclosure.make(SALT, name, 1)


def test_make_refuses_floats() -> None:
    with pytest.raises(CanonicalizationError):
        disclosure.make(SALT, "a", 1.5)


def test_a_claim_of_a_whole_event_fits() -> None:
    value = "卡" * 21_000
    made = disclosure.make(SALT, "note", value)
    assert disclosure.parse(made).value == value
    assert json.loads(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4)))[2] == value


def test_base64url_has_one_spelling() -> None:
    for size in range(7):
        data = bytes(range(250, 250 + min(size, 6))) + bytes(size)
        text = disclosure.encode_base64url(data)
        assert disclosure.decode_base64url(text or "AA") == (data or b"\x00")
    for text in ("", "A", "AB", "AAB", "AA==", "AA\n", "A A", "+/+/", "ÄÄÄÄ", "AAAA="):
        with pytest.raises(FormatError):
            disclosure.decode_base64url(text)
