"""Shares, grants and access records on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from service.access.errors import CapabilityUnknown, TooManyAttempts
from service.access.keeping import KEPT_DAYS, AccessKeeping
from service.access.limits import EVERYBODY, WRONG_A_MINUTE, CodeBrake
from service.access.ports import AccessRecord, Grant, GrantId, Share, ShareId, ShareSession, Tenant
from service.store.grant_store import SqlGrantStore
from service.store.record_store import SqlRecordStore
from service.store.share_store import SqlShareStore

KAKA, TEST, XIANKA = Tenant("kaka", "live"), Tenant("kaka", "test"), Tenant("xianka", "live")
HERE = b"h" * 16


def a_share(number: int, tenant: Tenant = KAKA, trade: str = "t-1") -> Share:
    return Share(
        id=ShareId(f"share_{number}"),
        tenant=tenant,
        trade=trade,
        token_print=bytes([number]) * 32,
        code_print=bytes([number, 1]) * 16,
        created_at=number,
        expires_at=1_000_000 + number,
        code_until=500_000 + number,
        number=0,
    )


def a_grant(number: int, tenant: Tenant = KAKA, dispute: str = "d-1") -> Grant:
    return Grant(
        id=GrantId(f"grant_{number}"),
        tenant=tenant,
        trade="t-1",
        dispute=dispute,
        role="mediator",
        restricted=number % 2 == 0,
        label="消协",
        token_print=bytes([number]) * 32,
        created_at=number,
        expires_at=1_000_000 + number,
    )


def an_access(
    holder: str, kind: str, at: int, tenant: Tenant = KAKA, dispute: str | None = None
) -> AccessRecord:
    return AccessRecord(tenant, "share", holder, "t-1", dispute, kind, at, HERE)


def test_shares_come_back_as_they_were(engine: Engine) -> None:
    store = SqlShareStore(engine)
    for share in (a_share(1), a_share(2, TEST), a_share(3, XIANKA), a_share(4), a_share(5, trade="t-2")):
        store.add_share(share)
    listed = store.shares(KAKA, "t-1", 0, 10)
    assert [replace(each, number=0) for each in listed] == [a_share(1), a_share(4)]
    assert list(store.shares(KAKA, "t-1", listed[0].number, 10)) == [listed[1]]
    assert list(store.shares(KAKA, "t-1", 0, 1)) == [listed[0]]
    assert store.share_by_token(bytes([4]) * 32) == (listed[1], a_share(4).expires_at)
    assert store.share_by_code(bytes([4, 1]) * 16) == listed[1]
    assert store.share_by_token(bytes(32)) is None
    assert store.share_by_code(bytes(32)) is None
    with pytest.raises(IntegrityError):
        store.add_share(replace(a_share(9), code_print=bytes([1, 1]) * 16))


def test_sessions_lead_to_their_share_and_end(engine: Engine) -> None:
    store = SqlShareStore(engine)
    store.add_share(a_share(1))
    share = a_share(1)
    store.add_session(ShareSession(b"a" * 32, share.id, 100), 0)
    store.add_session(ShareSession(b"b" * 32, share.id, 2_000_000), 100)
    assert store.share_by_token(b"a" * 32) is None, "deleted once ended"
    found = store.share_by_token(b"b" * 32)
    assert found is not None
    assert (found[0].id, found[1]) == (share.id, share.expires_at), "not longer than the share itself"


def test_a_revocation_is_its_tenants_and_the_first_one_stays(engine: Engine) -> None:
    shares, grants = SqlShareStore(engine), SqlGrantStore(engine)
    shares.add_share(a_share(1))
    grants.add_grant(a_grant(1))
    for stranger in (TEST, XIANKA):
        assert shares.revoke_share(stranger, ShareId("share_1"), 5) is None
        assert grants.revoke_grant(stranger, "d-1", GrantId("grant_1"), 5) is None
    assert grants.revoke_grant(KAKA, "d-2", GrantId("grant_1"), 5) is None
    for at in (10, 20):
        share = shares.revoke_share(KAKA, ShareId("share_1"), at)
        grant = grants.revoke_grant(KAKA, "d-1", GrantId("grant_1"), at)
        assert share is not None
        assert grant is not None
        assert share.revoked_at == grant.revoked_at == 10
    found = shares.share_by_token(bytes([1]) * 32)
    assert found is not None
    assert found[0].revoked_at == 10


def test_grants_come_back_as_they_were(engine: Engine) -> None:
    store = SqlGrantStore(engine)
    for grant in (a_grant(1), a_grant(2), a_grant(3, TEST), a_grant(4, dispute="d-2")):
        store.add_grant(grant)
    listed = store.grants(KAKA, "d-1", 0, 10)
    assert [replace(each, number=0) for each in listed] == [a_grant(1), a_grant(2)]
    assert store.grant_by_token(bytes([2]) * 32) == listed[1]
    assert store.grant_by_token(bytes(32)) is None


def test_accesses_are_kept_once_a_minute(engine: Engine) -> None:
    store = SqlRecordStore(engine)
    first = [an_access("share_1", "GET /t", 60_000), an_access("share_1", "GET /v1", 60_001)]
    store.add_records(first)
    store.add_records([an_access("share_1", "GET /t", 119_999), an_access("share_1", "GET /t", 120_000)])
    store.add_records([an_access("share_2", "GET /t", 60_000, XIANKA), an_access("g", "GET", 1, KAKA, "d-1")])
    kept = store.records(KAKA, None, None, 0, 10)
    assert [(each.kind, each.at) for each in kept] == [
        ("GET /t", 60_000),
        ("GET /v1", 60_001),
        ("GET /t", 120_000),
        ("GET", 1),
    ]
    assert replace(kept[0], number=0) == first[0]
    assert [each.number for each in kept] == sorted(each.number for each in kept)
    assert list(store.records(KAKA, "t-1", None, kept[1].number, 1)) == [kept[2]]
    assert list(store.records(KAKA, None, "d-1", 0, 10)) == [kept[3]]
    assert store.records(KAKA, "t-2", None, 0, 10) == []
    shares = SqlShareStore(engine)
    shares.add_share(a_share(1))
    assert shares.shares(KAKA, "t-1", 0, 10)[0].last_used == 120_000


def test_what_is_old_is_forgotten(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.record_store._FORGOTTEN_AT_ONCE", 3)
    shares, grants, records = SqlShareStore(engine), SqlGrantStore(engine), SqlRecordStore(engine)
    now = KEPT_DAYS * 86_400_000 + 10_000_000
    keeping = AccessKeeping(shares, grants, records, lambda: now)
    ended, revoked = 10_000_000 - 1, 5_000_000
    for number, ends in enumerate((ended, ended + 1), start=1):
        shares.add_share(replace(a_share(number), expires_at=ends))
        grants.add_grant(replace(a_grant(number), expires_at=ends))
    shares.add_share(replace(a_share(3), expires_at=now))
    shares.revoke_share(KAKA, ShareId("share_3"), revoked)
    shares.add_session(ShareSession(b"o" * 32, ShareId("share_1"), now), 0)
    records.add_records([an_access("share_9", f"GET /{n}", n * 1_000_000) for n in range(15)])
    assert keeping.sweep() == 2 + 1 + 10
    assert [each.id for each in shares.shares(KAKA, "t-1", 0, 9)] == ["share_2"]
    assert [each.id for each in grants.grants(KAKA, "d-1", 0, 9)] == ["grant_2"]
    assert records.records(KAKA, None, None, 0, 99)[0].at == 10_000_000
    assert shares.share_by_token(b"o" * 32) is None
    assert keeping.sweep() == 0


def test_many_at_once_get_no_more_tries_than_one_after_another(engine: Engine) -> None:
    """Attempts are counted before they are made: parallel guesses cannot outrun the count."""
    brake = CodeBrake(SqlShareStore(engine), clock_ms=lambda: 90_000)

    def attempt(_: int) -> bool:
        try:
            brake.admit(HERE)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        admitted = sum(pool.map(attempt, range(40)))
    assert admitted == WRONG_A_MINUTE


def test_counts_of_past_minutes_are_deleted(engine: Engine) -> None:
    store = SqlShareStore(engine)
    assert list(store.count_attempt(1, [HERE, EVERYBODY], 1)) == [1, 1]
    assert list(store.count_attempt(1, [HERE, EVERYBODY], 1)) == [2, 2]
    assert list(store.count_attempt(1, [HERE], -1)) == [1]
    assert list(store.count_attempt(1, [EVERYBODY], 0)) == [2]
    store.count_attempt(3, [EVERYBODY], 1)
    assert list(store.count_attempt(1, [HERE, EVERYBODY], 0)) == [0, 0]


def test_another_process_is_braked_too(engine: Engine) -> None:
    first, second = (CodeBrake(SqlShareStore(engine), clock_ms=lambda: 90_000) for _ in range(2))
    for _ in range(WRONG_A_MINUTE):
        first.admit(HERE)
    with pytest.raises(TooManyAttempts) as refused:
        second.admit(HERE)
    assert refused.value.retry_after == 30
    assert not isinstance(refused.value, CapabilityUnknown)
