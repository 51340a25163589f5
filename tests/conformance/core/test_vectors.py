"""The project's own vectors, written by the oracles in `tests/reference`, through `service.core`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.core import canonical, checkpoint, eip712, merkle, note, tree
from service.core.errors import CanonicalizationError, FormatError, TallyError, VerificationError
from service.core.hexs import from_hex
from tests.reference import make_vectors
from tests.reference.tiles import MemoryTiles
from tests.reference.vectors_merkle import leaves

FOLDER = Path(__file__).resolve().parents[2] / "vectors"
MERKLE = json.loads((FOLDER / "merkle.json").read_text())
CANONICAL = json.loads((FOLDER / "canonical.json").read_text())
CHECKPOINT = json.loads((FOLDER / "checkpoint.json").read_text())
EIP712 = json.loads((FOLDER / "eip712.json").read_text())


def rows(vectors: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("row", vectors, ids=lambda row: row.get("name", "-"))


@pytest.mark.parametrize("name", make_vectors.SETS)
def test_files_are_what_the_oracles_write(name: str) -> None:
    assert (FOLDER / name).read_text() == make_vectors.render(name)


def test_every_set_has_good_and_bad() -> None:
    for kind in ("inclusion", "consistency"):
        assert {row["valid"] for row in MERKLE[kind]} == {True, False}


@rows(MERKLE["roots"])
def test_roots(row: dict[str, Any]) -> None:
    assert tree.root(MemoryTiles(leaves(row["size"])), row["size"]) == from_hex(row["root"])


@rows(MERKLE["inclusion"])
def test_inclusion(row: dict[str, Any]) -> None:
    proof = [from_hex(node) for node in row["proof"]]
    arguments = (from_hex(row["leaf"]), row["index"], row["size"], proof, from_hex(row["root"]))
    if row["valid"]:
        merkle.verify_inclusion(*arguments)
    else:
        with pytest.raises(VerificationError):
            merkle.verify_inclusion(*arguments)


@rows(MERKLE["consistency"])
def test_consistency(row: dict[str, Any]) -> None:
    proof = [from_hex(node) for node in row["proof"]]
    roots = from_hex(row["old_root"]), from_hex(row["new_root"])
    if row["valid"]:
        merkle.verify_consistency(row["old_size"], row["new_size"], *roots, proof)
    else:
        with pytest.raises(VerificationError):
            merkle.verify_consistency(row["old_size"], row["new_size"], *roots, proof)


@rows(MERKLE["compact_ranges"])
def test_compact_ranges(row: dict[str, Any]) -> None:
    hashes = tree.compact_range(MemoryTiles(leaves(1000)), row["begin"], row["end"])
    assert hashes == [from_hex(node) for node in row["hashes"]]


@rows(CANONICAL["accepted"])
def test_canonical_accepted(row: dict[str, Any]) -> None:
    value = canonical.parse(row["text"].encode())
    assert canonical.canonicalize(value) == row["canonical"].encode()
    assert canonical.parse(row["canonical"].encode()) == value


@rows(CANONICAL["refused"])
def test_canonical_refused(row: dict[str, Any]) -> None:
    with pytest.raises(CanonicalizationError) as refusal:
        canonical.parse(row["text"].encode())
    assert refusal.value.pointer == row["pointer"]


@rows(CANONICAL["refused_bytes"])
def test_canonical_refused_bytes(row: dict[str, Any]) -> None:
    with pytest.raises(CanonicalizationError):
        canonical.parse(from_hex(row["hex"], None))


def identity() -> checkpoint.LogIdentity:
    log = CHECKPOINT["log"]
    return checkpoint.LogIdentity(log["origin"], from_hex(log["id"]), log["chain_id"], log["registry"])


def test_checkpoint_keys() -> None:
    keys = CHECKPOINT["keys"]
    signer = checkpoint.CheckpointSigner(
        identity(), from_hex(keys["ed25519_seed"]), from_hex(keys["evm_key"])
    )
    assert (signer.vkey, signer.address) == (keys["ed25519"], keys["address"])
    assert signer.key_id == from_hex(keys["eip712_key_id"], 4)


@rows(CHECKPOINT["accepted"])
def test_checkpoint_accepted(row: dict[str, Any]) -> None:
    keys = CHECKPOINT["keys"]
    signer = checkpoint.CheckpointSigner(
        identity(), from_hex(keys["ed25519_seed"]), from_hex(keys["evm_key"])
    )
    state = (
        row["size"],
        from_hex(row["root"]),
        int(row["signed_at"]),
        int(row["anchor_by"]),
        from_hex(row["via"]),
    )
    assert signer.sign(*state) == row["note"]
    signed = checkpoint.verify_signed(row["note"], identity(), keys["ed25519"], keys["address"])
    assert (signed.size, signed.root, signed.signed_at, signed.anchor_by, signed.via) == state
    assert signed.digest(identity()) == from_hex(row["digest"])
    assert (
        note.open(row["note"], [note.parse_vkey(keys["ed25519"])]).body == row["note"].split("\n\n")[0] + "\n"
    )


@rows(CHECKPOINT["refused"])
def test_checkpoint_refused(row: dict[str, Any]) -> None:
    keys = CHECKPOINT["keys"]
    with pytest.raises((FormatError, VerificationError)):
        checkpoint.verify_signed(row["note"], identity(), keys["ed25519"], keys["address"])


@rows(EIP712["domains"])
def test_domain_separators(row: dict[str, Any]) -> None:
    assert eip712.domain_separator(row["chain_id"], row["registry"]) == from_hex(row["separator"])


DIGESTS: dict[str, Any] = {
    "Checkpoint": eip712.checkpoint_digest,
    "Statement": eip712.statement_digest,
    "Acceptance": eip712.acceptance_digest,
    "Acknowledgement": eip712.acknowledgement_digest,
    "Endorsement": eip712.endorsement_digest,
    "TradeHead": eip712.trade_head_digest,
}
NUMBERS = {"size", "signedAt", "anchorBy", "amount", "validUntil", "count"}
TEXTS = {"platform", "trade", "currency", "channel", "role"}


@rows(EIP712["digests"])
def test_digests(row: dict[str, Any]) -> None:
    domain = eip712.domain_separator(row["chain_id"], row["registry"])
    members = [
        int(value) if name in NUMBERS else value if name in TEXTS else from_hex(value)
        for name, value in row["message"].items()
    ]
    assert DIGESTS[row["type"]](domain, *members) == from_hex(row["digest"])


@rows(EIP712["signatures"])
def test_signatures(row: dict[str, Any]) -> None:
    key, digest = from_hex(row["private_key"]), from_hex(row["digest"])
    assert eip712.sign(key, digest) == from_hex(row["signature"], 65)
    assert eip712.recover(digest, from_hex(row["signature"], 65)) == row["address"] == eip712.address_of(key)


@rows(EIP712["refused_signatures"])
def test_refused_signatures(row: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        eip712.recover(from_hex(row["digest"]), from_hex(row["signature"], None))


@rows(EIP712["log_ids"])
def test_log_ids(row: dict[str, Any]) -> None:
    assert eip712.log_id(row["opener"], row["origin"]) == from_hex(row["log"])


def test_refused_notes_fail_for_tally_errors_only() -> None:
    for row in CHECKPOINT["refused"]:
        try:
            checkpoint.parse_signed(row["note"])
        except TallyError:
            continue
