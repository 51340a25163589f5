"""From receipts, view and findings to a certificate. Every path printed is checked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SM3, Hash

from service.core import paper as paper_receipt
from service.core.checkpoint import parse_signed
from service.core.merkle import verify_inclusion
from service.core.paper import Paper, PaperTooLarge
from service.core.receipt import Receipt
from service.disputes.certificate.amounts import amounts_of
from service.disputes.certificate.model import (
    About,
    Amounts,
    Certificate,
    EntryRecord,
    Hints,
    Stamp,
)
from service.profiles.giftcard.findings.model import Finding, Shown, TradeView
from service.profiles.giftcard.grades import ConsentGrade, grades

_KEY_TYPES = ("acceptance", "quote", "payout")
"""Of these the first that the trade has is the key entry, whose paper receipt the certificate carries."""


def certificate_of(
    receipts: Sequence[Receipt],
    view: TradeView,
    findings: Sequence[Finding],
    about: About,
    *,
    amounts: Amounts | None = None,
    stamps: Mapping[int, Stamp] | None = None,
    key_event: str | None = None,
) -> Certificate:
    """The certificate of `view`, whose entries' receipts (of the same log) are `receipts`.

    `stamps`: time stamps by anchored size. `key_event`: whose paper receipt to print; by default the
    acceptance, else the quote. `amounts` is computed from the view where not given. Errors: VerificationError
    when a receipt's path does not lead to its root, FormatError for a receipt that does not parse.
    """
    by_index = {receipt.index: receipt for receipt in receipts}
    graded = {each.reference.leaf: each for each in grades(view)}
    erased = _erasures(view)
    records = tuple(
        _record(shown, by_index[shown.index], graded, erased, stamps or {}) for shown in view.entries
    )
    key = _key_entry(view, key_event)
    return Certificate(
        about=about,
        trade=view.trade,
        origin=view.origin,
        log_id=view.log_id,
        chain_id=view.chain_id,
        registry=view.registry,
        entries=records,
        sealed=view.sealed,
        amounts=amounts or amounts_of(view),
        findings=tuple(findings),
        service_keys=view.keys or (),
        paper=None if key is None else _paper(by_index[key.index]),
        paper_event=None if key is None else key.event,
    )


def sm3(data: bytes) -> bytes:
    """SM3 digest (GB/T 32905-2016), 32 bytes."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def _record(
    shown: Shown,
    receipt: Receipt,
    graded: Mapping[bytes, ConsentGrade],
    erased: Mapping[bytes, tuple[str, int]],
    stamps: Mapping[int, Stamp],
) -> EntryRecord:
    anchor = min(receipt.anchors, key=lambda each: each.size, default=None)
    if anchor is None:
        signed = parse_signed(receipt.checkpoint)
        size, root, path = signed.size, signed.root, receipt.inclusion
    else:
        size, root, path = anchor.size, anchor.root, anchor.inclusion
    verify_inclusion(shown.leaf, receipt.index, size, list(path), root)
    return EntryRecord(
        seq=shown.seq,
        index=shown.index,
        event=shown.event,
        type=shown.type,
        occurred=shown.occurred,
        received=shown.received,
        leaf=shown.leaf,
        digest=shown.digest,
        sha256=sha256(receipt.entry).digest(),
        sm3=sm3(receipt.entry),
        claims=shown.claims,
        withheld=shown.withheld,
        signatures=shown.signatures,
        promise=shown.promise,
        path=path,
        path_size=size,
        path_root=root,
        anchor=shown.anchor,
        hints=_hints(receipt.hints),
        grade=graded.get(shown.leaf),
        erased=erased.get(shown.leaf),
        stamp=stamps.get(size) if anchor is not None else None,
    )


def _hints(hints: Mapping[str, object]) -> Hints:
    tx, finality = hints.get("tx"), hints.get("finality")
    return Hints(tx if isinstance(tx, str) else None, finality if isinstance(finality, str) else None)


def _erasures(view: TradeView) -> dict[bytes, tuple[str, int]]:
    """Leaf → the erasure entry that names it, and when it was received."""
    found: dict[bytes, tuple[str, int]] = {}
    for entry in view.entries:
        targets = entry.claims.get("targets")
        if entry.type == "erasure" and isinstance(targets, list):
            for target in targets:
                if isinstance(target, str) and len(target) == 66:
                    found.setdefault(bytes.fromhex(target[2:]), (entry.event, entry.received))
    return found


def _key_entry(view: TradeView, wanted: str | None) -> Shown | None:
    if wanted is not None:
        return next((each for each in view.entries if each.event == wanted), None)
    for kind in _KEY_TYPES:
        for each in reversed(view.entries):
            if each.type == kind:
                return each
    return view.entries[-1] if view.entries else None


def _paper(receipt: Receipt) -> Paper | None:
    """None: too large for paper, which the page then says."""
    try:
        return paper_receipt.encode(receipt)
    except PaperTooLarge:
        return None
