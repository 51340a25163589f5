"""Capital numerals, read back by a reader that knows only how Chinese numerals multiply and add."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from service.disputes.certificate.yuan import DIGITS, MOST, capital

PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def number(text: str) -> int:
    """A numeral below 亿亿: 壹万伍仟亿零叁 is (15,000)·10^8 + 3."""
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        if name in text:
            high, low = text.rsplit(name, 1) if name == "亿" else text.split(name, 1)
            return number(high) * unit + (number(low) if low else 0)
    total = digit = 0
    for each in text:
        if each in PLACES:
            total += digit * PLACES[each]
            digit = 0
        else:
            digit = DIGITS.index(each)
    return total + digit


def fen(text: str) -> int:
    """Yuan, 角 and 分; 整 says that nothing follows."""
    sign = -1 if text.startswith("负") else 1
    whole, yuan, rest = text.removeprefix("负").rpartition("元")
    found = number(whole) * 100 if yuan else 0
    for digit, unit in re.findall(r"([壹贰叁肆伍陆柒捌玖])([角分])", rest):
        found += DIGITS.index(digit) * (10 if unit == "角" else 1)
    return sign * found


AMOUNTS = st.one_of(
    st.integers(-MOST, MOST),
    st.builds(lambda digit, power: digit * 10**power, st.integers(1, 99), st.integers(0, 14)),
    st.lists(st.sampled_from("00001"), min_size=1, max_size=15).map(lambda digits: int("".join(digits))),
)


@given(AMOUNTS)
@example(10**14)
@example(10**12 + 10**4)
def test_reads_back(amount: int) -> None:
    assert fen(capital(amount)) == amount


@given(AMOUNTS)
def test_form(amount: int) -> None:
    text = capital(amount)
    assert "零零" not in text and "零元" not in text.removeprefix("零元整")
    assert text.endswith("整") == (amount % 10 == 0)
    assert not re.search("零[万亿]|[万亿]{3}", text)
    assert not re.search("亿万", text)
