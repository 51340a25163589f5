from __future__ import annotations

import pytest

from service.access.errors import CapabilityUnknown, ExpiryRefused
from service.access.grants import DAY_MS, DEFAULT_DAYS, LONGEST_DAYS, Case
from service.access.ports import Tenant
from tests.unit.access.share_fakes import Stores

KAKA = Tenant("kaka", "live")
CASE = Case(KAKA, "d-1", "t-1")


@pytest.fixture
def stores() -> Stores:
    return Stores()


def test_a_grant_opens_its_disputes_trade(stores: Stores) -> None:
    room = stores.room()
    grant, token = room.grants.create(CASE, "mediator", label="调解员", restricted=True)
    reader = room.holders.reader(token)
    assert (reader.holder, reader.trade, reader.dispute, reader.role) == ("grant", "t-1", "d-1", "mediator")
    assert reader.restricted
    assert not reader.may_read("t-2")
    assert grant.expires_at == stores.times.ms() + DEFAULT_DAYS * DAY_MS
    assert token not in repr(stores.grants.rows)
    assert room.links.grant(token) == f"https://tally.example/case/{token}"


def test_it_ends_within_ninety_days(stores: Stores) -> None:
    room = stores.room()
    now = stores.times.ms()
    room.grants.create(CASE, "arbitrator", expires_at=now + LONGEST_DAYS * DAY_MS)
    for ends in (now, now + LONGEST_DAYS * DAY_MS + 1):
        with pytest.raises(ExpiryRefused):
            room.grants.create(CASE, "arbitrator", expires_at=ends)


def test_an_ended_grant_opens_nothing(stores: Stores) -> None:
    room = stores.room()
    _, token = room.grants.create(CASE, "arbitrator", expires_at=stores.times.ms() + 1000)
    assert room.holders.reader(token).dispute == "d-1"
    stores.times.seconds += 1
    with pytest.raises(CapabilityUnknown):
        room.holders.reader(token)


def test_a_revoked_grant_opens_nothing(stores: Stores) -> None:
    here, elsewhere = stores.room(), stores.room()
    grant, token = here.grants.create(CASE, "arbitrator")
    assert here.holders.reader(token) == elsewhere.holders.reader(token)
    for tenant, dispute in (
        (KAKA, "d-2"),
        (Tenant("kaka", "test"), "d-1"),
        (Tenant("xianka", "live"), "d-1"),
    ):
        with pytest.raises(CapabilityUnknown):
            here.grants.revoke(tenant, dispute, grant.id)
    revoked = here.grants.revoke(KAKA, "d-1", grant.id)
    stores.times.seconds += 1
    assert here.grants.revoke(KAKA, "d-1", grant.id).revoked_at == revoked.revoked_at
    with pytest.raises(CapabilityUnknown):
        here.holders.reader(token)
    stores.times.seconds += 5
    with pytest.raises(CapabilityUnknown):
        elsewhere.holders.reader(token)
