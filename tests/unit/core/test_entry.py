"""Statements and entries: canonical bytes, strictly read back."""

from __future__ import annotations

import hashlib

import pytest

from service.core import disclosure, entry
from service.core.canonical import canonicalize
from service.core.errors import FormatError

SALT = "AAECAwQFBgcICQoLDA0ODw"
DIGESTS = [disclosure.digest(disclosure.make(SALT, name, 1)) for name in ("b", "a", "c")]
OCCURRED = "2026-11-03T08:15:30.123Z"
RECEIVED = "2026-11-03T08:15:31.000Z"
SIGNATURE = entry.Signature("eip712", "0x" + "ab" * 20, "platform", "0x" + "cd" * 65)


def statement() -> bytes:
    return entry.build_statement("tallystick.local/logs/kaka", "Q-1", "T-1", "quote", OCCURRED, DIGESTS)


def statement_value() -> dict[str, object]:
    return {
        "v": 1,
        "type": "quote",
        "trade": "T-1",
        "occurred": OCCURRED,
        "log": "tallystick.local/logs/kaka",
        "event": "Q-1",
        "_sd_alg": "sha-256",
        "_sd": sorted(DIGESTS),
    }


def entry_value() -> dict[str, object]:
    return {
        "v": 1,
        "statement": statement_value(),
        "signatures": [
            {
                "type": "eip712",
                "signature": SIGNATURE.signature,
                "role": SIGNATURE.role,
                "address": SIGNATURE.address,
            }
        ],
        "seq": 3,
        "received": RECEIVED,
        "prev": "0x" + "11" * 32,
    }


def test_builders_write_canonical_json() -> None:
    assert statement() == canonicalize(statement_value())
    built = entry.build_entry(statement(), 3, b"\x11" * 32, RECEIVED, [SIGNATURE])
    assert built == canonicalize(entry_value())


def test_parse_gives_back_what_was_built() -> None:
    built = entry.build_entry(statement(), 3, b"\x11" * 32, RECEIVED, [SIGNATURE])
    parsed = entry.parse(built)
    assert parsed.seq == 3 and parsed.prev == b"\x11" * 32 and parsed.received == RECEIVED
    assert parsed.signatures == (SIGNATURE,)
    assert parsed.statement.digests == tuple(sorted(DIGESTS))
    assert parsed.statement.encode() == statement()
    assert entry.statement_digest(statement()) == hashlib.sha256(statement()).digest()


def test_first_of_a_trade_has_no_prev() -> None:
    assert entry.parse(entry.build_entry(statement(), 0, None, RECEIVED)).prev is None
    for seq, prev in (
        (0, b"\x11" * 32),
        (1, None),
        (-1, None),
        (1, b"\x11" * 31),
        (-1, bytes(32)),
        (2**53, bytes(32)),
    ):
        with pytest.raises(FormatError):
            entry.build_entry(statement(), seq, prev, RECEIVED)


def test_an_origin_with_quotes_is_escaped() -> None:
    built = entry.build_statement('a"b\\c', "Q-1", "T-1", "quote", OCCURRED, DIGESTS)
    assert built == canonicalize({**statement_value(), "log": 'a"b\\c'})
    assert entry.parse(entry.build_entry(built, 0, None, RECEIVED)).statement.log == 'a"b\\c'


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("event", ""),
        ("event", 'a"b'),
        ("event", "x" * 65),
        ("event", "Q-1\n"),
        ("trade", "交易"),
        ("type", "a b"),
        ("occurred", "2026-11-03T08:15:30Z"),
        ("occurred", "2026-13-03T08:15:30.000Z"),
        ("log", "with space"),
        ("log", "with+plus"),
        ("log", ""),
        ("log", "x" * 256),
        ("_sd", []),
        ("_sd", [DIGESTS[0], DIGESTS[0]]),
        ("_sd", sorted(DIGESTS, reverse=True)),
        ("_sd", [DIGESTS[0][:-1]]),
        ("_sd", [DIGESTS[0][:-1] + "B"]),
        ("_sd", [1]),
        ("_sd", "x"),
        ("_sd", None),
        ("_sd_alg", "sha-512"),
        ("v", 2),
        ("v", True),
        ("event", 1),
    ],
)
def test_parse_refuses_malformed_statements(member: str, value: object) -> None:
    changed = {**entry_value(), "statement": {**statement_value(), member: value}}
    with pytest.raises(FormatError):
        entry.parse(canonicalize(changed))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 0),
        ("seq", 0),
        ("seq", "3"),
        ("seq", True),
        ("seq", -3),
        ("prev", None),
        ("prev", "0x" + "11" * 31),
        ("prev", "0x" + "AA" * 32),
        ("prev", 1),
        ("received", "x"),
        ("received", 5),
        ("statement", "x"),
        ("signatures", None),
        ("signatures", ["x"]),
        ("signatures", [{"type": "eip712"}]),
        ("extra", 1),
    ],
)
def test_parse_refuses_malformed_entries(member: str, value: object) -> None:
    with pytest.raises(FormatError):
        entry.parse(canonicalize({**entry_value(), member: value}))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "passkey"),
        ("address", "0x" + "AB" * 20),
        ("address", "0x" + "ab" * 19),
        ("role", ""),
        ("role", 'a"b'),
        ("signature", "0x" + "cd" * 64),
        ("signature", 1),
    ],
)
def test_parse_refuses_malformed_signatures(member: str, value: object) -> None:
    changed = entry_value()
    changed["signatures"][0][member] = value  # type: ignore[index]
    with pytest.raises(FormatError):
        entry.parse(canonicalize(changed))


def test_parse_refuses_other_layouts_of_the_same_value() -> None:
    built = entry.build_entry(statement(), 3, b"\x11" * 32, RECEIVED, [SIGNATURE])
    for other in (
        built + b"\n",
        b" " + built,
        built.replace(b":", b": ", 1),
        built.replace(b"Q-1", b"\\u0051-1"),
    ):
        with pytest.raises(FormatError):
            entry.parse(other)


def test_parse_refuses_missing_members_and_other_values() -> None:
    for name in entry_value():
        with pytest.raises(FormatError):
            entry.parse(canonicalize({key: value for key, value in entry_value().items() if key != name}))
    for data in (b"", b"null", b"[]", b'"x"', b"\xff", b"{" * 100):
        with pytest.raises(FormatError):
            entry.parse(data)


def test_build_refuses_digests_that_would_escape_their_quotes() -> None:
    one, two, _ = DIGESTS
    for digests in ([], [one[:-1]], [one[:-1] + "B"], [one, 'x"'], [f'{one}","{two}'], [one, one]):
        with pytest.raises(FormatError):
            entry.build_statement("log.example", "Q-1", "T-1", "quote", OCCURRED, digests)


def test_build_knows_only_eip712_signatures() -> None:
    passkey = entry.Signature("passkey", SIGNATURE.address, SIGNATURE.role, SIGNATURE.signature)
    with pytest.raises(FormatError):
        entry.build_entry(statement(), 0, None, RECEIVED, [passkey])
