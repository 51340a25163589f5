"""Forks and leaf conflicts: two signed statements about one log that cannot both be true."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from tests.contracts.signed_log import (
    FIRST_KEY,
    SECOND_KEY,
    ZERO,
    Path,
    SignedLog,
    address_of,
    refuses,
)

FORK, LEAF = 3, 4


@pytest.fixture
def fork(log):
    """The log with other leaves from index 4 on; both trees have 12."""
    log.grow(12)
    return log.forked(4, 12)


def pair_digest(*digests: bytes) -> bytes:
    """The digest of a fault with two signatures."""
    return keccak(b"".join(sorted(digests)))


def report(registry, a, b, prefix=ZERO, proof=(), sender=None):
    """Report a fork between two signed checkpoints."""
    return registry.reportFork(*a, *b, prefix, list(proof), sender=sender)


# ---- forks


@pytest.mark.parametrize(("size_a", "size_b"), [(6, 9), (9, 6), (8, 12), (5, 6), (6, 12)])
def test_fork_of_two_sizes(registry, log, fork, stranger, size_a, size_b):
    """The smaller, signed on one tree, is no prefix of the larger, signed on the other."""
    a, b = log.signed(size_a), fork.signed(size_b)
    large = log if size_a > size_b else fork
    small = min(size_a, size_b)
    proof = large.consistency(small, max(size_a, size_b))
    digest = pair_digest(log.digest(a[0]), log.digest(b[0]))
    receipt = report(registry, a, b, large.root(small), proof, stranger)
    assert receipt.events == [
        registry.FaultReported(log=log.id, kind=FORK, key=log.address, n=0, digest=digest)
    ]
    (fault,) = log.faults()
    assert (fault.kind, fault.key, bytes(fault.digest)) == (FORK, log.address, digest)


def test_fork_of_one_size(registry, log, fork, stranger):
    a, b = log.signed(6), fork.signed(6)
    with refuses(registry, "InvalidProofLength", length=1, expected=0):
        report(registry, a, b, ZERO, [ZERO], stranger)
    report(registry, a, b, sender=stranger)


def test_fork_against_the_anchored_tree(registry, log, fork, stranger):
    """One signature is enough when the other tree is anchored; the fault is then of that one checkpoint."""
    log.anchor(12)
    c, signature = fork.signed(6)
    anchored = log.checkpoint(12, signedAt=0, anchorBy=0)
    proof = log.consistency(6, 12)
    receipt = registry.reportFork(c, signature, anchored, b"", log.root(6), proof, sender=stranger)
    digest = log.digest(c)
    assert receipt.events == [
        registry.FaultReported(log=log.id, kind=FORK, key=log.address, n=0, digest=digest)
    ]
    assert (log.faults()[0].signedAt, bytes(log.faults()[0].digest)) == (c.signedAt, digest)
    # any other anchor proves the same fault, not a second one
    log.anchor(13)
    anchored = log.checkpoint(13, signedAt=0, anchorBy=0)
    with refuses(registry, "FaultAlreadyReported", digest=digest, kind=FORK):
        registry.reportFork(c, signature, anchored, b"", log.root(6), log.consistency(6, 13), sender=stranger)


def test_fork_larger_than_the_anchored_tree(registry, log, fork, stranger):
    log.anchor(6)
    c, signature = fork.signed(12)
    anchored = log.checkpoint(6, signedAt=0, anchorBy=0)
    registry.reportFork(c, signature, anchored, b"", fork.root(6), fork.consistency(6, 12), sender=stranger)


def test_fork_of_the_same_size_as_anchored(registry, log, fork, stranger):
    log.anchor(6)
    anchored = log.checkpoint(6, signedAt=0, anchorBy=0)
    registry.reportFork(*fork.signed(6), anchored, b"", ZERO, [], sender=stranger)


@pytest.mark.parametrize("member", ["signedAt", "anchorBy", "via"])
def test_unsigned_members_are_zero(registry, log, fork, stranger, member):
    """Or one anchored tree would have many names."""
    log.anchor(6)
    anchored = log.checkpoint(6, signedAt=0, anchorBy=0)
    filled = anchored._replace(**{member: b"\x01" * 32 if member == "via" else 1})
    with refuses(registry, "UnsignedMembersNotZero"):
        registry.reportFork(*fork.signed(6), filled, b"", ZERO, [], sender=stranger)


def test_unsigned_must_be_anchored(registry, log, fork, stranger):
    """Else a stranger would bring the other tree itself."""
    log.anchor(12)
    forged = fork.checkpoint(6, signedAt=0, anchorBy=0)
    with refuses(registry, "NotAnchored", log=log.id, size=6, root=forged.root):
        registry.reportFork(*log.signed(6), forged, b"", ZERO, [], sender=stranger)


def test_unsigned_must_be_of_the_same_log(registry, log, fork, directory, stranger):
    directory.anchor(6)
    other = directory.checkpoint(6, signedAt=0, anchorBy=0)
    with refuses(registry, "DifferentLogs", logA=log.id, logB=directory.id):
        registry.reportFork(*log.signed(6), other, b"", ZERO, [], sender=stranger)
    with refuses(registry, "NotAnchored", log=log.id):
        registry.reportFork(*log.signed(6), other._replace(log=log.id), b"", ZERO, [], sender=stranger)


def test_the_first_signature_is_always_needed(registry, log, fork, stranger):
    log.anchor(6)
    anchored = log.checkpoint(6, signedAt=0, anchorBy=0)
    with refuses(registry, "InvalidSignatureLength", length=0):
        registry.reportFork(anchored, b"", *fork.signed(6), ZERO, [], sender=stranger)


def test_honest_trees_do_not_fork(registry, log, stranger):
    log.grow(12)
    a, b = log.signed(6), log.signed(12)
    with refuses(registry, "RootsAgree", root=log.root(6)):
        report(registry, a, b, log.root(6), log.consistency(6, 12), stranger)
    with refuses(registry, "RootsAgree", root=a[0].root):
        report(registry, a, a, sender=stranger)
    # another prefix root needs another proof, which only another tree has
    with refuses(registry, "RootMismatch", computed=log.root(6), expected=ZERO):
        report(registry, a, b, ZERO, log.consistency(6, 12), stranger)
    with refuses(registry, "RootMismatch"):
        proof = log.forked(4, 12).consistency(6, 12)
        report(registry, a, b, log.forked(4, 12).root(6), proof, stranger)


def test_a_power_of_two_takes_its_root_as_seed(registry, log, fork, stranger):
    """There the proof does not contain the prefix root, and a wrong one must still miss the larger root."""
    a, b = log.signed(8), log.signed(12)
    with refuses(registry, "RootMismatch", expected=log.root(12)):
        report(registry, a, b, b"\x01" * 32, log.consistency(8, 12), stranger)


def test_same_tree_signed_twice_is_no_fork(registry, log, directory, stranger):
    """Other times, another key, another way to anchor: all may be said of one tree."""
    log.grow(6)
    a = log.signed(6)
    for b in (log.signed(6, anchorBy=0), log.signed(6, via=directory.id)):
        with refuses(registry, "RootsAgree"):
            report(registry, a, b, sender=stranger)


def test_forks_through_directories_count(registry, log, fork, directory, stranger):
    """`via` says how a tree is anchored, not which tree it is."""
    report(registry, log.signed(6, via=directory.id), fork.signed(6), sender=stranger)


def test_a_pair_is_one_fault_either_way_round(registry, log, fork, stranger):
    a, b = log.signed(6), fork.signed(6)
    digest = pair_digest(log.digest(a[0]), log.digest(b[0]))
    report(registry, b, a, sender=stranger)
    for first, second in ((a, b), (b, a)):
        with refuses(registry, "FaultAlreadyReported", digest=digest, kind=FORK):
            report(registry, first, second, sender=stranger)


def test_the_pair_names_the_lower_digest(registry, log, fork, chain, owner, stranger):
    """Whoever reports, and in which order, the same key and time are noted."""
    registry.addKey(log.id, address_of(SECOND_KEY), ZERO, sender=owner)
    a, c = log.signed(6), fork.checkpoint(6, signedAt=log.now + 50)
    b = c, fork.sign(c, SECOND_KEY)
    ascending = log.digest(a[0]) < log.digest(c)
    report(registry, a, b, sender=stranger)
    (fault,) = log.faults()
    expected = (address_of(FIRST_KEY), a[0].signedAt) if ascending else (address_of(SECOND_KEY), c.signedAt)
    assert (fault.key, fault.signedAt) == expected


@pytest.mark.parametrize("compromised", [FIRST_KEY, SECOND_KEY])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_pair_names_the_compromised_key(registry, log, fork, owner, stranger, compromised, swapped):
    """Else who reports first would choose whether the compromise is noted."""
    registry.addKey(log.id, address_of(SECOND_KEY), ZERO, sender=owner)
    a, c = log.signed(6), fork.checkpoint(6)
    b = c, fork.sign(c, SECOND_KEY)
    declared = registry.declareCompromised(log.id, address_of(compromised), sender=owner).timestamp
    report(registry, *((b, a) if swapped else (a, b)), sender=stranger)
    (fault,) = log.faults()
    assert (fault.key, fault.compromisedAt) == (address_of(compromised), declared)


def test_forks_of_other_logs_registries_and_chains(
    registry, other_registry, log, fork, directory, chain, owner, stranger
):
    """One key may serve several logs: their trees differ, and that is no fork."""
    a = log.signed(6)
    elsewhere = directory.grow(12).signed(6)
    with refuses(registry, "DifferentLogs", logA=log.id, logB=directory.id):
        report(registry, a, elsewhere, sender=stranger)
    c = fork.checkpoint(6)
    SignedLog.open(other_registry, owner, chain, "tallystick.test/logs/one")
    for forged in (
        elsewhere[1],
        log.sign(c, registry=other_registry.address.lower()),
        log.sign(c, chain_id=chain.chain_id + 1),
        log.sign(c, SECOND_KEY),
    ):
        with refuses(registry, "UnknownKey"):
            report(registry, a, (c, forged), sender=stranger)
        with refuses(registry, "UnknownKey"):
            report(registry, (c, forged), a, sender=stranger)


@pytest.mark.parametrize("size", [0, 2**53])
def test_fork_sizes_out_of_range(registry, log, fork, stranger, size):
    """An empty tree is a prefix of every tree, and beyond 2^53 - 1 nothing can be written in JSON."""
    bad, good = log.signed(size), fork.signed(6)
    for a, b in ((bad, good), (good, bad)):
        with refuses(registry, "SizeOutOfRange", size=size):
            report(registry, a, b, sender=stranger)


def test_retired_keys_answer_for_forks(registry, log, fork, owner, stranger):
    a, b = log.signed(6), fork.signed(6)
    registry.retireKey(log.id, log.address, sender=owner)
    registry.seal(log.id, ZERO, sender=owner)
    report(registry, a, b, sender=stranger)


# ---- leaf conflicts


def conflict(registry, a, in_a, b, in_b, sender):
    """Report two leaves at one index."""
    return registry.reportLeafConflict(*a, in_a, *b, in_b, sender=sender)


@pytest.mark.parametrize(
    ("size_a", "size_b", "index"), [(6, 9, 4), (9, 6, 5), (6, 6, 4), (5, 12, 4), (12, 11, 10)]
)
def test_leaf_conflict(registry, log, fork, stranger, size_a, size_b, index):
    a, b = log.signed(size_a), fork.signed(size_b)
    conflict(registry, a, log.path(index, size_a), b, fork.path(index, size_b), stranger)
    (fault,) = log.faults()
    digest = pair_digest(log.digest(a[0]), log.digest(b[0]))
    assert (fault.kind, bytes(fault.digest)) == (LEAF, digest)
    with refuses(registry, "FaultAlreadyReported", digest=digest, kind=LEAF):
        conflict(registry, b, fork.path(index, size_b), a, log.path(index, size_a), stranger)


def test_leaf_conflict_and_fork_are_two(registry, log, fork, stranger):
    a, b = log.signed(6), fork.signed(6)
    conflict(registry, a, log.path(4, 6), b, fork.path(4, 6), stranger)
    report(registry, a, b, sender=stranger)
    assert [f.kind for f in log.faults()] == [LEAF, FORK]


def test_honest_leaves_do_not_conflict(registry, log, stranger):
    log.grow(12)
    a, b = log.signed(6), log.signed(12)
    with refuses(registry, "LeavesAgree", leaf=log.leaves[2]):
        conflict(registry, a, log.path(2, 6), b, log.path(2, 12), stranger)
    with refuses(registry, "DifferentIndexes", indexA=2, indexB=3):
        conflict(registry, a, log.path(2, 6), b, log.path(3, 12), stranger)
    forged = log.path(2, 12)._replace(leaf=b"\x01" * 32)
    for first, second in ((a, b), (b, a)):
        paths = (log.path(2, 6), forged) if first is a else (forged, log.path(2, 6))
        with refuses(registry, "RootMismatch"):
            conflict(registry, first, paths[0], second, paths[1], stranger)


def test_an_index_beyond_one_tree_is_no_conflict(registry, log, stranger):
    log.grow(12)
    with refuses(registry, "IndexOutOfRange", index=7, size=6):
        forged = Path(7, b"\x01" * 32, [])
        conflict(registry, log.signed(6), forged, log.signed(12), log.path(7, 12), stranger)


def test_an_inner_node_is_no_leaf(registry, log, stranger):
    """A shorter path to the node above a leaf has the wrong length for the size."""
    log.grow(12)
    path = log.path(0, 12)
    from tests.reference.rfc9162 import node_hash

    inner = Path(0, node_hash(log.leaves[0], log.leaves[1]), path.proof[1:])
    with refuses(registry, "InvalidProofLength", length=3, expected=4):
        conflict(registry, log.signed(12), path, log.signed(12, anchorBy=0), inner, stranger)


def test_leaf_conflicts_of_other_logs(registry, log, directory, stranger):
    log.grow(6)
    directory.grow(6, "other")
    with refuses(registry, "DifferentLogs", logA=log.id, logB=directory.id):
        conflict(registry, log.signed(6), log.path(1, 6), directory.signed(6), directory.path(1, 6), stranger)
    c = log.checkpoint(6, root=directory.root(6))
    with refuses(registry, "UnknownKey"):
        forged = c, directory.signed(6)[1]
        conflict(registry, log.signed(6), log.path(1, 6), forged, directory.path(1, 6), stranger)
    with refuses(registry, "UnknownKey"):
        conflict(registry, forged, directory.path(1, 6), log.signed(6), log.path(1, 6), stranger)


@pytest.mark.parametrize("size", [0, 2**53])
def test_leaf_conflict_sizes_out_of_range(registry, log, stranger, size):
    log.grow(6)
    forged = Path(1, b"\x01" * 32, [])
    bad, good = log.signed(size), log.signed(6)
    for a, b, in_a, in_b in ((bad, good, forged, log.path(1, 6)), (good, bad, log.path(1, 6), forged)):
        with refuses(registry, "SizeOutOfRange", size=size):
            conflict(registry, a, in_a, b, in_b, stranger)
