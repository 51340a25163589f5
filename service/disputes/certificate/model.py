"""What a certificate says, as plain values: the assembling room fills them, `render` sets them as pages.

Times are Unix milliseconds, except those that a checkpoint signs or a slot records (Unix seconds, as there).
Amounts are minor units. Nothing here is formatted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.core.evidence import AttachmentNote
from service.core.paper import Paper
from service.core.trade_head import TradeHead
from service.profiles.giftcard.findings.model import Anchored, Finding, KeyValidity, Promise, Sealed
from service.profiles.giftcard.grades import ConsentGrade


@dataclass(frozen=True, slots=True)
class LogKey:
    """A pair of the log's checkpoint keys; `added` and `retired` in ms."""

    ed25519: str
    address: str
    added: int
    retired: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What the receipts themselves do not say.

    `number` is the certificate's, `issued` its time; `url` leads to the live check (None: there is none).
    `platform` is the display name; `test` a test log's certificate, which says so on every page. `opener`
    owns the log in the registry; `code_hash` is the registry's. `operator` runs the log (None: not
    said). `checker` is the SHA-256 of the page that checks bundles in a browser.
    """

    number: str
    issued: int
    platform: str
    chain_name: str
    keys: tuple[LogKey, ...]
    code_hash: bytes | None = None
    opener: str | None = None
    url: str | None = None
    operator: str | None = None
    test: bool = False
    checker: bytes | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """An RFC 3161 time stamp of the checkpoint of `size`, which covers an entry; `time` in ms. Read, not
    trusted: which authorities count is the reader's decision.
    """

    authority: str
    time: int
    serial: str
    size: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What is told about the anchoring transaction, proven by nothing here."""

    tx: str | None = None
    finality: str | None = None


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One entry: identity, digests of its exact bytes, content as shown, promise and anchor.

    `path` proves the leaf under (`path_size`, `path_root`): the anchor's if there is one, else the promise's.
    `erased`: (event, time in ms) of the entry that ordered the erasure of its content. `checkpoint_key`
    signed the promise.
    """

    seq: int
    index: int
    event: str
    type: str
    occurred: int
    received: int
    leaf: bytes
    digest: bytes
    sha256: bytes
    sm3: bytes
    claims: Mapping[str, object]
    withheld: int
    signatures: tuple[tuple[str, str], ...]
    promise: Promise
    path: tuple[bytes, ...]
    path_size: int
    path_root: bytes
    anchor: Anchored | None = None
    hints: Hints = field(default_factory=Hints)
    grade: ConsentGrade | None = None
    erased: tuple[str, int] | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """Promised, accepted and paid, side by side; None: not shown, or undecided.

    `due` is what the accepted and inspected cards come to by the accepted terms, `headline` the largest rate
    that the user was shown (basis points), both where the rules can tell.
    """

    currency: str
    promised: int | None
    accepted: int | None
    due: int | None
    paid: int | None
    headline: int | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything that one certificate says about one trade of one log. `taken`: of the evidence; `as_of`:
    when the log signed the checkpoint up to which it is complete (both in ms).
    """

    about: About
    trade: str
    origin: str
    log_id: bytes
    chain_id: int
    registry: str
    head: TradeHead
    as_of: int
    taken: int
    entries: tuple[EntryRecord, ...]
    sealed: tuple[Sealed, ...]
    amounts: Amounts | None
    findings: tuple[Finding, ...]
    service_keys: tuple[KeyValidity, ...]
    attachments: tuple[AttachmentNote, ...] = ()
    paper: Paper | None = None
    paper_event: str | None = None
