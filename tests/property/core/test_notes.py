"""Parsers of outside text: what they accept they write back, for the rest only their error."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.core import checkpoint, hexs, ids, note, times
from service.core.errors import FormatError, TallyError

SIGNER = note.Ed25519Signer("alice.example", bytes(32))
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=12
)
BODIES = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=60).map(
    lambda text: text + "\n"
)
LINES = st.builds(
    note.SignatureLine, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=70)
)
PIECES = st.sampled_from(
    [
        "—",
        " ",
        "\n",
        "\n\n",
        "a",
        "example.com/log",
        "+",
        "AAAAAAA=",
        "AAAAAAAA",
        "1",
        "0",
        "\x00",
        "é",
        "\ufeff",
        "-",
    ]
)
IDENTITY = checkpoint.LogIdentity("kaka.example/log", b"\x11" * 32, 31337, "0x" + "5f" * 20)
LOG = checkpoint.CheckpointSigner(IDENTITY, b"\x22" * 32, b"\x33" * 32)


@given(BODIES, st.lists(LINES, min_size=1, max_size=16))
def test_notes_both_ways(body: str, lines: list[note.SignatureLine]) -> None:
    text = note.format(note.Note(body, tuple(lines)))
    assert note.parse(text) == note.parse(text.encode()) == note.Note(body, tuple(lines))


@given(BODIES)
def test_signed_notes_open(body: str) -> None:
    signed = note.sign(body, [SIGNER])
    assert note.open(signed, [SIGNER.vkey]).body == body


@given(st.binary(max_size=200) | st.text(max_size=100) | st.lists(PIECES, max_size=20).map("".join))
@example("a\n\n— a AAAAAAA=\n")
@settings(max_examples=300)
def test_any_note(text: Any) -> None:
    try:
        parsed = note.parse(text)
    except FormatError:
        return
    assert note.format(parsed) == (text if isinstance(text, str) else text.decode())


@given(st.text(max_size=100) | st.lists(PIECES, max_size=12).map("".join))
def test_any_checkpoint_and_key(text: str) -> None:
    with suppress(FormatError):
        assert checkpoint.format(checkpoint.parse(text)) == text
    with suppress(FormatError):
        assert note.parse_vkey(text).format() == text


@given(st.binary(max_size=80))
def test_any_key_bytes(key: bytes) -> None:
    text = f"a+00000000+{base64.b64encode(key).decode()}"
    with suppress(FormatError):
        note.parse_vkey(text)


SIZES = st.integers(0, 2**53 - 1)
UINT64 = st.integers(0, 2**64 - 1)
WORDS = st.binary(min_size=32, max_size=32)


@given(SIZES, WORDS, UINT64, UINT64, WORDS)
@settings(max_examples=50)
def test_checkpoints_both_ways(size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes) -> None:
    signed = LOG.sign(size, root, signed_at, anchor_by, via)
    parsed = checkpoint.verify_signed(signed, IDENTITY, LOG.vkey, LOG.address)
    assert (parsed.size, parsed.root, parsed.signed_at, parsed.anchor_by, parsed.via) == (
        size, root, signed_at, anchor_by, via
    )  # fmt: skip


@given(st.data())
@settings(max_examples=200)
def test_no_change_of_a_signed_checkpoint_passes(data: st.DataObject) -> None:
    good = LOG.sign(7, bytes(32), 1767225600, 1767229200).encode()
    at = data.draw(st.integers(0, len(good) - 1))
    end = data.draw(st.integers(at, min(at + 4, len(good))))
    changed = good[:at] + data.draw(st.binary(max_size=4)) + good[end:]
    try:
        checkpoint.verify_signed(changed, IDENTITY, LOG.vkey, LOG.address)
    except TallyError:
        return
    assert changed == good


@given(st.integers(-62135596800000, 253402300799999))
def test_times_both_ways(ms: int) -> None:
    assert times.parse_time(times.format_time(ms)) == ms


@given(st.text(max_size=30) | st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z"))
def test_any_time(text: str) -> None:
    try:
        ms = times.parse_time(text)
    except FormatError:
        return
    assert times.format_time(ms) == text


@given(st.binary(max_size=40))
def test_hex_both_ways(data: bytes) -> None:
    assert hexs.from_hex(hexs.to_hex(data), None) == hexs.from_hex(hexs.to_hex(data), len(data)) == data


@given(st.text("0x123456789abcdefABC", max_size=12))
def test_any_hex(text: str) -> None:
    with suppress(FormatError):
        assert hexs.to_hex(hexs.from_hex(text, None)) == text


@given(st.from_regex(r"\A(86|0086)?1[3-9][0-9]{9}\Z"), st.data())
def test_mobile_numbers_are_found_behind_separators(number: str, data: st.DataObject) -> None:
    gaps = st.text("._:-", max_size=2)
    text = "".join(data.draw(gaps) + digit for digit in number) + data.draw(gaps)
    problem = ids.id_problem(text[:64], "/event")
    if len(text) <= 64:
        assert problem is not None
        assert problem.code == "id_mobile_number"


@given(st.text(max_size=70) | st.text("0123456789X-", max_size=20))
def test_any_id(text: str) -> None:
    problem = ids.id_problem(text, "/event")
    assert problem is None or problem.code in {"id_pattern", "id_mobile_number", "id_identity_number"}
