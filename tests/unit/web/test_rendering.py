"""What every page does with what it prints, and where its links lead."""

from __future__ import annotations

import pytest
from fastapi import Request

from service.web.rendering import environment, missing


def body(query: str) -> str:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
    return bytes(missing(Request(scope)).body).decode()


def test_the_other_language_shows_the_same() -> None:
    """What was looked for is still looked for; what was just done is not told again."""
    shown = body("type=quote&trade=t%3A1x&done=hold&lang=zh&size=large")
    assert 'href="?type=quote&amp;trade=t%3A1x&amp;lang=en"' in shown


def test_a_query_does_not_get_out_of_its_attribute() -> None:
    assert "<script>" not in body('x="><script>alert(1)</script>')


@pytest.mark.parametrize(
    "turning", [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
)
def test_characters_that_turn_the_writing_are_named(turning: str) -> None:
    printed = environment.from_string("{{ said }}").render(said=f"{turning}<048>")
    assert printed == f"[U+{ord(turning):04X}]&lt;048&gt;"
