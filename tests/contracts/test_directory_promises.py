"""Promises to anchor through a directory: enforced by challenge, since the registry does not see them kept."""

from __future__ import annotations

import pytest
from eth_abi import encode

from tests.contracts.signed_log import (
    DAY,
    DEPOSIT,
    ZERO,
    Path,
    SignedLog,
    answer,
    at_time,
    challenge,
    pass_time,
    refuses,
)
from tests.reference.rfc9162 import leaf_hash

UNANSWERED = 5
PREFIX, PROMISE = 1, 2


def entry_of(log: SignedLog, size: int) -> bytes:
    """The directory's entry for the log's tree at a size."""
    return encode(["bytes32", "uint64", "bytes32"], [log.id, size, log.root(size)])


def list_in(directory: SignedLog, log: SignedLog, size: int) -> int:
    """Append the log's tree at a size to the directory and anchor that; return the index."""
    directory.grow(len(directory.leaves) + 2, f"platform-{len(directory.leaves)}")
    directory.leaves.append(leaf_hash(entry_of(log, size)))
    directory.grow(len(directory.leaves) + 1, f"after-{len(directory.leaves)}")
    directory.anchor(len(directory.leaves))
    return len(directory.leaves) - 2


def answer_via(log, c, directory, index, listed, sender, *, tree=None, **changes):
    """Answer by the directory's newest anchor and the tree listed in it at this index; or with `changes` to that."""
    tree = tree or log
    via_size = len(directory.leaves)
    arguments = {
        "root": tree.root(listed),
        "size": listed,
        "proof": tree.consistency(c.size, listed) if listed >= c.size else [],
        "via_size": via_size,
        "via_root": directory.root(via_size),
        "path": directory.path(index, via_size),
        **changes,
    }
    return log.registry.answerVia(c, *arguments.values(), sender=sender)


@pytest.fixture
def fork(log):
    """The log with other leaves from index 4 on."""
    log.grow(12)
    return log.forked(4, 12)


@pytest.fixture
def promised_via(log, directory, chain):
    """A checkpoint of 5 entries, promised through the directory."""
    return log.grow(12).checkpoint(5, via=directory.id)


def test_directory_promise_is_answered(registry, log, directory, promised_via, chain, owner, stranger):
    c = promised_via
    index = list_in(directory, log, 7)
    list_in(directory, log, 9)
    pass_time(chain, c.anchorBy + 1 - log.now)
    receipt = challenge(log, c, stranger)
    assert receipt.events[0].pending == PROMISE
    before = owner.balance
    answer_via(log, c, directory, index, 7, stranger)
    assert owner.balance == before + DEPOSIT
    assert registry.challengeInfo(log.digest(c)).pending == 0
    with refuses(registry, "AlreadyChallenged", digest=log.digest(c)):
        challenge(log, c, stranger)


def test_directory_promise_of_the_same_size(registry, log, directory, promised_via, chain, stranger):
    index = list_in(directory, log, 5)
    pass_time(chain, 3700)
    challenge(log, promised_via, stranger)
    answer_via(log, promised_via, directory, index, 5, stranger)


def test_directory_promise_not_due(registry, log, directory, promised_via, chain, stranger):
    """Else an honest log could be asked before its directory is anchored, and not know when it will be."""
    c = promised_via
    for timestamp in (c.signedAt + 5, c.anchorBy):
        at_time(chain, timestamp)
        with refuses(registry, "NothingToAnswer", digest=log.digest(c)):
            challenge(log, c, stranger)
    at_time(chain, c.anchorBy + 1)
    challenge(log, c, stranger)


def test_directory_without_a_promise(registry, log, directory, chain, stranger):
    c = log.grow(5).checkpoint(5, via=directory.id, anchorBy=0)
    pass_time(chain, 30 * DAY)
    with refuses(registry, "NothingToAnswer", digest=log.digest(c)):
        challenge(log, c, stranger)


def test_directory_promise_kept_too_late(registry, log, directory, promised_via, chain, owner, stranger):
    """An anchor after anchorBy, of the directory or of the log itself, does not mend the promise."""
    c = promised_via
    at_time(chain, c.anchorBy + 1)
    challenge(log, c, stranger)
    index = list_in(directory, log, 7)
    late = chain.blocks.head.timestamp
    with refuses(registry, "AnchoredTooLate", timestamp=late, anchorBy=c.anchorBy):
        answer_via(log, c, directory, index, 7, owner)
    log.anchor(9)
    with refuses(registry, "AnswersNothing", digest=log.digest(c), pending=PROMISE):
        answer(log, c, 9, owner)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(c, sender=stranger)
    assert [f.kind for f in log.faults()] == [UNANSWERED]


def test_directory_promise_kept_at_the_last_second(
    registry, log, directory, promised_via, chain, owner, stranger
):
    c = promised_via
    directory.leaves = directory.grow(3).leaves[:3]
    directory.leaves.append(leaf_hash(entry_of(log, 5)))
    at_time(chain, c.anchorBy)
    directory.anchor(4)
    at_time(chain, c.anchorBy + 1)
    challenge(log, c, stranger)
    answer_via(log, c, directory, 3, 5, owner)


def test_directory_promise_kept_directly(registry, log, promised_via, chain, owner, stranger):
    """An anchor of the log itself that covers it in time is as good; one answer meets both obligations."""
    c = promised_via
    at_time(chain, c.anchorBy)
    log.anchor(9)
    at_time(chain, c.anchorBy + 1)
    assert challenge(log, c, stranger).events[0].pending == PREFIX | PROMISE
    answer(log, c, 9, owner)
    assert registry.challengeInfo(log.digest(c)).pending == 0


def test_two_obligations_need_two_answers(registry, log, directory, promised_via, chain, owner, stranger):
    """In the directory in time, anchored directly later: each is shown by its own proof, the deposit moves at the end."""
    c = promised_via
    index = list_in(directory, log, 7)
    at_time(chain, c.anchorBy + 10)
    log.anchor(9)
    challenge(log, c, stranger)
    digest = log.digest(c)
    before = stranger.balance
    receipt = answer_via(log, c, directory, index, 7, owner)
    assert receipt.events == [registry.Answered(log=log.id, digest=digest, pending=PREFIX)]
    assert registry.balance == DEPOSIT
    with refuses(registry, "AnswersNothing", digest=digest, pending=PREFIX):
        answer_via(log, c, directory, index, 7, owner)
    receipt = answer(log, c, 9, owner)
    assert receipt.events == [registry.Answered(log=log.id, digest=digest, pending=0)]
    assert (registry.balance, stranger.balance) == (0, before)


def test_half_an_answer_is_none(registry, log, directory, promised_via, chain, owner, stranger):
    c = promised_via
    at_time(chain, c.anchorBy + 10)
    log.anchor(9)
    challenge(log, c, stranger)
    answer(log, c, 9, owner)
    pass_time(chain, 3 * DAY)
    before = stranger.balance
    registry.reportUnanswered(c, sender=owner)
    assert stranger.balance == before + DEPOSIT


def test_a_fork_hidden_in_the_directory(registry, log, fork, directory, chain, owner, stranger):
    """An accomplice's directory lists the forked tree, and a confederate spends the first challenge on that. Once the log's
    own head covers the checkpoint, it must still be a prefix of the anchored tree."""
    c = fork.checkpoint(6, via=directory.id)
    index = list_in(directory, fork, 6)
    at_time(chain, c.anchorBy + 1)
    challenge(log, c, owner)
    answer_via(log, c, directory, index, 6, owner, tree=fork)
    log.anchor(9)
    assert challenge(log, c, stranger).events[0].pending == PREFIX
    with refuses(registry, "AnswersNothing", digest=log.digest(c), pending=PREFIX):
        answer_via(log, c, directory, index, 6, owner, tree=fork)
    for tree in (log, fork):
        with refuses(registry, "RootMismatch"):
            answer(log, c, 9, owner, tree)
    pass_time(chain, 3 * DAY)
    registry.reportUnanswered(c, sender=stranger)


def test_an_early_answer_in_time_settles_both(registry, log, promised_via, chain, owner, stranger):
    """Who asks for the prefix before the promise is past gets an anchor that came in time: nothing is left to ask."""
    c = promised_via
    log.anchor(9)
    challenge(log, c, owner)
    answer(log, c, 9, owner)
    at_time(chain, c.anchorBy + 1)
    with refuses(registry, "AlreadyChallenged"):
        challenge(log, c, stranger)


def test_a_late_anchor_does_not_settle_the_promise(registry, log, promised_via, chain, owner, stranger):
    """A confederate challenges and answers by a second anchor, that came late; the promise stays to be asked for, and the
    first anchor, that came in time, still answers it."""
    c = promised_via
    log.anchor(8)
    challenge(log, c, owner)
    at_time(chain, c.anchorBy + 1)
    log.anchor(9)
    answer(log, c, 9, owner)
    assert registry.challengeInfo(log.digest(c)).settled == PREFIX
    assert challenge(log, c, stranger).events[0].pending == PROMISE
    answer(log, c, 8, owner)
    assert registry.challengeInfo(log.digest(c)).settled == PREFIX | PROMISE


def test_wrong_directory_answers(registry, log, fork, directory, promised_via, chain, owner, stranger):
    c = promised_via
    index = list_in(directory, log, 7)
    size = len(directory.leaves)
    pass_time(chain, c.anchorBy + 1 - log.now)
    challenge(log, c, stranger)

    def refused(error, **changes):
        with refuses(registry, error):
            answer_via(log, c, directory, index, 7, owner, **changes)

    path = directory.path(index, size)
    refused("NotAnchored", via_size=size - 1)
    refused("NotAnchored", via_root=ZERO)
    refused("RootMismatch", size=8)
    refused("RootMismatch", root=log.root(8))
    refused("RootMismatch", path=path._replace(leaf=directory.leaves[0]))
    refused("RootMismatch", path=path._replace(index=index - 1))
    refused("InvalidProofLength", path=path._replace(proof=path.proof[:-1]))
    refused("InvalidProofLength", proof=[])
    refused("RootMismatch", proof=fork.consistency(5, 7))
    answer_via(log, c, directory, index, 7, owner)


def test_a_smaller_tree_in_the_directory_does_not_answer(
    registry, log, directory, promised_via, chain, owner
):
    c = promised_via
    index = list_in(directory, log, 4)
    pass_time(chain, 3700)
    challenge(log, c, owner)
    with refuses(registry, "SizesOutOfOrder", oldSize=5, newSize=4):
        answer_via(log, c, directory, index, 4, owner)


def test_another_logs_entry_does_not_answer(registry, log, directory, promised_via, chain, owner):
    other = SignedLog.open(registry, owner, chain, "other")
    other.leaves = log.leaves
    index = list_in(directory, other, 7)
    c = promised_via
    pass_time(chain, 3700)
    challenge(log, c, owner)
    with refuses(registry, "RootMismatch"):
        answer_via(log, c, directory, index, 7, owner)


def test_an_unknown_directory_cannot_answer(registry, log, chain, owner, stranger):
    """A log that names a directory that is not here has promised what it cannot show."""
    c = log.grow(5).checkpoint(5, via=b"\x01" * 32)
    pass_time(chain, 3700)
    challenge(log, c, stranger)
    with refuses(registry, "NotAnchored", log=b"\x01" * 32):
        registry.answerVia(c, c.root, 5, [], 1, ZERO, Path(0, ZERO, []), sender=owner)


def test_via_is_for_directory_promises_only(registry, log, directory, owner, stranger):
    """A checkpoint promised directly has no directory to be answered from."""
    index = list_in(directory, log.grow(9), 7)
    log.anchor(9)
    c = log.checkpoint(5)
    challenge(log, c, stranger)
    with refuses(registry, "NotAnchored", log=ZERO):
        answer_via(log, c, directory, index, 7, owner)
