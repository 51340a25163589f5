"""Canonical JSON against the rfc8785 package and the standard library, over arbitrary values and bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.core.canonical import MAX_INTEGER, canonicalize, parse
from service.core.errors import CanonicalizationError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(max_codepoint=127), max_size=8)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
# Texts that json.loads takes and we may not: floats, NaN, duplicates, any names, lone surrogates.
LOOSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def equal(a: Any, b: Any) -> bool:
    """Equality that tells True from 1."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


@given(VALUES)
def test_equals_the_oracle_and_reads_back(value: Any) -> None:
    encoded = canonicalize(value)
    assert encoded == rfc8785.dumps(value)
    assert equal(parse(encoded), value)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_layout_and_escapes_do_not_matter(value: Any, ascii_only: bool, indent: Any) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert canonicalize(parse(text)) == rfc8785.dumps(value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("".join(map(chr, range(0x100))))
@example("\u2028\u2029\ufeff\uffff\U0001f602\U0010ffff")
def test_every_character(text: str) -> None:
    assert canonicalize([text]) == rfc8785.dumps([text])


@given(LOOSE)
def test_what_is_accepted_is_what_was_said(value: Any) -> None:
    """Never another value than the standard library reads; and refused exactly when outside the domain."""
    text = json.dumps(value).encode()
    try:
        parsed = parse(text)
    except CanonicalizationError:
        assert not in_domain(json.loads(text))
    else:
        assert equal(parsed, value)
        assert in_domain(value)
        assert canonicalize(parsed) == rfc8785.dumps(value)


def in_domain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(name.isascii() and in_domain(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(in_domain(inner) for inner in value)
    if isinstance(value, str):
        return not any(0xD800 <= ord(character) <= 0xDFFF for character in value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_INTEGER)


@given(st.binary(max_size=64) | st.text(max_size=64).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(data: bytes) -> None:
    only_our_error(data)


JSON_PIECES = st.sampled_from(
    [
        *'[]{}:,-+.eE0123456789 \t\n"\\',
        "true",
        "null",
        '"a"',
        '"a":',
        "1.0",
        "-0",
        "NaN",
        "\\ud800",
        "\\u0061",
        "é",
        "\ufeff",
    ]
)


@given(st.lists(JSON_PIECES, max_size=24).map("".join))
@settings(max_examples=300)
def test_nearly_json(text: str) -> None:
    only_our_error(text.encode())


@given(VALUES, st.data())
def test_changed_canonical_text(value: Any, data: st.DataObject) -> None:
    text = bytearray(canonicalize(value))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 7))
    only_our_error(bytes(text))


def only_our_error(data: bytes) -> None:
    """Whatever is accepted has one canonical form that reads back; anything else is CanonicalizationError."""
    try:
        value = parse(data)
    except CanonicalizationError:
        return
    encoded = canonicalize(value)
    assert equal(parse(encoded), value)
    assert equal(json.loads(data), value)


@given(st.lists(st.tuples(NAMES, INTEGERS), max_size=6))
def test_duplicate_names(members: list[tuple[str, int]]) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}"
    names = [name for name, _ in members]
    if len(set(names)) == len(names):
        assert parse(text.encode()) == dict(members)
    else:
        with pytest.raises(CanonicalizationError, match="duplicate"):
            parse(text.encode())
