"""Genuine bundles of the reference log's trade, packed as the service packs them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from service.core import note, trade_head
from service.core.checkpoint import LogIdentity
from service.core.eip712 import SigningKey
from service.core.evidence import AttachmentNote, Evidence, parse
from service.core.trade_head import TradeHead
from service.disputes.bundle import pack
from service.profiles.giftcard.evidence_findings import encoded_findings
from tests.reference import genuine, vectors_evidence

KEYS = vectors_evidence.LOG.keys
PHOTO = b"\x89PNG photograph of a card"
PRINTED = b"%PDF-1.7 certificate"


class Signer:
    """The reference log's checkpoint keys."""

    def __init__(self) -> None:
        self.plain = note.Ed25519Signer(KEYS.origin, KEYS.ed25519_seed)
        self.evm = SigningKey(KEYS.evm_key)

    def trade_head(
        self, identity: LogIdentity, trade: str, count: int, leaf: bytes, size: int, root: bytes
    ) -> TradeHead:
        return trade_head.sign(self.evm, identity, trade, count, leaf, size, root)

    def manifest(self, identity: LogIdentity, body: str) -> str:
        return note.sign(body, [self.plain])


def with_findings(value: dict[str, Any]) -> Evidence:
    """Evidence from its JSON value, with the findings that follow from it."""
    evidence = parse(genuine.encode(value))
    return replace(evidence, findings=orjson.loads(encoded_findings(evidence)))


def evidence(**changes: Any) -> Evidence:
    """The whole trade with one attachment."""
    found = with_findings(vectors_evidence.evidence(**changes))
    photo = AttachmentNote(sha256(PHOTO).digest(), "image/png", len(PHOTO), "卡面照片", (0,))
    return replace(found, attachments=(photo,))


def bundle(of: Evidence | None = None, certificate: bytes | None = PRINTED) -> bytes:
    """The bundle of this evidence."""
    return pack(of or evidence(), Signer(), lambda _: PHOTO, certificate, genuine.encode(genuine.trust()))


def contents(data: bytes) -> dict[str, bytes]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def repacked(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A bundle of these files, as somebody who unpacked one would pack it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def block_hashes() -> list[str]:
    """`CHAINID:HASH` of all blocks that the trade's state proofs start from."""
    found = []
    for each in vectors_evidence.receipts_of(vectors_evidence.evidence()):
        for chain, hashes in genuine.block_hashes(each).items():
            found += [f"{chain}:{genuine.hexed(block)}" for block in hashes]
    return sorted(set(found))


def as_json(data: bytes) -> Any:
    """The evidence inside a bundle."""
    return json.loads(contents(data)["evidence.json"])
