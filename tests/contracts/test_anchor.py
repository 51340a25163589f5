"""anchor: what is accepted, what it leaves behind, and one test a guard."""

from __future__ import annotations

import pytest

from service.core import eip712
from tests.contracts.signed_log import (
    FIRST_KEY,
    HOUR,
    SECOND_KEY,
    ZERO,
    Checkpoint,
    SignedLog,
    address_of,
    at_time,
    refuses,
)

ORDER = eip712.SECP256K1_ORDER


def send(log: SignedLog, c: Checkpoint, signature: bytes | None = None, old: int = 0, proof=()):
    """Anchor exactly this, as a stranger."""
    signature = log.sign(c) if signature is None else signature
    return log.registry.anchor(c, signature, old, list(proof), sender=log.owner)


def test_first_anchor(registry, log, chain):
    c = log.anchor(3)
    head = registry.head(log.id)
    assert (head.size, bytes(head.root), head.signedAt, head.anchors) == (3, c.root, c.signedAt, 1)
    assert head.timestamp == chain.blocks.head.timestamp
    assert head.blockNumber == chain.blocks.head.number


def test_anchors_chain_up(registry, log, chain, stranger):
    first = log.anchor(3)
    head = registry.head(log.id)
    second = log.anchor(7, sender=stranger)
    slot = registry.anchoredAt(log.id, 7, second.root)
    assert (slot.timestamp, slot.blockNumber) == (chain.blocks.head.timestamp, chain.blocks.head.number)
    assert (slot.prevSize, slot.prevTimestamp, slot.prevSignedAt) == (3, head.timestamp, first.signedAt)
    assert registry.head(log.id).anchors == 2
    kept = registry.anchoredAt(log.id, 3, first.root)
    assert (kept.timestamp, kept.prevSize, kept.prevTimestamp, kept.prevSignedAt) == (head.timestamp, 0, 0, 0)


def test_what_is_not_anchored_is_zero(registry, log):
    c = log.anchor(3)
    for size, root in ((2, c.root), (3, ZERO), (4, c.root)):
        assert list(registry.anchoredAt(log.id, size, root)) == [0, 0, 0, 0, 0]


def test_event(registry, log, owner):
    log.grow(3)
    c = log.checkpoint(3)
    receipt = registry.anchor(c, log.sign(c), 0, [], sender=owner)
    assert receipt.events == [
        registry.Anchored(log=log.id, size=3, root=c.root, signedAt=c.signedAt, key=log.address)
    ]


def test_head_moved(registry, log):
    """Two workers race: the second one's compare-and-swap fails, whatever its proof."""
    log.anchor(3)
    log.grow(5)
    c = log.checkpoint(5)
    for old in (0, 2, 4, 5):
        with refuses(registry, "HeadMoved", headSize=3, oldSize=old):
            send(log, c, old=old, proof=log.consistency(min(old, 5), 5))


def test_size_must_grow(registry, log, owner):
    log.anchor(3)
    for size in (3, 2):
        c = log.checkpoint(size)
        with refuses(registry, "SizeNotGreater", size=size, headSize=3):
            send(log, c, old=3)


def test_size_has_a_range(registry, log):
    with refuses(registry, "SizeNotGreater", size=0, headSize=0):
        send(log, log.checkpoint(0))
    for size in (2**53, 2**63 + 1, 2**64 - 1):
        with refuses(registry, "SizeOutOfRange", size=size):
            send(log, log.checkpoint(size))
    send(log, log.checkpoint(2**53 - 1, root=b"\x01" * 32))
    assert registry.head(log.id).size == 2**53 - 1
    assert not registry.logInfo(log.id).isSealed


def test_a_fork_is_refused(registry, log):
    log.anchor(5)
    fork = log.forked(4, 9)
    c = fork.checkpoint(9)
    proof = fork.consistency(5, 9)
    with refuses(registry, "RootMismatch", computed=fork.root(5), expected=log.root(5)):
        send(fork, c, old=5, proof=proof)


def test_wrong_new_root(registry, log):
    log.anchor(5)
    log.grow(9)
    c = log.checkpoint(9, root=b"\x01" * 32)
    with refuses(registry, "RootMismatch", computed=log.root(9), expected=b"\x01" * 32):
        send(log, c, old=5, proof=log.consistency(5, 9))


def test_proof_length_comes_from_the_sizes(registry, log):
    log.anchor(5)
    log.grow(9)
    c = log.checkpoint(9)
    proof = log.consistency(5, 9)
    for wrong in (proof[:-1], [*proof, ZERO], []):
        with refuses(registry, "InvalidProofLength", length=len(wrong), expected=len(proof)):
            send(log, c, old=5, proof=wrong)
    send(log, c, old=5, proof=proof)


def test_the_first_anchor_has_no_proof(registry, log):
    log.grow(2)
    with refuses(registry, "InvalidProofLength", length=1, expected=0):
        send(log, log.checkpoint(2), proof=[ZERO])


def test_a_zero_root_does_not_switch_the_check_off(registry, log):
    """With root 0 anchored and zeros as proof, the old root must still come out of hashing."""
    send(log, log.checkpoint(3, root=ZERO))
    c = log.checkpoint(4, root=b"\x01" * 32)
    with refuses(registry, "RootMismatch", expected=ZERO):
        send(log, c, old=3, proof=[ZERO] * 3)


def test_via_is_not_anchored_directly(registry, log, directory):
    log.grow(2)
    with refuses(registry, "AnchoredVia", via=directory.id):
        send(log, log.checkpoint(2, via=directory.id))


def test_signed_at_never_decreases(registry, log, chain):
    log.anchor(2, signedAt=log.now + 30)
    earlier = int(registry.head(log.id).signedAt)
    log.grow(3)
    with refuses(registry, "SignedBeforeHead", signedAt=earlier - 1, headSignedAt=earlier):
        send(log, log.checkpoint(3, signedAt=earlier - 1), old=2, proof=log.consistency(2, 3))
    send(log, log.checkpoint(3, signedAt=earlier), old=2, proof=log.consistency(2, 3))


@pytest.mark.parametrize("ahead", [61, 2**40, 2**64 - 1 - 2 * 10**9 - HOUR])
def test_signed_in_the_future(registry, log, chain, ahead):
    log.grow(2)
    at = log.now + 100
    at_time(chain, at)
    with refuses(registry, "SignedInFuture", signedAt=at + ahead, latest=at + 60):
        send(log, log.checkpoint(2, signedAt=at + ahead))


def test_signed_a_minute_ahead(registry, log, chain):
    log.grow(2)
    at = log.now + 100
    at_time(chain, at)
    send(log, log.checkpoint(2, signedAt=at + 60))


@pytest.mark.parametrize("delay", [-1, HOUR + 1, 2**63])
def test_anchor_by_out_of_range(registry, log, delay):
    log.grow(2)
    signed_at = log.now
    with refuses(
        registry,
        "AnchorByOutOfRange",
        anchorBy=signed_at + delay,
        earliest=signed_at,
        latest=signed_at + HOUR,
    ):
        send(log, log.checkpoint(2, anchorBy=signed_at + delay))


@pytest.mark.parametrize("delay", [0, HOUR])
def test_anchor_by_at_its_bounds(registry, log, delay):
    log.grow(2)
    send(log, log.checkpoint(2, anchorBy=log.now + delay))


def test_late_anchors_are_accepted(registry, log, chain):
    """Late is a fault to report, not a reason to leave the tree unanchored."""
    log.grow(2)
    c = log.checkpoint(2)
    at_time(chain, c.anchorBy + 1000)
    send(log, c)


def test_a_stranger_may_anchor_older_signed_checkpoints(registry, log, stranger):
    """It costs us a new proof, nothing else."""
    log.grow(9)
    old, new = log.signed(4), log.signed(9)
    registry.anchor(*old, 0, [], sender=stranger)
    with refuses(registry, "HeadMoved", headSize=4, oldSize=0):
        registry.anchor(*new, 0, [], sender=log.owner)
    registry.anchor(*new, 4, log.consistency(4, 9), sender=log.owner)


# ---- signatures


def test_unknown_key(registry, log):
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "UnknownKey", log=log.id, key=address_of(SECOND_KEY)):
        send(log, c, log.sign(c, SECOND_KEY))


def test_key_of_another_log(registry, log, owner, chain):
    other = SignedLog.open(registry, owner, chain, "other", key=SECOND_KEY)
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "UnknownKey", log=log.id, key=other.address):
        send(log, c, log.sign(c, SECOND_KEY))


def test_signature_length(registry, log):
    log.grow(2)
    c = log.checkpoint(2)
    signature = log.sign(c)
    for wrong in (b"", signature[:64], signature + b"\x00"):
        with refuses(registry, "InvalidSignatureLength", length=len(wrong)):
            send(log, c, wrong)


def test_high_s_is_refused(registry, log):
    """Every signature has a twin with high s that recovers to the same address."""
    log.grow(2)
    c = log.checkpoint(2)
    signature = log.sign(c)
    s = ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    with refuses(registry, "InvalidSignatureS", s=s.to_bytes(32, "big")):
        send(log, c, twin)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_v(registry, log, v):
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "InvalidSignatureV", v=v):
        send(log, c, log.sign(c)[:64] + bytes([v]))


def test_recovering_nothing(registry, log):
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "InvalidSignature", digest=log.digest(c)):
        send(log, c, bytes(64) + b"\x1b")


def test_every_member_is_signed(registry, log, directory):
    log.grow(3)
    c = log.checkpoint(2)
    signature = log.sign(c)
    changes = [
        {"log": directory.id},
        {"size": 3},
        {"root": log.root(3)},
        {"signedAt": c.signedAt - 1},
        {"anchorBy": c.anchorBy - 1},
        {"via": directory.id},
    ]
    for change in changes:
        with refuses(registry, "UnknownKey"):
            send(log, c._replace(**change), signature)
    send(log, c, signature)


def test_the_digest_is_eip712(log, chain):
    """Against eth-account's generic encoder."""
    from eth_account.messages import encode_typed_data
    from eth_utils import keccak

    c = log.checkpoint(2)
    members = [
        "bytes32 log",
        "uint64 size",
        "bytes32 root",
        "uint64 signedAt",
        "uint64 anchorBy",
        "bytes32 via",
    ]
    message = encode_typed_data(
        domain_data={
            "name": "Tallystick",
            "version": "1",
            "chainId": chain.chain_id,
            "verifyingContract": log.registry.address,
        },
        message_types={"Checkpoint": [dict(zip(("type", "name"), m.split(), strict=True)) for m in members]},
        message_data=c._asdict(),
    )
    assert log.digest(c) == keccak(b"\x19\x01" + message.header + message.body)


# ---- replays


def test_signed_for_another_registry(registry, other_registry, log, owner, chain):
    twin = SignedLog.open(other_registry, owner, chain, "tallystick.test/logs/one")
    assert twin.id == log.id
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "UnknownKey"):
        send(log, c, log.sign(c, registry=other_registry.address.lower()))


def test_signed_for_another_chain(registry, log, chain):
    log.grow(2)
    c = log.checkpoint(2)
    with refuses(registry, "UnknownKey"):
        send(log, c, log.sign(c, chain_id=chain.chain_id + 1))


def test_an_anchor_is_not_repeated(registry, log):
    c = log.anchor(3)
    with refuses(registry, "HeadMoved", headSize=3, oldSize=0):
        send(log, c)
    with refuses(registry, "SizeNotGreater", size=3, headSize=3):
        send(log, c, old=3)


def test_a_clock_that_does_not_fit(registry, log, chain):
    """A chain that counts nanoseconds would be cut off; it is refused instead."""
    log.grow(2)
    assert log.key == FIRST_KEY
    at = 2**40 - 60
    at_time(chain, at)
    c = log.checkpoint(2, signedAt=at)
    with refuses(registry, "ClockOutOfRange", timestamp=at):
        send(log, c)
