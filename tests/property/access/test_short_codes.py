"""Short codes: every slip of one character or of two neighbours is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.access.codes import ALPHABET, mint_code, parse_code, printed

_codes = st.randoms(use_true_random=False).map(lambda random: mint_code(random.randbytes))
_places = st.integers(0, 10)


@given(_codes, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_a_code_is_read_back_as_it_was_printed(code: str, case: object) -> None:
    assert parse_code(case(printed(code))) == code  # type: ignore[operator]
    assert parse_code(code.replace("0", "o").replace("1", "l")) == code


@given(_codes, _places, st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(code: str, place: int, wrong: str) -> None:
    typed = code[:place] + wrong + code[place + 1 :]
    assert parse_code(typed) == (code if typed == code else None)


@given(_codes, st.integers(0, 9))
def test_neighbours_exchanged_are_found(code: str, place: int) -> None:
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert parse_code(typed) == (code if typed == code else None)


@given(st.text(max_size=80))
def test_no_text_breaks_the_parser(text: str) -> None:
    code = parse_code(text)
    assert code is None or parse_code(printed(code)) == code
