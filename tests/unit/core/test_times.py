from __future__ import annotations

import pytest

from service.core.errors import FormatError
from service.core.times import format_time, parse_time


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("2026-11-22T12:00:00.123Z", 1795348800123),
        ("2024-02-29T23:59:59.999Z", 1709251199999),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00:00.000Z", -62135596800000),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
    ],
)
def test_both_ways(text: str, ms: int) -> None:
    assert parse_time(text) == ms
    assert format_time(ms) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.12Z",
        "2026-11-22T12:00:00.1234Z",
        "2026-11-22T12:00:00.123",
        "2026-11-22T12:00:00.123z",
        "2026-11-22T12:00:00.123+00:00",
        "2026-11-22 12:00:00.123Z",
        "2026-11-22t12:00:00.123Z",
        "2026-11-22T12:00:00.123Z\n",
        " 2026-11-22T12:00:00.123Z",
        "2026-11-22T24:00:00.000Z",
        "2026-11-22T12:60:00.000Z",
        "2026-11-22T23:59:60.000Z",
        "2026-02-29T12:00:00.000Z",
        "2026-13-01T12:00:00.000Z",
        "2026-00-01T12:00:00.000Z",
        "2026-11-00T12:00:00.000Z",
        "0000-01-01T00:00:00.000Z",
        "+026-11-22T12:00:00.123Z",
        "２026-11-22T12:00:00.123Z",
        "20261122T120000.123Z",
        "",
        None,
        1795348800123,
        b"2026-11-22T12:00:00.123Z",
    ],
)
def test_refused(text: object) -> None:
    with pytest.raises(FormatError) as refusal:
        parse_time(text, "/occurred")
    assert refusal.value.pointer == "/occurred"


@pytest.mark.parametrize("ms", [-62135596800001, 253402300800000, 10**30, True, 1.0, "0"])
def test_not_formatted(ms: int) -> None:
    with pytest.raises(FormatError):
        format_time(ms)
