"""Amounts of renminbi in the capital numerals of cheques and contracts (正确填写票据和结算凭证的基本规定).

元 is followed by 整 when there are neither 角 nor 分; one 零 stands for any run of zeros between figures,
also between 元 and 分; zeros at the end of a group say nothing. After 角 without 分 the 整 may be left out;
it is written here, so that nothing can be added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from service.core.errors import FormatError

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
MOST: Final = 10**16 - 1
"""Fen: 99,999,999,999,999.99 yuan, below 亿亿."""
_PLACES: Final = ("", "拾", "佰", "仟")


def capital(fen: int) -> str:
    """`fen` in capital numerals: 123450 is 壹仟贰佰叁拾肆元伍角整. FormatError above `MOST` in size."""
    if abs(fen) > MOST:
        raise FormatError(f"an amount of more than {MOST} fen")
    sign = "负" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    jiao, rest = divmod(cents, 10)
    if not yuan and not cents:
        return "零元整"
    text = _whole(yuan) + "元" if yuan else ""
    if not cents:
        return f"{sign}{text}整"
    if jiao:
        # 10 元 5 角 keeps its 零: the figure before 角 is a zero that was not spoken.
        gap = "零" if yuan and yuan % 10 == 0 else ""
        text += f"{gap}{DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    return sign + text + (f"{DIGITS[rest]}分" if rest else "整")


def _whole(yuan: int) -> str:
    """A positive number of yuan: so many 亿, and what is below."""
    return _joined(yuan, 10**8, "亿", _below_yi)


def _below_yi(number: int) -> str:
    return _joined(number, 10**4, "万", _below_wan)


def _joined(number: int, unit: int, name: str, spell: Callable[[int], str]) -> str:
    """`number` as so many of a unit and a rest, each spelt by `spell`; 零 where figures between are zero."""
    high, low = divmod(number, unit)
    if not high:
        return spell(low)
    if not low:
        return spell(high) + name
    gap = "零" if low < unit // 10 or high % 10 == 0 else ""
    return spell(high) + name + gap + spell(low)


def _below_wan(group: int) -> str:
    """1 to 9999."""
    text, gap = "", False
    for power in range(3, -1, -1):
        digit = group // 10**power % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + _PLACES[power]
        gap = False
    return text
