from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import pytest

from service.core.canonical import MAX_INTEGER, canonicalize, parse
from service.core.errors import CanonicalizationError


class Level(IntEnum):
    ONE = 1


class Pair(NamedTuple):
    a: int
    b: int


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (1.0, ""),
        ([float("nan")], "/0"),
        ({"a": (1, 2)}, "/a"),
        ({"a": Pair(1, 2)}, "/a"),
        ({"a": [0, Level.ONE]}, "/a/1"),
        ([Text("x")], "/0"),
        ({"a": b"x"}, "/a"),
        ({"a": {1, 2}}, "/a"),
        ({"a": object()}, "/a"),
        ({1: "a"}, ""),
        ({"x": {None: "a"}}, "/x"),
        ({Text("a"): 1}, ""),
        ({"é": 1}, ""),
        ({"a": MAX_INTEGER + 1}, "/a"),
        ([-MAX_INTEGER - 1], "/0"),
        ([10**5000], "/0"),
        ({"a": "\ud800"}, "/a"),
        (["x", "\udfff"], "/1"),
    ],
)
def test_canonicalize_refuses(value: Any, pointer: str) -> None:
    with pytest.raises(CanonicalizationError) as refusal:
        canonicalize(value)
    assert refusal.value.pointer == pointer


def test_booleans_are_not_integers() -> None:
    assert canonicalize([True, False, 1, 0, None]) == b"[true,false,1,0,null]"
    assert [type(value) for value in parse(b"[true,1]")] == [bool, int]


def test_depth() -> None:
    value: Any = 1
    for _ in range(16):
        value = [value]
    assert parse(canonicalize(value)) == value
    with pytest.raises(CanonicalizationError) as refusal:
        canonicalize([value])
    assert refusal.value.pointer == "/0" * 16
    assert canonicalize([value], max_depth=17) == b"[" * 17 + b"1" + b"]" * 17
    with pytest.raises(CanonicalizationError):
        parse(b"[[1]]", max_depth=1)


def test_a_value_that_contains_itself() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(CanonicalizationError):
        canonicalize(value)


def test_a_value_that_unfolds_without_end_is_refused_at_once() -> None:
    value: Any = "x"
    for _ in range(16):
        value = [value] * 100
    with pytest.raises(CanonicalizationError):
        canonicalize(value)


def test_size() -> None:
    text = '"' + "x" * 65534 + '"'
    assert canonicalize(parse(text.encode())) == text.encode()
    with pytest.raises(CanonicalizationError):
        parse(text.encode() + b" ")
    with pytest.raises(CanonicalizationError):
        canonicalize("x" * 65535)
    with pytest.raises(CanonicalizationError):
        canonicalize("\u4e00" * 30000)
    assert len(canonicalize("x" * 65535, max_bytes=65537)) == 65537
    assert len(parse(text.encode() + b" ", max_bytes=65537)) == 65534


@pytest.mark.parametrize("value", [" " * 10, "{}", bytearray(b"{}"), memoryview(b"{}"), None, 1])
def test_parse_takes_bytes_only(value: Any) -> None:
    with pytest.raises(CanonicalizationError):
        parse(value)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 65536,
        b"[" * 32768 + b"]" * 32768,
        b'{"a":' * 13000,
        b'{"a":' * 10000 + b"1" + b"}" * 10000,
        b"[{}," * 16000,
        b"-" * 65536,
        b"9" * 65536,
        b"1e" + b"9" * 60000,
        b"0." + b"0" * 60000 + b"1",
        b'"' + b"\\" * 60000,
        b'"' + b"\\ud800" * 10000 + b'"',
        b"[" + b"1.5," * 16000 + b"1]",
        b'{"' + b"a" * 60000 + b'":1.5}',
    ],
    ids=lambda data: data[:8].decode(),
)
def test_bombs(data: bytes) -> None:
    with pytest.raises(CanonicalizationError):
        parse(data)


def test_big_bombs_are_not_read() -> None:
    with pytest.raises(CanonicalizationError):
        parse(b"[" * 10_000_000)
    with pytest.raises(CanonicalizationError):
        parse(b"[" * 1_000_000, max_bytes=1_000_000)


def test_parse_gives_fresh_values() -> None:
    first = parse(b'{"a":[]}')
    first["a"].append(1)
    assert parse(b'{"a":[]}') == {"a": []}


def test_both_readers_agree_on_canonical_text() -> None:
    """A space sends the same text through the other reader."""
    text = b'{"a":[1,-5,"\xe4\xba\xac\\u001f",{"b":null}],"c":true}'
    assert parse(text) == parse(text + b" ")
    for bad in (b"[1.5]", b'["\xed\xa0\x80"]', b"[9007199254740992]", b'{"\xc3\xa9":1}', b"[-0]"):
        for layout in (bad, bad + b" "):
            with pytest.raises(CanonicalizationError):
                parse(layout)
