"""Plans and schedule of erasure, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from service.core import disclosure
from service.disputes.ports import ErasurePlan
from service.log.ports import CheckpointRecord, Head, StoredEntry
from service.store.erasure_store import SqlErasurePlans
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import IDENTITY, RECORD, seeded

LOG_ID = IDENTITY.log_id
KEY = "0x" + "3" * 40


@pytest.fixture
def plans(engine: Engine) -> SqlErasurePlans:
    SqlLogStore(engine).create(RECORD)
    return SqlErasurePlans(engine)


def plan(name: str, trade: str = "t", at: int = 5) -> ErasurePlan:
    return ErasurePlan(name, trade, ((3, frozenset({"a", "b"})), (2**40, frozenset({'"'}))), at)


def test_plans_stay_until_they_are_finished(plans: SqlErasurePlans) -> None:
    for each in (plan("second", at=6), plan("first"), plan("other", "u", 7)):
        plans.add(LOG_ID, each)
    assert plans.unfinished(LOG_ID) == [plan("first"), plan("second", at=6), plan("other", "u", 7)]
    assert plans.unfinished(LOG_ID, "u") == [plan("other", "u", 7)]
    with pytest.raises(IntegrityError):
        plans.add(LOG_ID, plan("first"))
    plans.finish(LOG_ID, "first")
    plans.finish(LOG_ID, "nothing")
    assert [each.event for each in plans.unfinished(LOG_ID)] == ["second", "other"]


def test_the_schedule_is_by_time_and_the_position_by_rules(plans: SqlErasurePlans) -> None:
    one, two = bytes(32), b"\1" * 32
    assert plans.position(LOG_ID, one) == 0
    plans.schedule(LOG_ID, ["b", "a"], 10, 7, one)
    assert (plans.position(LOG_ID, one), plans.position(LOG_ID, two)) == (7, 0)
    assert plans.due(LOG_ID, 9, 5) == []
    assert plans.due(LOG_ID, 10, 5) == ["a", "b"]
    plans.look_again(LOG_ID, "a", 30)
    plans.look_again(LOG_ID, "b", None)
    plans.look_again(LOG_ID, "c", 20)
    assert plans.due(LOG_ID, 30, 5) == ["c", "a"]
    assert plans.due(LOG_ID, 30, 1) == ["c"]
    plans.schedule(LOG_ID, ["a"], 1, 9, two)
    plans.schedule(LOG_ID, [], 1, 8, two)
    assert plans.position(LOG_ID, two) == 8
    assert plans.due(LOG_ID, 1, 5) == ["a"]


def test_erasing_deletes_the_claims_named_and_nothing_else(engine: Engine) -> None:
    store, random = SqlLogStore(engine), seeded()
    store.create(RECORD)
    texts = tuple(disclosure.make(disclosure.new_salt(random(16)), name, 1) for name in ("a", "b", "c"))
    entry = StoredEntry(0, bytes(32), "e", "t", 0, "x", 1, bytes(32), b"entry", texts)
    with store.appending(LOG_ID) as transaction:
        checkpoint = CheckpointRecord(1, bytes(32), 1, 2, bytes(32), KEY)
        transaction.append([entry], [], Head(1, bytes(32), 1, 1), checkpoint)
        transaction.commit()
    assert not store.erase(LOG_ID, 0, frozenset({"d"}), 5)
    assert not store.erase(LOG_ID, 1, frozenset({"a"}), 5)
    assert store.entry(LOG_ID, 0) == entry
    assert store.erase(LOG_ID, 0, frozenset({"b", "d"}), 5)
    left = store.entry(LOG_ID, 0)
    assert left is not None
    assert (left.disclosures, left.erased_at) == ((texts[0], texts[2]), 5)
    assert store.erase(LOG_ID, 0, frozenset({"a", "c"}), 6)
    assert not store.erase(LOG_ID, 0, frozenset({"a", "c"}), 7)
    left = store.entry(LOG_ID, 0)
    assert left is not None
    assert (left.disclosures, left.erased_at, left.entry) == (None, 6, b"entry")
    assert store.scrub()
