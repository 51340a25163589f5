"""Challenges: a signed checkpoint must be shown to be a prefix of the anchored tree, or the log is convicted of silence."""

from __future__ import annotations

import pytest

from tests.contracts.signed_log import (
    DAY,
    DEPOSIT,
    SECOND_KEY,
    ZERO,
    SignedLog,
    address_of,
    answer,
    at_time,
    challenge,
    pass_time,
    refuses,
)

UNANSWERED = 5
PREFIX = 1


@pytest.fixture
def fork(log):
    """The log with other leaves from index 4 on."""
    log.grow(12)
    return log.forked(4, 12)


def test_challenge_and_answer(registry, log, owner, stranger):
    log.anchor(9)
    c = log.checkpoint(5)
    digest = log.digest(c)
    receipt = challenge(log, c, stranger)
    assert receipt.events == [
        registry.Challenged(log=log.id, digest=digest, challenger=stranger, pending=PREFIX)
    ]
    state = registry.challengeInfo(digest)
    assert (state.challenger, state.challengedAt, state.pending) == (stranger, receipt.timestamp, PREFIX)
    assert (state.settled, state.key) == (0, log.address)
    assert registry.balance == DEPOSIT
    before = owner.balance
    receipt = answer(log, c, 9, stranger)
    assert receipt.events == [registry.Answered(log=log.id, digest=digest, pending=0)]
    assert owner.balance == before + DEPOSIT
    assert registry.balance == 0
    with refuses(registry, "NotChallenged", digest=digest):
        answer(log, c, 9, stranger)


@pytest.mark.parametrize("size", [5, 7, 12])
def test_any_anchor_that_covers_answers(registry, log, stranger, size):
    for anchored in (3, 5, 7, 12):
        log.anchor(anchored)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    answer(log, c, size, stranger)


def test_once_a_checkpoint(registry, log, owner, stranger):
    """A griefer pays each time and cannot ask twice; nor can another key's signature of it be used to."""
    log.anchor(9)
    registry.addKey(log.id, address_of(SECOND_KEY), ZERO, sender=owner)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    for signature in (log.sign(c), log.sign(c, SECOND_KEY)):
        with refuses(registry, "AlreadyChallenged", digest=log.digest(c)):
            challenge(log, c, stranger, signature)
    answer(log, c, 9, owner)
    with refuses(registry, "AlreadyChallenged", digest=log.digest(c)):
        challenge(log, c, stranger)
    log.anchor(10)
    with refuses(registry, "AlreadyChallenged", digest=log.digest(c)):
        challenge(log, c, stranger)


def test_only_what_is_covered(registry, log, chain, stranger):
    """Before that the log has no anchored tree to answer from, and no deadline for one."""
    log.anchor(4)
    log.grow(6)
    c = log.checkpoint(5)
    with refuses(registry, "NothingToAnswer", digest=log.digest(c)):
        challenge(log, c, stranger)
    at_time(chain, c.anchorBy + DAY)
    with refuses(registry, "NothingToAnswer", digest=log.digest(c)):
        challenge(log, c, stranger)
    log.anchor(5)
    challenge(log, c, stranger)


@pytest.mark.parametrize("value", [0, DEPOSIT - 1, DEPOSIT + 1])
def test_the_deposit_is_exact(registry, log, stranger, value):
    log.anchor(9)
    with refuses(registry, "WrongDeposit", value=value, deposit=DEPOSIT):
        challenge(log, log.checkpoint(5), stranger, value=value)


def test_no_deposit(registry, owner, stranger, chain):
    log = SignedLog.open(registry, owner, chain, "free", deposit=0)
    log.anchor(9)
    c = log.checkpoint(5)
    with refuses(registry, "WrongDeposit", value=1, deposit=0):
        challenge(log, c, stranger, value=1)
    challenge(log, c, stranger, value=0)
    answer(log, c, 9, owner)


def test_only_what_the_log_signed(registry, log, directory, other_registry, chain, stranger):
    log.anchor(9)
    c = log.checkpoint(5)
    for forged in (
        log.sign(c, SECOND_KEY),
        log.sign(c, registry=other_registry.address.lower()),
        log.sign(c, chain_id=chain.chain_id + 1),
        log.sign(c._replace(log=directory.id)),
    ):
        with refuses(registry, "UnknownKey"):
            challenge(log, c, stranger, forged)


@pytest.mark.parametrize("size", [0, 2**53, 2**64 - 1])
def test_sizes_out_of_range(registry, log, stranger, size):
    log.anchor(9)
    with refuses(registry, "SizeOutOfRange", size=size):
        challenge(log, log.checkpoint(size), stranger)


def test_wrong_answers(registry, log, fork, stranger):
    log.anchor(3)
    log.anchor(9)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    proof = log.consistency(5, 9)
    with refuses(registry, "NotAnchored", log=log.id, size=8):
        registry.answer(c, 8, log.root(8), log.consistency(5, 8), sender=stranger)
    with refuses(registry, "SizesOutOfOrder", oldSize=5, newSize=3):
        registry.answer(c, 3, log.root(3), [], sender=stranger)
    with refuses(registry, "InvalidProofLength", length=len(proof) - 1, expected=len(proof)):
        registry.answer(c, 9, log.root(9), proof[:-1], sender=stranger)
    with refuses(registry, "RootMismatch"):
        registry.answer(c, 9, log.root(9), fork.consistency(5, 9), sender=stranger)
    answer(log, c, 9, stranger)


def test_a_fork_cannot_be_answered(registry, log, fork, chain, owner, stranger):
    """Its holder needs no data: who withheld the tree is convicted by silence."""
    log.anchor(9)
    c = fork.checkpoint(6)
    challenge(log, c, stranger)
    for tree in (log, fork):
        with refuses(registry, "RootMismatch"):
            answer(log, c, 9, owner, tree)
    pass_time(chain, 3 * DAY)
    before = stranger.balance
    receipt = registry.reportUnanswered(c, sender=owner)
    digest = log.digest(c)
    assert receipt.events == [
        registry.FaultReported(log=log.id, kind=UNANSWERED, key=log.address, n=0, digest=digest)
    ]
    assert stranger.balance == before + DEPOSIT
    (fault,) = log.faults()
    assert (fault.kind, fault.signedAt, bytes(fault.digest)) == (UNANSWERED, c.signedAt, digest)


def test_zeros_do_not_answer_for_a_zero_root(registry, log, stranger):
    """A signed root of 0 is no prefix of anything; a proof of zeros must not make it one."""
    log.anchor(9)
    c = log.checkpoint(3, root=ZERO)
    challenge(log, c, stranger)
    with refuses(registry, "RootMismatch", expected=ZERO):
        registry.answer(c, 9, log.root(9), [ZERO, *log.consistency(3, 9)[1:]], sender=stranger)


def test_three_days(registry, log, chain, owner, stranger):
    """Overdue from the third day's last second on; open to answers until somebody reports."""
    log.anchor(9)
    one, two = log.checkpoint(5), log.checkpoint(6)
    answer_by = challenge(log, one, stranger).timestamp + 3 * DAY
    at_time(chain, answer_by - 1)
    with refuses(registry, "AnswerNotOverdue", answerBy=answer_by, timestamp=answer_by - 1):
        registry.reportUnanswered(one, sender=stranger)
    at_time(chain, answer_by)
    registry.reportUnanswered(one, sender=stranger)
    with refuses(registry, "NotChallenged", digest=log.digest(one)):
        answer(log, one, 9, owner)
    with refuses(registry, "NotChallenged", digest=log.digest(one)):
        registry.reportUnanswered(one, sender=stranger)
    challenge(log, two, stranger)
    pass_time(chain, 30 * DAY)
    answer(log, two, 9, owner)
    with refuses(registry, "NotChallenged", digest=log.digest(two)):
        registry.reportUnanswered(two, sender=stranger)
    assert [f.kind for f in log.faults()] == [UNANSWERED]


def test_silence_is_reported_once(registry, log, chain, owner, stranger):
    """Not even sealing, retiring or a longer tree makes the same checkpoint challengeable again."""
    log.anchor(9)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(c, sender=stranger)
    log.anchor(10)
    registry.retireKey(log.id, log.address, sender=owner)
    registry.seal(log.id, ZERO, sender=owner)
    with refuses(registry, "AlreadyChallenged", digest=log.digest(c)):
        challenge(log, c, stranger)
    assert registry.faults(log.id) == 1


def test_nothing_open(registry, log, stranger):
    log.anchor(9)
    c = log.checkpoint(5)
    with refuses(registry, "NotChallenged", digest=log.digest(c)):
        answer(log, c, 9, stranger)
    with refuses(registry, "NotChallenged", digest=log.digest(c)):
        registry.reportUnanswered(c, sender=stranger)


def test_answers_after_seal_and_retirement(registry, log, chain, owner, stranger):
    """Answering takes no key and no new anchor, so an honest log can answer when it is closed."""
    log.anchor(9)
    c = log.checkpoint(5)
    registry.retireKey(log.id, log.address, sender=owner)
    registry.seal(log.id, ZERO, sender=owner)
    challenge(log, c, stranger)
    answer(log, c, 9, owner)
    assert registry.faults(log.id) == 0


def test_challenges_of_a_compromised_key_are_noted(registry, log, fork, chain, owner, stranger):
    """Compromise excuses nothing by itself: it is on the fault, with its time."""
    log.anchor(9)
    c = fork.checkpoint(6)
    challenge(log, c, stranger)
    declared = registry.declareCompromised(log.id, log.address, sender=owner).timestamp
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(c, sender=stranger)
    assert log.faults()[0].compromisedAt == declared


def test_the_deposit_goes_to_the_owner_of_the_day(registry, log, owner, stranger, accounts):
    log.anchor(9)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    registry.transferOwnership(log.id, accounts[3], sender=owner)
    registry.acceptOwnership(log.id, sender=accounts[3])
    before = accounts[3].balance
    answer(log, c, 9, owner)
    assert accounts[3].balance == before + DEPOSIT
