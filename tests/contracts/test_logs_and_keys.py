"""Opening, keys, ownership, sealing."""

from __future__ import annotations

import pytest

from service.core import eip712
from tests.contracts.signed_log import (
    DEPOSIT,
    ED25519_KEY,
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
FIRST = address_of(FIRST_KEY)
SECOND = address_of(SECOND_KEY)
GREATEST_DEPOSIT = 5 * 10**16


def test_open_log(registry, owner, chain):
    receipt = registry.openLog("a.example/log", FIRST, ED25519_KEY, HOUR, DEPOSIT, sender=owner)
    log = eip712.log_id(owner.address.lower(), "a.example/log")
    assert receipt.return_value == log
    assert registry.logId(owner, "a.example/log") == log
    info = registry.logInfo(log)
    assert (info.owner, info.pendingOwner, info.maxDelay) == (owner.address, ZERO_ADDRESS, HOUR)
    assert (info.challengeDeposit, info.isSealed, bytes(info.successor)) == (DEPOSIT, False, ZERO)
    key = registry.keyInfo(log, FIRST)
    assert (key.addedAt, key.retiredAt, key.compromisedAt) == (chain.blocks.head.timestamp, 0, 0)
    assert registry.faults(log) == 0
    assert receipt.events == [
        registry.LogOpened(
            log=log, owner=owner, origin="a.example/log", maxDelay=HOUR, challengeDeposit=DEPOSIT
        ),
        registry.KeyAdded(log=log, key=FIRST, ed25519Key=ED25519_KEY),
    ]


def test_two_openers_have_two_logs(registry, owner, stranger, chain):
    one = SignedLog.open(registry, owner, chain, "same.example")
    two = SignedLog.open(registry, stranger, chain, "same.example")
    assert one.id != two.id


def test_a_log_is_opened_once(registry, log, owner):
    with refuses(registry, "LogAlreadyOpen", log=log.id):
        registry.openLog("tallystick.test/logs/one", SECOND, ED25519_KEY, 1, 0, sender=owner)


@pytest.mark.parametrize("origin", ["", "a" * 256, "a b", "a+b", "a\x7f", "\x20", "\n", "é"])
def test_invalid_origin(registry, owner, origin):
    with refuses(registry, "InvalidOrigin", origin=origin):
        registry.openLog(origin, FIRST, ED25519_KEY, HOUR, DEPOSIT, sender=owner)


@pytest.mark.parametrize(
    "origin", ["!", "~", "a" * 255, "".join(map(chr, range(0x21, 0x7F))).replace("+", "")]
)
def test_valid_origin(registry, owner, origin):
    registry.openLog(origin, FIRST, ED25519_KEY, HOUR, DEPOSIT, sender=owner)


def test_deposit_has_a_limit(registry, owner):
    registry.openLog("limit", FIRST, ED25519_KEY, HOUR, GREATEST_DEPOSIT, sender=owner)
    with refuses(registry, "DepositTooLarge", deposit=GREATEST_DEPOSIT + 1, greatest=GREATEST_DEPOSIT):
        registry.openLog("above", FIRST, ED25519_KEY, HOUR, GREATEST_DEPOSIT + 1, sender=owner)


def test_zero_key(registry, log, owner):
    with refuses(registry, "ZeroKey"):
        registry.openLog("zero", ZERO_ADDRESS, ED25519_KEY, HOUR, DEPOSIT, sender=owner)
    with refuses(registry, "ZeroKey", log=log.id):
        registry.addKey(log.id, ZERO_ADDRESS, ED25519_KEY, sender=owner)


def test_keys_overlap(registry, log, owner):
    log.anchor(2)
    receipt = registry.addKey(log.id, SECOND, ED25519_KEY, sender=owner)
    assert receipt.events == [registry.KeyAdded(log=log.id, key=SECOND, ed25519Key=ED25519_KEY)]
    log.key = SECOND_KEY
    log.anchor(3)
    log.key = FIRST_KEY
    log.anchor(4)
    receipt = registry.retireKey(log.id, FIRST, sender=owner)
    assert receipt.events == [registry.KeyRetired(log=log.id, key=FIRST)]
    assert registry.keyInfo(log.id, FIRST).retiredAt == receipt.timestamp
    with refuses(registry, "KeyIsRetired", log=log.id, key=FIRST, retiredAt=receipt.timestamp):
        log.anchor(5)
    log.key = SECOND_KEY
    log.anchor(6)


def test_a_key_is_added_once_and_never_comes_back(registry, log, owner):
    with refuses(registry, "KeyAlreadyKnown", log=log.id, key=FIRST):
        registry.addKey(log.id, FIRST, ED25519_KEY, sender=owner)
    retired = registry.retireKey(log.id, FIRST, sender=owner).timestamp
    with refuses(registry, "KeyAlreadyKnown", log=log.id, key=FIRST):
        registry.addKey(log.id, FIRST, ED25519_KEY, sender=owner)
    with refuses(registry, "KeyIsRetired", log=log.id, key=FIRST, retiredAt=retired):
        registry.retireKey(log.id, FIRST, sender=owner)


def test_declare_compromised(registry, log, owner):
    receipt = registry.declareCompromised(log.id, FIRST, sender=owner)
    assert receipt.events == [registry.KeyCompromised(log=log.id, key=FIRST)]
    assert registry.keyInfo(log.id, FIRST).compromisedAt == receipt.timestamp
    log.anchor(2)  # only retiring stops it
    with refuses(registry, "KeyAlreadyCompromised", log=log.id, key=FIRST, compromisedAt=receipt.timestamp):
        registry.declareCompromised(log.id, FIRST, sender=owner)


def test_unknown_keys(registry, log, owner):
    for call in (registry.retireKey, registry.declareCompromised):
        with refuses(registry, "UnknownKey", log=log.id, key=SECOND):
            call(log.id, SECOND, sender=owner)


def test_only_the_owner_manages(registry, log, stranger):
    calls = [
        (registry.addKey, (log.id, SECOND, ED25519_KEY)),
        (registry.retireKey, (log.id, FIRST)),
        (registry.declareCompromised, (log.id, FIRST)),
        (registry.seal, (log.id, ZERO)),
        (registry.transferOwnership, (log.id, stranger)),
    ]
    for call, arguments in calls:
        with refuses(registry, "NotOwner", log=log.id, caller=stranger):
            call(*arguments, sender=stranger)
        with refuses(registry, "UnknownLog", log=b"\x01" * 32):
            call(b"\x01" * 32, *arguments[1:], sender=stranger)


def test_ownership_moves_in_two_steps(registry, log, owner, stranger, accounts):
    with refuses(registry, "NotPendingOwner", log=log.id, caller=stranger):
        registry.acceptOwnership(log.id, sender=stranger)
    offered = registry.transferOwnership(log.id, stranger, sender=owner)
    assert offered.events == [registry.OwnershipOffered(log=log.id, owner=owner, pendingOwner=stranger)]
    info = registry.logInfo(log.id)
    assert (info.owner, info.pendingOwner) == (owner.address, stranger.address)
    with refuses(registry, "NotPendingOwner", log=log.id, caller=accounts[2]):
        registry.acceptOwnership(log.id, sender=accounts[2])
    accepted = registry.acceptOwnership(log.id, sender=stranger)
    assert accepted.events == [registry.OwnershipTransferred(log=log.id, previousOwner=owner, owner=stranger)]
    info = registry.logInfo(log.id)
    assert (info.owner, info.pendingOwner) == (stranger.address, ZERO_ADDRESS)
    with refuses(registry, "NotPendingOwner", log=log.id, caller=stranger):
        registry.acceptOwnership(log.id, sender=stranger)
    with refuses(registry, "NotOwner", log=log.id, caller=owner):
        registry.addKey(log.id, SECOND, ED25519_KEY, sender=owner)
    registry.addKey(log.id, SECOND, ED25519_KEY, sender=stranger)


def test_an_offer_can_be_withdrawn(registry, log, owner, stranger):
    registry.transferOwnership(log.id, stranger, sender=owner)
    registry.transferOwnership(log.id, ZERO_ADDRESS, sender=owner)
    with refuses(registry, "NotPendingOwner", log=log.id, caller=stranger):
        registry.acceptOwnership(log.id, sender=stranger)


def test_seal(registry, log, directory, owner):
    log.anchor(2)
    receipt = registry.seal(log.id, directory.id, sender=owner)
    assert receipt.events == [registry.LogSealed(log=log.id, successor=directory.id)]
    info = registry.logInfo(log.id)
    assert (info.isSealed, bytes(info.successor), info.maxDelay) == (True, directory.id, HOUR)
    head = registry.head(log.id)
    assert (head.size, head.anchors) == (2, 1)
    with refuses(registry, "LogIsSealed", log=log.id):
        log.anchor(3)
    with refuses(registry, "LogIsSealed", log=log.id):
        registry.addKey(log.id, SECOND, ED25519_KEY, sender=owner)
    with refuses(registry, "LogIsSealed", log=log.id):
        registry.seal(log.id, ZERO, sender=owner)
    # what concerns its past goes on
    registry.declareCompromised(log.id, FIRST, sender=owner)
    registry.retireKey(log.id, FIRST, sender=owner)


def test_a_successor_is_another_open_log(registry, log, owner):
    for successor in (log.id, b"\x01" * 32):
        with refuses(registry, "InvalidSuccessor", log=log.id, successor=successor):
            registry.seal(log.id, successor, sender=owner)
    registry.seal(log.id, ZERO, sender=owner)


def test_an_unopened_log_is_all_zero(registry):
    log = b"\x01" * 32
    assert registry.logInfo(log).owner == ZERO_ADDRESS
    head = registry.head(log)
    assert (head.size, head.timestamp, head.anchors, bytes(head.root)) == (0, 0, 0, ZERO)
    assert registry.faults(log) == 0
    assert registry.keyInfo(log, FIRST).addedAt == 0
    assert registry.challengeInfo(log).challengedAt == 0


def test_the_longest_delay_and_latest_times_are_kept_whole(registry, owner, chain):
    log = SignedLog.open(registry, owner, chain, "wide", max_delay=2**32 - 1)
    at_time(chain, 2**39)
    log.anchor(1, signedAt=2**39 + 60, anchorBy=2**39 + 60 + 2**32 - 1)
    registry.seal(log.id, ZERO, sender=owner)
    head, info = registry.head(log.id), registry.logInfo(log.id)
    assert (head.timestamp, head.signedAt, head.anchors) == (2**39, 2**39 + 60, 1)
    assert (info.maxDelay, info.isSealed) == (2**32 - 1, True)
