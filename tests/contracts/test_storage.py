"""The storage that state proofs rely on: slots and packing, read as an outsider would."""

from __future__ import annotations

import json

from eth_utils import keccak

from tests.contracts.signed_log import ZERO, at_time


def word(n: int) -> bytes:
    """A 32-byte big-endian number."""
    return n.to_bytes(32, "big")


def anchor_slot(log: bytes, size: int, root: bytes) -> bytes:
    """Slot of an anchor, from the protocol's text."""
    return keccak(keccak(word(size) + root) + keccak(log + word(0)))


def read(chain, registry, slot: bytes) -> int:
    """The word in a slot, by RPC."""
    return int(
        chain.provider.make_request("eth_getStorageAt", [registry.address, "0x" + slot.hex(), "latest"]), 16
    )


def test_anchor_slot(registry, log, chain):
    first = log.anchor(3)
    one = chain.blocks.head
    at_time(chain, one.timestamp + 77)
    second = log.anchor(7)
    two = chain.blocks.head
    assert read(chain, registry, anchor_slot(log.id, 3, first.root)) == one.timestamp | one.number << 40
    assert read(chain, registry, anchor_slot(log.id, 7, second.root)) == (
        two.timestamp | two.number << 40 | 3 << 88 | one.timestamp << 152 | first.signedAt << 192
    )
    assert read(chain, registry, anchor_slot(log.id, 7, first.root)) == 0


def test_the_core_reads_the_same_slot(registry, log, chain):
    """service.core.state_proof computes and unpacks this slot for receipts."""
    from service.core import state_proof

    log.anchor(3)
    c = log.anchor(7)
    slot = state_proof.anchor_slot(log.id, 7, c.root)
    assert slot == anchor_slot(log.id, 7, c.root)
    value = state_proof.unpack_anchor(read(chain, registry, slot))
    recorded = registry.anchoredAt(log.id, 7, c.root)
    assert [value.timestamp, value.block_number, value.prev_size] == list(recorded)[:3]
    assert [value.prev_timestamp, value.prev_signed_at] == list(recorded)[3:]


def test_head_words(registry, log, chain, owner):
    c = log.anchor(3)
    block = chain.blocks.head
    registry.seal(log.id, ZERO, sender=owner)
    base = int.from_bytes(keccak(log.id + word(1)), "big")
    assert read(chain, registry, word(base)) == (
        3 | 1 << 63 | block.timestamp << 64 | block.number << 104 | c.signedAt << 152 | 3600 << 192 | 1 << 224
    )
    assert word(read(chain, registry, word(base + 1))) == c.root


def test_key_word(registry, log, chain, owner):
    slot = keccak(bytes(12) + bytes.fromhex(log.address[2:]) + keccak(log.id + word(2)))
    added = registry.keyInfo(log.id, log.address).addedAt
    retired = registry.retireKey(log.id, log.address, sender=owner).timestamp
    compromised = registry.declareCompromised(log.id, log.address, sender=owner).timestamp
    assert read(chain, registry, slot) == added | retired << 64 | compromised << 128


def test_fault_words(registry, log, chain, stranger):
    c, signature = log.grow(5).signed(5)
    at_time(chain, c.anchorBy + 1)
    registry.reportMissedAnchor(c, signature, sender=stranger)
    length = keccak(log.id + word(3))
    assert read(chain, registry, length) == 1
    first = int.from_bytes(keccak(length), "big")
    assert read(chain, registry, word(first)) == 1 | int(log.address, 16) << 8 | (c.anchorBy + 1) << 168
    assert read(chain, registry, word(first + 1)) == c.signedAt
    assert word(read(chain, registry, word(first + 2))) == log.digest(c)


def test_layout_in_the_artifact(artifact):
    layout = artifact["storage_layout"]
    slots = {v["label"]: v["slot"] for v in layout["storage"]}
    assert {name: slots[name] for name in ("_anchors", "_heads", "_keys", "_faults")} == {
        "_anchors": 0,
        "_heads": 1,
        "_keys": 2,
        "_faults": 3,
    }
    assert json.dumps(layout) == json.dumps(layout, sort_keys=True)


def test_one_code_for_two_deployers(artifact, registry, registry_container, stranger, chain):
    """The code hash that verifiers pin. Two chain ids: CodeHash.t.sol."""
    other = stranger.deploy(registry_container)
    assert other.address != registry.address
    for address in (registry.address, other.address):
        assert "0x" + keccak(chain.provider.get_code(address)).hex() == artifact["runtime_code_hash"]
