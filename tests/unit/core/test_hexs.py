from __future__ import annotations

import pytest

from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex


def test_both_ways() -> None:
    assert to_hex(b"\x00\xab") == "0x00ab"
    assert from_hex("0x" + "0f" * 32) == b"\x0f" * 32
    assert from_hex("0x", 0) == from_hex("0x", None) == b""
    assert from_hex("0x00ab", None) == b"\x00\xab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x0",
        "00ab",
        "0X00ab",
        "0x00AB",
        "0x00a",
        "0x00abcd",
        " 0x00ab",
        "0x00ab\n",
        "0x00 ab",
        "0x００ab",
        None,
        5,
        b"0x00ab",
    ],
)
def test_refused(text: object) -> None:
    with pytest.raises(FormatError) as refusal:
        from_hex(text, 2, "/root")
    assert refusal.value.pointer == "/root"
