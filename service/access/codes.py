"""The short code of a share: what somebody types who cannot scan.

Ten random characters of Crockford's base 32 and his check character, the number modulo 37
(https://www.crockford.com/base32.html). Of the 37 check characters only the 32 that are also digits are
used: a number whose check would be `*`, `~`, `$`, `=` or `U` is never issued, so that a code can be typed on
any keyboard; that leaves 32/37 of 2^50 codes. The check character finds every single wrong character and
every pair of neighbours exchanged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTERS = 10
_LONGEST_INPUT = 64
_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
# Between groups people write what their keyboard has: hyphens, dashes, the minus sign, the middle dot.
_SEPARATORS = dict.fromkeys(map(ord, " -\t\n\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u3001_."))


def _check(value: int) -> int:
    return value % 37


def mint_code(random: Callable[[int], bytes]) -> str:
    """A new code: eleven characters without separators. `random(n)` gives n random bytes."""
    while True:
        value = int.from_bytes(random(7), "big") >> 6
        if _check(value) < len(ALPHABET):
            break
    shifts = range(5 * (CHARACTERS - 1), -1, -5)
    return "".join(ALPHABET[value >> shift & 31] for shift in shifts) + ALPHABET[_check(value)]


def printed(code: str) -> str:
    """The code as it is shown: `XXXXX-XXXXX-C`."""
    return f"{code[:5]}-{code[5:10]}-{code[10:]}"


def parse_code(text: str) -> str | None:
    """The eleven characters that `text` means, or None when it means no code.

    Upper and lower case, full-width characters, dashes and spaces make no difference; I and L are read as
    1, O as 0; U is never part of a code.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    bare = unicodedata.normalize("NFKC", text).translate(_SEPARATORS).upper()
    if len(bare) != CHARACTERS + 1 or any(character not in _VALUES for character in bare):
        return None
    values = [_VALUES[character] for character in bare]
    number = 0
    for digit in values[:CHARACTERS]:
        number = number << 5 | digit
    if _check(number) != values[CHARACTERS]:
        return None
    return "".join(ALPHABET[digit] for digit in values)
