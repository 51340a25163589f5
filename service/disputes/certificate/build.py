"""From a trade's evidence to its certificate. Every path printed is checked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SM3, Hash

from service.core import paper as paper_receipt
from service.core import timestamp
from service.core.checkpoint import parse_signed
from service.core.errors import FormatError
from service.core.evidence import Evidence, StampNote
from service.core.merkle import verify_inclusion
from service.core.paper import Paper, PaperTooLarge
from service.core.receipt import Receipt
from service.disputes.certificate.amounts import amounts_of
from service.disputes.certificate.model import About, Certificate, EntryRecord, Hints, Stamp
from service.profiles.giftcard.evidence_findings import findings_of, view_of
from service.profiles.giftcard.findings.model import Finding, Shown, TradeView
from service.profiles.giftcard.grades import ConsentGrade, grades

_KEY_TYPES = ("acceptance", "quote", "payout")
"""Of these the first that the trade has is the key entry, whose paper receipt the certificate carries."""


def certificate_of(
    evidence: Evidence,
    about: About,
    *,
    view: TradeView | None = None,
    findings: Sequence[Finding] | None = None,
    key_event: str | None = None,
) -> Certificate:
    """The certificate of a trade's evidence.

    `view` and `findings`: the evidence's own, where the caller has them. `key_event`: whose paper receipt to
    print; by default the last acceptance, else the last quote. Pure.
    Errors: VerificationError when an entry's path does not lead to its root, FormatError for evidence whose
    parts do not parse.
    """
    view = view_of(evidence) if view is None else view
    by_index = {receipt.index: receipt for receipt in evidence.receipts}
    graded = {each.reference.leaf: each for each in grades(view)}
    erased = _erasures(view)
    key = _key_entry(view, key_event)
    return Certificate(
        about=about,
        trade=evidence.trade,
        origin=evidence.log.origin,
        log_id=evidence.log.id,
        chain_id=evidence.log.chain_id,
        registry=evidence.log.registry,
        head=evidence.head,
        as_of=parse_signed(evidence.checkpoint).signed_at * 1000,
        taken=evidence.taken,
        entries=tuple(
            _record(shown, by_index[shown.index], graded, erased, evidence.timestamps)
            for shown in view.entries
        ),
        sealed=view.sealed,
        amounts=amounts_of(view, evidence.taken),
        findings=findings_of(evidence, view) if findings is None else tuple(findings),
        service_keys=view.keys or (),
        attachments=evidence.attachments,
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
    stamps: Sequence[StampNote],
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
        stamp=_stamp(receipt.index, stamps),
    )


def _stamp(index: int, stamps: Sequence[StampNote]) -> Stamp | None:
    """The earliest time stamp of a checkpoint that covers the entry, as its token reads."""
    note = min((each for each in stamps if each.size > index), key=lambda each: each.size, default=None)
    if note is None:
        return None
    try:
        token = timestamp.read(note.token)
    except FormatError:
        return None  # the verifier names it; nothing unreadable is printed
    return Stamp(token.authority, token.time, f"{token.serial:x}", note.size)


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
