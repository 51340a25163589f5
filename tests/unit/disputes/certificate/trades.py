"""Certificates to look at."""

from __future__ import annotations

from typing import Any

from service.core import receipt, trade_head
from service.core.checkpoint import LogIdentity
from service.core.eip712 import SigningKey
from service.core.evidence import AttachmentNote, Element, Evidence, FinalBlock, SealedEntry
from service.core.receipt import Receipt
from service.disputes.certificate import About, Certificate, LogKey, certificate_of
from tests.reference import card_trade, rfc9162
from tests.reference import genuine as g
from tests.reference.eip712 import keccak


def trade(anchored: bool = True, **more: Any) -> tuple[g.Log, list[Receipt]]:
    """A log with the trade, and the receipts of its entries."""
    log = card_trade.make_log(**more)
    return log, [receipt.parse(g.encode(each)) for each in card_trade.receipts(log, anchored)]


def evidence(anchored: bool = True, sealed: int = 0, **more: Any) -> Evidence:
    """The trade's evidence, its last `sealed` entries not shown; `more` goes to the log (claims, entries)."""
    log, receipts = trade(anchored, **more)
    size, keys = len(log.entries), log.keys
    identity = LogIdentity(keys.origin, keys.log, keys.chain_id, keys.registry)
    elements = []
    for seq, each in enumerate(receipts):
        hidden = SealedEntry(seq, each.index, log.leaves[each.index])
        path = tuple(rfc9162.path(each.index, log.leaves))
        elements.append(Element(hidden if seq >= len(receipts) - sealed else each, path))
    return Evidence(
        log=receipts[0].log,
        trade=card_trade.TRADE,
        taken=g.NOW,
        checkpoint=log.note(size, g.signed_at(size)),
        head=trade_head.sign(
            SigningKey(keys.evm_key),
            identity,
            card_trade.TRADE,
            len(receipts),
            log.leaves[-1],
            size,
            log.root(size),
        ),
        entries=tuple(elements),
        final=tuple(FinalBlock(each.log.chain_id, block) for each, block in _blocks(receipts)),
        audience=("user", "parties"),
        attachments=(AttachmentNote(bytes(32), "image/jpeg", 182_044, "到账截图", (7,)),),
    )


def _blocks(receipts: list[Receipt]) -> list[tuple[Receipt, bytes]]:
    """The block that the first anchor's proof starts from: all of them start there."""
    proof = receipts[0].anchors[0].state_proof if receipts[0].anchors else None
    return [] if proof is None else [(receipts[0], keccak(proof.header))]


def about(log: g.Log | None = None, **more: Any) -> About:
    """What a service would say of itself."""
    keys = (log or g.make_log()).keys
    told: dict[str, Any] = {
        "number": "TS-20261103-000123",
        "issued": g.NOW,
        "platform": "卡卡同盟",
        "chain_name": "Sepolia 测试网",
        "keys": (LogKey(keys.vkey, keys.address, (g.T0 - 86_400) * 1000),),
        "url": "https://evidence.example/case/7K3D-XQ2M",
        "code_hash": bytes(range(32)),
        "opener": g.OPENER,
    }
    return About(**{**told, **more})


def certificate(**more: Any) -> Certificate:
    """A whole certificate; `more` as for `evidence`."""
    return certificate_of(evidence(**more), about())
