from __future__ import annotations

import hashlib

import pytest

from service.core.sm3 import sm3


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        # GB/T 32905-2016 (GM/T 0004-2012) appendix A
        ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_the_standards_own_examples(message: str, digest: str) -> None:
    assert sm3(message.encode()).hex() == digest


def test_it_is_openssls() -> None:
    if "sm3" in hashlib.algorithms_available:
        for length in (0, 1, 55, 56, 64, 1000):
            assert sm3(bytes(length)) == hashlib.new("sm3", bytes(length)).digest()
