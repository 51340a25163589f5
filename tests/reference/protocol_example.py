"""The worked example of docs/protocol.md: `python -m tests.reference.protocol_example` prints its section.

Fixed keys, salts and clock; every value is computed here, none is pasted. A test compares the document
with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from service.core import checkpoint, disclosure, eip712, entry, merkle, state_proof
from service.core.hexs import to_hex

OPENER_KEY = hashlib.sha256(b"tallystick example: opener").digest()
CHECKPOINT_KEY = hashlib.sha256(b"tallystick example: checkpoint key").digest()
ED25519_SEED = hashlib.sha256(b"tallystick example: ed25519 seed").digest()
ORIGIN = "example.com/logs/kaka"
CHAIN_ID = 31337
REGISTRY = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
RECEIVED = ("2026-11-22T04:00:01.250Z", "2026-11-22T04:03:00.500Z")
SIGNED_AT = 1795320180
ANCHOR_BY = SIGNED_AT + 3600


def _salt(number: int) -> str:
    return disclosure.new_salt(hashlib.sha256(b"tallystick example: salt %d" % number).digest()[:16])


def _decoy(number: int) -> str:
    return disclosure.encode_base64url(hashlib.sha256(b"tallystick example: decoy %d" % number).digest())


def _block(title: str, *lines: str) -> Iterator[str]:
    yield f"**{title}**"
    yield ""
    yield "```text"
    yield from lines
    yield "```"
    yield ""


def _statement(
    number: int, event: str, kind: str, occurred: str, claims: dict[str, object]
) -> tuple[list[str], bytes]:
    disclosures = [
        disclosure.make(_salt(10 * number + place), name, value)
        for place, (name, value) in enumerate(sorted(claims.items()))
    ]
    digests = [*map(disclosure.digest, disclosures), _decoy(number)]
    return disclosures, entry.build_statement(ORIGIN, event, "t-1", kind, occurred, digests)


def example() -> str:
    """The section, Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    quote_claims: dict[str, object] = {
        "items": [{"brand": "京东E卡", "face": 50000, "kind": "code", "line": "1", "net": 46000}],
        "offer": {"currency": "CNY", "net": 46000},
        "terms": {"valid_until": "2026-11-22T05:00:00.000Z"},
    }
    shown, quote = _statement(1, "q-1", "quote", "2026-11-22T04:00:00.000Z", quote_claims)
    quote_digest = entry.statement_digest(quote)
    acceptance_claims: dict[str, object] = {
        "amount": 46000,
        "currency": "CNY",
        "quote": {"digest": to_hex(quote_digest), "event": "q-1"},
    }
    _, acceptance = _statement(2, "a-1", "acceptance", "2026-11-22T04:03:00.000Z", acceptance_claims)
    first = entry.build_entry(quote, 0, None, RECEIVED[0], ())
    leaf = merkle.leaf_hash(first)
    second = entry.build_entry(acceptance, 1, leaf, RECEIVED[1], ())
    sibling = merkle.leaf_hash(second)
    root = merkle.node_hash(leaf, sibling)
    yield from _block(
        "The quote's disclosures: JSON, disclosure, digest",
        *[
            line
            for each in shown
            for line in (
                json.dumps(disclosure.parse(each).value, ensure_ascii=False, separators=(",", ":")),
                each,
                disclosure.digest(each),
                "",
            )
        ][:-1],
    )
    yield from _block("Its decoy", _decoy(1))
    yield from _block("Its statement, and the statement digest", quote.decode(), to_hex(quote_digest))
    yield from _block("Its entry, and the leaf", first.decode(), to_hex(leaf))
    yield from _block("The acceptance's entry, and its leaf", second.decode(), to_hex(sibling))
    yield from _block("Root at size 2; inclusion proof of index 0", to_hex(root), f"[{to_hex(sibling)}]")
    yield from _checkpoint(root)
    yield from _slot(root)


def _checkpoint(root: bytes) -> Iterator[str]:
    opener = eip712.address_of(OPENER_KEY)
    log_id = eip712.log_id(opener, ORIGIN)
    identity = checkpoint.LogIdentity(ORIGIN, log_id, CHAIN_ID, REGISTRY)
    signer = checkpoint.CheckpointSigner(identity, ED25519_SEED, CHECKPOINT_KEY)
    note = signer.sign(2, root, SIGNED_AT, ANCHOR_BY)
    signed = checkpoint.parse_signed(note)
    yield from _block("Opener, origin, log id", opener, ORIGIN, to_hex(log_id))
    yield from _block(
        f"Domain separator (chain id {CHAIN_ID}, registry {REGISTRY})", to_hex(identity.domain())
    )
    yield from _block(
        "Keys: Ed25519 verifier key, checkpoint address, key id of its line",
        signer.vkey,
        signer.address,
        signer.key_id.hex(),
    )
    yield from _block(
        f"EIP-712 digest of the checkpoint (signedAt {SIGNED_AT}, anchorBy {ANCHOR_BY}, via zero)",
        to_hex(signed.digest(identity)),
    )
    yield from _block("The signed note", note.rstrip("\n"))


def _slot(root: bytes) -> Iterator[str]:
    log_id = eip712.log_id(eip712.address_of(OPENER_KEY), ORIGIN)
    slot = state_proof.AnchorSlot(
        timestamp=SIGNED_AT + 5, block_number=7, prev_size=0, prev_timestamp=0, prev_signed_at=0
    )
    yield from _block(
        "The registry's slot for (2, root), and its value: the first anchor, block 7, five seconds later",
        to_hex(state_proof.anchor_slot(log_id, 2, root)),
        f"0x{state_proof.pack_anchor(slot):064x}",
    )


if __name__ == "__main__":
    print(example(), end="")
