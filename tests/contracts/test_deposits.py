"""Deposits: a recipient that misbehaves hurts only itself, and nobody can make another's deposit fail."""

from __future__ import annotations

from enum import IntEnum

import ape
import pytest

from tests.contracts.signed_log import DAY, DEPOSIT, ZERO, SignedLog, address_of, pass_time, refuses


class Manner(IntEnum):
    """As in Recipient.sol."""

    ACCEPTS = 0
    REVERTS = 1
    BURNS_ALL_GAS = 2
    RETURNS_MUCH = 3
    CALLS_BACK = 4
    BURNS_SOME = 5


@pytest.fixture
def recipient(mocks, owner):
    """A contract account."""
    return owner.deploy(mocks["Recipient"])


@pytest.fixture
def challenged(registry, log, recipient, stranger):
    """A checkpoint challenged by the contract account."""
    log.anchor(9)
    c = log.checkpoint(5)
    data = registry.challenge.encode_input(c, log.sign(c))
    recipient.run(registry, data, sender=stranger, value=DEPOSIT)
    assert registry.challengeInfo(log.digest(c)).challenger == recipient.address
    return c


@pytest.mark.parametrize("manner", [Manner.REVERTS, Manner.BURNS_ALL_GAS, Manner.RETURNS_MUCH])
def test_a_challenger_that_does_not_take_its_deposit(
    registry, log, challenged, recipient, chain, stranger, manner
):
    """It cannot keep the log from being convicted."""
    recipient.receiveBy(manner, 0, sender=stranger)
    pass_time(chain, 3 * DAY)
    receipt = registry.reportUnanswered(challenged, sender=stranger)
    forfeited = registry.DepositForfeited(log=log.id, recipient=recipient, deposit=DEPOSIT)
    assert list(receipt.events)[-1] == forfeited
    assert registry.faults(log.id) == 1
    assert (recipient.balance, registry.balance) == (0, DEPOSIT)
    assert receipt.gas_used < 400_000


@pytest.mark.parametrize("manner", [Manner.REVERTS, Manner.BURNS_ALL_GAS, Manner.RETURNS_MUCH])
def test_an_owner_that_does_not_take_its_deposit(registry, mocks, owner, stranger, chain, manner):
    """Else a challenge of a log owned by such a contract could never be answered."""
    keeper = owner.deploy(mocks["Recipient"])
    log = SignedLog(registry, owner, chain, b"", b"\x11" * 32)
    data = registry.openLog.encode_input("contract", address_of(log.key), ZERO, 3600, DEPOSIT)
    keeper.run(registry, data, sender=owner)
    log.id = bytes(registry.logId(keeper, "contract"))
    log.anchor(9)
    c = log.checkpoint(5)
    registry.challenge(c, log.sign(c), sender=stranger, value=DEPOSIT)
    keeper.receiveBy(manner, 0, sender=owner)
    receipt = registry.answer(c, 9, log.root(9), log.consistency(5, 9), sender=stranger)
    assert receipt.events == [
        registry.Answered(log=log.id, digest=log.digest(c), pending=0),
        registry.DepositForfeited(log=log.id, recipient=keeper, deposit=DEPOSIT),
    ]
    assert registry.challengeInfo(log.digest(c)).pending == 0


@pytest.mark.parametrize(("burn", "delivered"), [(25_000, True), (31_000, False)])
def test_thirty_thousand_gas(registry, challenged, recipient, chain, stranger, burn, delivered):
    recipient.receiveBy(Manner.BURNS_SOME, burn, sender=stranger)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(challenged, sender=stranger)
    assert recipient.balance == (DEPOSIT if delivered else 0)


def test_a_caller_cannot_starve_the_recipient(registry, log, challenged, recipient, chain, owner, stranger):
    """Only 63/64 of what is left is passed on: with little enough of it the recipient would fail and its deposit be
    forfeited, by a hostile operator reporting itself. Below the reserve the whole call fails instead."""
    recipient.receiveBy(Manner.BURNS_SOME, 25_000, sender=stranger)
    pass_time(chain, 3 * DAY)
    data = registry.reportUnanswered.encode_input(challenged)
    outcomes = set()
    for amount in range(60_000, 360_000, 6_000):
        snapshot = chain.snapshot()
        receipt = recipient.runWithGas(registry, data, amount, sender=owner, raise_on_revert=False)
        outcomes.add((bool(receipt.failed), recipient.balance, registry.faults(log.id)))
        chain.restore(snapshot)
    assert outcomes == {(True, 0, 0), (False, DEPOSIT, 1)}


def test_too_little_gas(registry, log, challenged, chain, stranger):
    """The reserve is there even for a plain account, and the error says so."""
    pass_time(chain, 3 * DAY)
    errors = set()
    for gas in range(160_000, 300_000, 10_000):
        snapshot = chain.snapshot()
        receipt = registry.reportUnanswered(challenged, sender=stranger, gas=gas, raise_on_revert=False)
        if receipt.failed:
            errors.add(type(receipt.error).__name__)
        chain.restore(snapshot)
    assert "TooLittleGas" in errors


def test_reentrance(registry, log, challenged, recipient, chain, stranger):
    """The challenge is closed before the deposit moves: calling back finds nothing open."""
    log.anchor(10)
    second = log.checkpoint(6)
    registry.challenge(second, log.sign(second), sender=stranger, value=DEPOSIT)
    recipient.callBack(registry, registry.reportUnanswered.encode_input(challenged), sender=stranger)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(challenged, sender=stranger)
    assert not recipient.calledBack()
    assert (recipient.balance, registry.balance) == (DEPOSIT, DEPOSIT)
    assert registry.faults(log.id) == 1


def test_ether_comes_with_challenges_only(registry, owner):
    with ape.reverts():
        owner.transfer(registry, 1)


def test_each_challenge_has_its_own_deposit(registry, log, directory, chain, owner, stranger):
    """Whatever happens to one, the others' deposits are there."""
    log.anchor(9)
    checkpoints = [log.checkpoint(size) for size in (2, 3, 4, 5)]
    for c in checkpoints:
        registry.challenge(c, log.sign(c), sender=stranger, value=DEPOSIT)
    assert registry.balance == 4 * DEPOSIT
    registry.answer(checkpoints[0], 9, log.root(9), log.consistency(2, 9), sender=owner)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(checkpoints[1], sender=owner)
    registry.answer(checkpoints[2], 9, log.root(9), log.consistency(4, 9), sender=owner)
    registry.reportUnanswered(checkpoints[3], sender=owner)
    assert registry.balance == 0
    with refuses(registry, "NotChallenged"):
        registry.reportUnanswered(checkpoints[3], sender=owner)
