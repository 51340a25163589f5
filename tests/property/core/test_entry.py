"""Builders that splice against `canonicalize` of the same object; parsers against arbitrary bytes."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.core import disclosure, entry, receipt, trust
from service.core.canonical import canonicalize
from service.core.errors import FormatError
from service.core.times import format_time
from tests.reference import genuine

ids = st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True)
origins = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="+"), min_size=1, max_size=255
)
times = st.integers(0, 253_402_300_799_999).map(format_time)
digests = st.lists(
    st.binary(min_size=32, max_size=32).map(disclosure.encode_base64url), min_size=1, max_size=9, unique=True
)
salts = st.binary(min_size=16, max_size=16).map(disclosure.new_salt)
names = st.from_regex(r"[!#-\[\]-~]{1,128}", fullmatch=True).filter(
    lambda name: name not in {"_sd", "_sd_alg", "..."}
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=0x7F), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
signatures = st.builds(
    entry.Signature,
    st.just("eip712"),
    st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True),
    st.binary(min_size=65, max_size=65).map(lambda raw: "0x" + raw.hex()),
)
leaves = st.binary(min_size=32, max_size=32)


@given(salts, names, values)
def test_a_disclosure_is_the_canonical_triple(salt: str, name: str, value: object) -> None:
    made = disclosure.make(salt, name, value)
    assert made == disclosure.encode_base64url(canonicalize([salt, name, value]))
    assert disclosure.parse(made) == disclosure.Disclosed(salt, name, value)
    assert disclosure.is_digest(disclosure.digest(made))


@given(origins, ids, ids, ids, times, digests)
def test_a_statement_is_canonical(
    origin: str, event: str, trade: str, kind: str, occurred: str, told: Any
) -> None:
    value = {
        "_sd": sorted(told),
        "_sd_alg": "sha-256",
        "event": event,
        "log": origin,
        "occurred": occurred,
        "trade": trade,
        "type": kind,
        "v": 1,
    }
    assert entry.build_statement(origin, event, trade, kind, occurred, told) == canonicalize(value)


@given(st.integers(0, 2**53 - 1), leaves, times, st.lists(signatures, max_size=3), digests)
def test_an_entry_is_canonical_and_read_back(
    seq: int, prev: bytes, received: str, signed: Any, told: Any
) -> None:
    statement = entry.build_statement("log.example", "E", "T", "quote", "2026-01-01T00:00:00.000Z", told)
    before = prev if seq else None
    built = entry.build_entry(statement, seq, before, received, signed)
    value = {
        "prev": "0x" + prev.hex() if seq else None,
        "received": received,
        "seq": seq,
        "signatures": [
            {"type": each.type, "address": each.address, "role": each.role, "signature": each.signature}
            for each in signed
        ],
        "statement": json.loads(statement),
        "v": 1,
    }
    assert built == canonicalize(value)
    parsed = entry.parse(built)
    assert (parsed.seq, parsed.prev, parsed.received, list(parsed.signatures)) == (
        seq,
        before,
        received,
        signed,
    )
    assert parsed.statement.encode() == statement


ENTRY = genuine.make_log().entries[genuine.ACCEPTANCE]
DISCLOSURE = genuine.make_log().told[genuine.ACCEPTANCE][3]
RECEIPT = genuine.encode(genuine.genuine())
TRUST = genuine.encode(genuine.trust())


def spliced(data: bytes) -> st.SearchStrategy[bytes]:
    """The data with a piece cut out and another put in."""
    place = st.integers(0, len(data))
    return st.builds(lambda a, b, new: data[:a] + new + data[b:], place, place, st.binary(max_size=8))


@given(st.binary(max_size=200) | spliced(ENTRY))
def test_an_entry_that_parses_is_canonical(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        parsed = entry.parse(data)
        again = entry.build_entry(
            parsed.statement.encode(), parsed.seq, parsed.prev, parsed.received, parsed.signatures
        )
        assert again == data


@given(st.text(max_size=60) | spliced(DISCLOSURE.encode()).map(lambda data: data.decode("latin-1")))
def test_a_disclosure_that_parses_is_canonical(text: str) -> None:
    with contextlib.suppress(FormatError):
        opened = disclosure.parse(text)
        assert disclosure.make(opened.salt, opened.name, opened.value) == text


@given(st.binary(max_size=200) | spliced(RECEIPT))
def test_a_receipt_that_parses_keeps_its_meaning(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        parsed = receipt.parse(data)
        assert receipt.parse(receipt.format(parsed)) == parsed


@given(st.binary(max_size=200) | spliced(TRUST))
def test_a_trust_file_that_parses_keeps_its_meaning(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        parsed = trust.parse(data)
        assert trust.parse(trust.format(parsed)) == parsed
