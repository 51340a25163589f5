from __future__ import annotations

import pytest

from service.access.errors import CapabilityUnknown, ExpiryRefused, TooManyAttempts
from service.access.limits import TRIES_A_MINUTE, WRONG_A_MINUTE, WRONG_A_MINUTE_BY_ALL
from service.access.ports import ShareId, Tenant
from service.access.shares import CODE_DAYS, DAY_MS, DEFAULT_DAYS, LONGEST_DAYS
from tests.unit.access.share_fakes import Stores

KAKA = Tenant("kaka", "live")
HERE = b"h" * 16


@pytest.fixture
def stores() -> Stores:
    return Stores()


def test_a_share_opens_its_trade_and_nothing_of_it_is_kept(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    reader = room.holders.reader(new.token)
    assert (reader.holder, reader.platform, reader.trade, reader.id) == ("share", "kaka", "t-1", new.share.id)
    assert reader.expires_at == stores.times.ms() + DEFAULT_DAYS * DAY_MS
    kept = repr(stores.shares.rows)
    assert new.token not in kept
    assert new.code not in kept
    assert room.links.share(new.token) == f"https://tally.example/t/{new.token}"


def test_it_ends(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1", stores.times.ms() + 2_000)
    stores.times.seconds += 1.999
    assert room.holders.reader(new.token).trade == "t-1"
    stores.times.seconds += 0.001
    assert room.holders.cached(new.token) is None
    with pytest.raises(CapabilityUnknown):
        room.holders.reader(new.token)
    with pytest.raises(CapabilityUnknown):
        room.shares.open(new.code, HERE)


def test_a_useless_end_is_refused(stores: Stores) -> None:
    room = stores.room()
    now = stores.times.ms()
    for ends in (now, now - 1, now + LONGEST_DAYS * DAY_MS + 1):
        with pytest.raises(ExpiryRefused):
            room.shares.create(KAKA, "t-1", ends)
    assert stores.shares.rows == []


def test_revoking_ends_it_at_once_here_and_within_five_seconds_elsewhere(stores: Stores) -> None:
    here, elsewhere = stores.room(), stores.room()
    new = here.shares.create(KAKA, "t-1")
    session = here.shares.open(new.code, HERE).token
    for room in (here, elsewhere):
        assert room.holders.reader(new.token).trade == room.holders.reader(session).trade == "t-1"
    here.shares.revoke(KAKA, new.share.id)
    for token in (new.token, session):
        with pytest.raises(CapabilityUnknown):
            here.holders.reader(token)
        assert elsewhere.holders.reader(token).trade == "t-1"
    stores.times.seconds += 5.001
    for token in (new.token, session):
        with pytest.raises(CapabilityUnknown):
            elsewhere.holders.reader(token)
    with pytest.raises(CapabilityUnknown):
        here.shares.open(new.code, HERE)


def test_a_lookup_passed_by_a_revocation_is_not_remembered(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    found = stores.shares.share_by_token

    def slow(token_print: bytes) -> object:
        row = found(token_print)
        room.shares.revoke(KAKA, new.share.id)
        return row

    stores.shares.share_by_token = slow  # type: ignore[method-assign, assignment]
    room.holders.reader(new.token)
    assert room.holders.cached(new.token) is None


def test_only_its_own_tenant_may_revoke_or_find_it(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    for stranger in (Tenant("xianka", "live"), Tenant("kaka", "test")):
        with pytest.raises(CapabilityUnknown):
            room.shares.revoke(stranger, new.share.id)
        with pytest.raises(CapabilityUnknown):
            room.shares.find(stranger, new.code)
        assert room.shares.list(stranger, "t-1", 0, 10) == []
    assert room.shares.find(KAKA, new.code).trade == "t-1"
    with pytest.raises(CapabilityUnknown):
        room.shares.revoke(KAKA, ShareId("share_0"))


def test_a_code_opens_the_share_for_an_hour(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    opened = room.shares.open(new.code, HERE)
    assert opened.trade == "t-1"
    assert opened.token != new.token
    stores.times.seconds += 3599
    assert room.holders.reader(opened.token).id == new.share.id
    stores.times.seconds += 1
    with pytest.raises(CapabilityUnknown):
        room.holders.reader(opened.token)
    assert room.holders.reader(new.token).trade == "t-1"


def test_a_code_ends_before_its_share(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    stores.times.seconds += CODE_DAYS * 86_400
    with pytest.raises(CapabilityUnknown):
        room.shares.open(new.code, HERE)
    assert room.holders.reader(new.token).trade == "t-1"


def test_wrong_codes_are_counted_by_caller(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    for _ in range(WRONG_A_MINUTE):
        with pytest.raises(CapabilityUnknown):
            room.shares.open("0" * 11, HERE)
    before, counted = stores.shares.lookups, dict(stores.shares.attempts)
    with pytest.raises(TooManyAttempts) as refused:
        stores.room().shares.open(new.code, HERE)
    assert 0 < refused.value.retry_after <= 60
    assert stores.shares.lookups == before, "a refused attempt looks nothing up"
    assert stores.shares.attempts == counted, "nor does it use up what is left to the others"
    assert room.shares.open(new.code, b"e" * 16).trade == "t-1"
    stores.times.seconds += refused.value.retry_after
    assert room.shares.open(new.code, HERE).trade == "t-1"


def test_right_codes_do_not_count_as_wrong_ones(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    for _ in range(TRIES_A_MINUTE):
        room.shares.open(new.code, HERE)
    with pytest.raises(TooManyAttempts):
        room.shares.open(new.code, HERE)
    assert len(stores.shares.sessions) == TRIES_A_MINUTE


def test_wrong_codes_are_counted_over_all_callers(stores: Stores) -> None:
    room = stores.room()
    for number in range(WRONG_A_MINUTE_BY_ALL):
        with pytest.raises(CapabilityUnknown):
            room.shares.open("0" * 11, number.to_bytes(16, "big", signed=False) if number else HERE)
    with pytest.raises(TooManyAttempts):
        room.shares.open("0" * 11, b"n" * 16)


def test_an_invented_token_never_reaches_the_store(stores: Stores) -> None:
    room = stores.room()
    for token in ("", "tally_share_" + "0" * 38, "tally_live_" + "0" * 38, "\udcff"):
        with pytest.raises(CapabilityUnknown):
            room.holders.reader(token)
    assert stores.shares.lookups == 0


def test_the_cache_spares_the_store(stores: Stores) -> None:
    room = stores.room()
    new = room.shares.create(KAKA, "t-1")
    for _ in range(10):
        room.holders.reader(new.token)
    assert stores.shares.lookups == 1
