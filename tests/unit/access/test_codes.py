from __future__ import annotations

import os

import pytest

from service.access.codes import ALPHABET, mint_code, parse_code, printed


def test_a_code_is_ten_characters_and_a_check_character() -> None:
    code = mint_code(os.urandom)
    assert len(code) == 11
    assert set(code) <= set(ALPHABET)
    assert "U" not in ALPHABET
    assert parse_code(code) == code
    assert printed(code) == f"{code[:5]}-{code[5:10]}-{code[10]}"


def test_the_check_character_is_crockfords() -> None:
    # 1234 in base 32 is "16J", and 1234 mod 37 is 13: "D" (the example of crockford.com/base32.html's rule).
    assert parse_code("000000016JD") == "000000016JD"
    assert parse_code("000000016JE") is None


def test_a_code_whose_check_is_no_digit_is_never_issued() -> None:
    # 36 mod 37 would be written "U", 32 "*": these numbers are passed over for the next ones drawn.
    drawn = iter([(36 << 6).to_bytes(7, "big"), (32 << 6).to_bytes(7, "big"), (5 << 6).to_bytes(7, "big")])
    assert mint_code(lambda _: next(drawn)) == "00000000055"


@pytest.mark.parametrize(
    "typed",
    [
        "16J00-16J00-",
        "1 6 j 0 0 1 6 j 0 0 ",
        "i6jOo16Jo0",
        "L6J0016JOO",
        "１６Ｊ００－１６Ｊ００－",
        "16J00–16J00–",
    ],
)
def test_what_people_type_means_the_same(typed: str) -> None:
    number = 0
    for character in "16J0016J00":
        number = number << 5 | ALPHABET.index(character)
    check = ALPHABET[number % 37]
    assert parse_code(typed + check) == "16J0016J00" + check


@pytest.mark.parametrize(
    "typed",
    ["", "-", "16J0016J00", "16J0016J00DD", "U6J0016J00D", "16J0016J00*", "é" * 11, "0" * 10_000, "\0" * 11],
)
def test_anything_else_means_nothing(typed: str) -> None:
    assert parse_code(typed) is None
