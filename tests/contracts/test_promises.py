"""Missed and late anchors: broken promises are faults for ever, kept ones never."""

from __future__ import annotations

import pytest

from tests.contracts.signed_log import (
    FIRST_KEY,
    HOUR,
    SECOND_KEY,
    ZERO,
    SignedLog,
    address_of,
    at_time,
    refuses,
)

ZERO_ADDRESS = "0x" + "00" * 20
MISSED, LATE = 1, 2


@pytest.fixture
def promised(log):
    """A checkpoint of 5 entries, promised for an hour ahead."""
    return log.grow(5).signed(5)


def test_missed(registry, log, promised, chain, stranger):
    c, signature = promised
    at_time(chain, c.anchorBy + 1)
    receipt = registry.reportMissedAnchor(c, signature, sender=stranger)
    digest = log.digest(c)
    assert receipt.events == [
        registry.FaultReported(log=log.id, kind=MISSED, key=log.address, n=0, digest=digest)
    ]
    (fault,) = log.faults()
    assert (fault.kind, fault.key, fault.reportedAt) == (MISSED, log.address, c.anchorBy + 1)
    assert (fault.signedAt, fault.compromisedAt, bytes(fault.digest)) == (c.signedAt, 0, digest)


def test_not_yet_missed(registry, log, promised, chain, stranger):
    """At anchorBy itself an anchor is still in time."""
    c, signature = promised
    at_time(chain, c.anchorBy)
    with refuses(registry, "PromiseNotDue", anchorBy=c.anchorBy, timestamp=c.anchorBy):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)


def test_kept_at_the_last_second(registry, log, promised, chain, stranger):
    c, signature = promised
    at_time(chain, c.anchorBy)
    registry.anchor(c, signature, 0, [], sender=stranger)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "HeadCovers", headSize=5, size=5):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    with refuses(registry, "AnchoredInTime", timestamp=c.anchorBy, anchorBy=c.anchorBy):
        registry.reportLateAnchor(c, signature, 5, c.root, sender=stranger)


def test_kept_by_a_larger_anchor(registry, log, promised, chain, stranger):
    """The promise is of a checkpoint of at least this size."""
    c, signature = promised
    larger = log.anchor(8)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "HeadCovers", headSize=8, size=5):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    with refuses(registry, "AnchoredInTime"):
        registry.reportLateAnchor(c, signature, 8, larger.root, sender=stranger)


def test_late(registry, log, promised, chain, stranger):
    c, signature = promised
    at_time(chain, c.anchorBy + 1)
    registry.anchor(c, signature, 0, [], sender=stranger)
    with refuses(registry, "HeadCovers", headSize=5, size=5):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    registry.reportLateAnchor(c, signature, 5, c.root, sender=stranger)
    (fault,) = log.faults()
    assert (fault.kind, bytes(fault.digest)) == (LATE, log.digest(c))


def test_late_is_provable_after_further_anchors(registry, log, promised, chain, stranger):
    """By the first anchor that covers it, and by no other."""
    c, signature = promised
    small = log.anchor(4)
    at_time(chain, c.anchorBy + 1)
    covering = log.anchor(6)
    later = log.anchor(9)
    with refuses(registry, "NotFirstCovering", prevSize=0, size=4, promised=5):
        registry.reportLateAnchor(c, signature, 4, small.root, sender=stranger)
    with refuses(registry, "NotFirstCovering", prevSize=6, size=9, promised=5):
        registry.reportLateAnchor(c, signature, 9, later.root, sender=stranger)
    registry.reportLateAnchor(c, signature, 6, covering.root, sender=stranger)


def test_an_earlier_anchor_of_the_same_size_is_not_late(registry, log, chain, stranger):
    """prevSize < promised is strict: what was anchored before it was signed again is not late."""
    first = log.anchor(5)
    at_time(chain, first.anchorBy)
    log.anchor(6)
    c, signature = log.signed(5, signedAt=first.signedAt, anchorBy=first.anchorBy - 1)
    six = log.root(6)
    with refuses(registry, "NotFirstCovering", prevSize=5, size=6, promised=5):
        registry.reportLateAnchor(c, signature, 6, six, sender=stranger)


def test_late_by_what_is_not_anchored(registry, log, promised, chain, stranger):
    c, signature = promised
    at_time(chain, c.anchorBy + 1)
    log.anchor(5)
    with refuses(registry, "NotAnchored", log=log.id, size=6, root=c.root):
        registry.reportLateAnchor(c, signature, 6, c.root, sender=stranger)


def test_each_fault_once(registry, log, promised, chain, stranger, owner):
    """Not even sealing or retiring the key makes it available again. Missed and late are two faults."""
    c, signature = promised
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)
    with refuses(registry, "FaultAlreadyReported", digest=log.digest(c), kind=MISSED):
        registry.reportMissedAnchor(c, signature, sender=owner)
    registry.retireKey(log.id, log.address, sender=owner)
    registry.seal(log.id, ZERO, sender=owner)
    with refuses(registry, "FaultAlreadyReported", digest=log.digest(c), kind=MISSED):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    assert registry.faults(log.id) == 1


def test_missed_and_late_are_two(registry, log, promised, chain, stranger):
    c, signature = promised
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)
    registry.anchor(c, signature, 0, [], sender=stranger)
    registry.reportLateAnchor(c, signature, 5, c.root, sender=stranger)
    with refuses(registry, "FaultAlreadyReported", digest=log.digest(c), kind=LATE):
        registry.reportLateAnchor(c, signature, 5, c.root, sender=stranger)
    assert [f.kind for f in log.faults()] == [MISSED, LATE]


def test_a_second_signature_of_the_same_checkpoint_is_no_second_fault(registry, log, promised, chain, owner):
    c, signature = promised
    registry.addKey(log.id, address_of(SECOND_KEY), ZERO, sender=owner)
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=owner)
    with refuses(registry, "FaultAlreadyReported"):
        registry.reportMissedAnchor(c, log.sign(c, SECOND_KEY), sender=owner)


def test_sealing_does_not_excuse(registry, log, promised, chain, owner, stranger):
    """What was signed and never anchored stays a fault to report."""
    c, signature = promised
    log.anchor(4)
    registry.seal(log.id, ZERO, sender=owner)
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)


def test_retired_keys_answer_for_their_past(registry, log, promised, chain, owner, stranger):
    c, signature = promised
    registry.retireKey(log.id, log.address, sender=owner)
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)
    assert log.faults()[0].key == address_of(FIRST_KEY)


def test_signed_again_by_the_next_key_before_retiring(registry, log, promised, chain, owner, stranger):
    """The clean way to rotate: the new key's anchor covers what the old one promised."""
    c, signature = promised
    registry.addKey(log.id, address_of(SECOND_KEY), ZERO, sender=owner)
    registry.retireKey(log.id, log.address, sender=owner)
    log.key = SECOND_KEY
    log.anchor(5)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "HeadCovers"):
        registry.reportMissedAnchor(c, signature, sender=stranger)


def test_compromise_is_noted(registry, log, chain, owner, stranger):
    log.grow(6)
    before, after = log.signed(5), log.signed(6)
    at_time(chain, before[0].anchorBy + 1)
    registry.reportMissedAnchor(*before, sender=stranger)
    declared = registry.declareCompromised(log.id, log.address, sender=owner).timestamp
    registry.reportMissedAnchor(*after, sender=stranger)
    assert [f.compromisedAt for f in log.faults()] == [0, declared]


def test_via_is_not_for_these_reports(registry, log, directory, chain, stranger):
    c, signature = log.grow(5).signed(5, via=directory.id)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "AnchoredVia", via=directory.id):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    anchored = log.anchor(5)
    with refuses(registry, "AnchoredVia", via=directory.id):
        registry.reportLateAnchor(c, signature, 5, anchored.root, sender=stranger)


def test_without_a_promise(registry, log, chain, stranger):
    c, signature = log.grow(5).signed(5, anchorBy=0)
    with refuses(registry, "NothingPromised", digest=log.digest(c)):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    anchored = log.anchor(5)
    with refuses(registry, "NothingPromised", digest=log.digest(c)):
        registry.reportLateAnchor(c, signature, 5, anchored.root, sender=stranger)


@pytest.mark.parametrize("size", [0, 2**53, 2**64 - 1])
def test_sizes_out_of_range(registry, log, chain, stranger, size):
    c, signature = log.signed(size)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "SizeOutOfRange", size=size):
        registry.reportMissedAnchor(c, signature, sender=stranger)
    with refuses(registry, "SizeOutOfRange", size=size):
        registry.reportLateAnchor(c, signature, 1, ZERO, sender=stranger)


def test_the_farthest_promise_is_not_due(registry, log, stranger):
    """anchorBy is compared in full width."""
    c, signature = log.grow(5).signed(5, anchorBy=2**64 - 1)
    with refuses(registry, "PromiseNotDue", anchorBy=2**64 - 1):
        registry.reportMissedAnchor(c, signature, sender=stranger)


def test_a_stranger_cannot_accuse(registry, other_registry, log, promised, chain, owner, stranger):
    """Neither with its own signature, nor with one for another log, registry or chain."""
    c = promised[0]
    twin = SignedLog.open(other_registry, owner, chain, "tallystick.test/logs/one")
    second = SignedLog.open(registry, owner, chain, "second", key=SECOND_KEY)
    elsewhere = [
        log.sign(c, SECOND_KEY),
        log.sign(c, registry=twin.registry.address.lower()),
        log.sign(c, chain_id=chain.chain_id + 1),
        log.sign(c._replace(log=second.id)),
    ]
    at_time(chain, c.anchorBy + HOUR)
    for forged in elsewhere:
        with refuses(registry, "UnknownKey"):
            registry.reportMissedAnchor(c, forged, sender=stranger)
    assert registry.faults(log.id) == 0


def test_fault_out_of_range(registry, log):
    with refuses(registry, "FaultOutOfRange", n=0, count=0):
        registry.faultAt(log.id, 0)
