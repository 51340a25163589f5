from __future__ import annotations

import itertools

import pytest

from service.access.readers import Reader, Sight
from service.access.sight import audience_of, sight_of
from service.core.disclosure import make, new_salt
from service.log.ports import StoredEntry

PLATFORM = Reader("platform", "key_1", "kaka", "live")
SHARE = Reader("share", "share_1", "kaka", "live", trade="t")
GRANT = Reader("grant", "grant_1", "kaka", "live", trade="t", dispute="d")
RESTRICTED = Reader("grant", "grant_2", "kaka", "live", trade="t", dispute="d", restricted=True)

FULL, WITHHELD, SEALED = Sight.FULL, Sight.WITHHELD, Sight.SEALED

TABLE = {
    ("quote", None): (FULL, FULL, FULL),
    ("quote", "user"): (FULL, FULL, FULL),
    ("quote", "parties"): (FULL, FULL, FULL),
    ("quote", "arbitrator"): (WITHHELD, FULL, FULL),
    ("quote", "restricted"): (SEALED, SEALED, FULL),
    ("quote", "nobody-knows"): (SEALED, SEALED, SEALED),
    ("review", None): (SEALED, SEALED, FULL),
    ("review", "restricted"): (SEALED, SEALED, FULL),
    ("review", "arbitrator"): (SEALED, FULL, FULL),
    ("review", "parties"): (FULL, FULL, FULL),
    ("x-own", "restricted"): (SEALED, SEALED, FULL),
}


@pytest.mark.parametrize(("event_type", "audience"), TABLE)
def test_who_sees_how_much(event_type: str, audience: str | None) -> None:
    share, grant, restricted = TABLE[event_type, audience]
    assert SHARE.sight(event_type, audience) is share
    assert GRANT.sight(event_type, audience) is grant
    assert RESTRICTED.sight(event_type, audience) is restricted


def entry(trade: str, event_type: str, *claims: tuple[str, object], erased: bool = False) -> StoredEntry:
    texts = tuple(make(new_salt(bytes(16)), name, value) for name, value in claims)
    return StoredEntry(
        0, bytes(32), "e", trade, 0, event_type, 0, bytes(32), b"{}", None if erased else texts
    )


def test_an_entrys_own_audience_counts() -> None:
    kept = entry("t", "payout", ("amount", 1), ("audience", "arbitrator"))
    assert sight_of(SHARE, kept) is WITHHELD
    assert sight_of(GRANT, kept) is FULL
    assert sight_of(PLATFORM, kept) is FULL


def test_an_entry_of_another_trade_is_sealed_whatever_it_is() -> None:
    for reader, event_type in itertools.product((SHARE, GRANT, RESTRICTED), ("quote", "review")):
        assert sight_of(reader, entry("other", event_type, ("audience", "user"))) is SEALED


def test_an_erased_review_stays_sealed() -> None:
    assert sight_of(SHARE, entry("t", "review", erased=True)) is SEALED
    assert sight_of(SHARE, entry("t", "quote", erased=True)) is FULL


def test_an_audience_that_is_no_text_is_restricted() -> None:
    assert audience_of(entry("t", "x-own", ("audience", ["user"])).disclosures) == "restricted"
    assert audience_of(()) is None
    assert audience_of(None) is None
