from __future__ import annotations

import pytest

from service.core.errors import (
    CanonicalizationError,
    EventRejected,
    FormatError,
    Problem,
    TallyError,
    VerificationError,
    pointer,
)


def test_one_family() -> None:
    for kind in (CanonicalizationError, FormatError, VerificationError, EventRejected):
        assert issubclass(kind, TallyError)


def test_pointer_escapes() -> None:
    assert pointer([]) == ""
    assert pointer(["a", 0, "b/c", "d~e", ""]) == "/a/0/b~1c/d~0e/"
    assert pointer(["~1"]) == "/~01"


def test_texts() -> None:
    assert str(FormatError("bad", "/a")) == "bad (at /a)"
    assert str(FormatError("bad")) == "bad"
    rejected = EventRejected((Problem("/event", "missing", "missing"), Problem("/trade", "odd", "odd")))
    assert str(rejected) == "/event: missing; /trade: odd"
    with pytest.raises(TallyError):
        raise rejected
