"""One look at somebody's log from outside: is it still the log that was seen before, and the registry's?

What is seen is kept from look to look: the newest checkpoint, and the oldest promise of an anchor that was
still open. Whatever contradicts it is a signed statement of the log, so it is kept as evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from service.core.checkpoint import LogIdentity, SignedCheckpoint, parse_signed
from service.core.errors import TallyError
from service.core.merkle import verify_consistency
from service.core.trust import TrustedLog
from service.core.verdict import StepFailed, StepUndecided
from service.core.verify_checkpoint import check_by_trusted_key, check_self_consistent


class Unreachable(TallyError):
    """The site or a node does not answer, or not with what was asked for. Says nothing about the log."""


class Site(Protocol):
    """Where the log is published. All methods raise `Unreachable`."""

    def checkpoint(self) -> str | None:
        """The newest signed note; None while the log is empty."""

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """The consistency proof between two sizes."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """The registry's head of the log (size 0: never anchored); `now`: of the block it was read at (s)."""

    size: int
    root: bytes
    now: int


class RegistryHead(Protocol):
    """The registry, through nodes that the caller chose."""

    def read(self) -> Anchored:
        """Its head of the log. Raises `Unreachable`."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Notes kept from earlier looks: the newest seen, and the oldest whose anchor was still to come."""

    seen: str | None = None
    promised: str | None = None


class Kind(StrEnum):
    """Contradiction: what the log signed does not fit together, or not to the registry, as its own site shows
    it. Undecided: it may pass, or somebody in between may be the cause.
    """

    FINE = "fine"
    UNDECIDED = "undecided"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `notes`: the signed statements that prove a contradiction."""

    kind: Kind
    code: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found, and what to remember for the next."""

    findings: tuple[Finding, ...]
    memory: Memory

    @property
    def kind(self) -> Kind:
        """The worst of it."""
        kinds = {finding.kind for finding in self.findings}
        return next(kind for kind in reversed(Kind) if kind in kinds or kind is Kind.FINE)


@dataclass(frozen=True, slots=True)
class Watched:
    """The log to look at: as the caller's trust file says it, and its registry."""

    log: TrustedLog
    identity: LogIdentity


def look(watched: Watched, memory: Memory, site: Site, registry: RegistryHead | None, now: int) -> Look:
    """Look once; `now` in ms. Raises nothing that a later look could mend."""
    try:
        note = site.checkpoint()
        if note is None:
            return Look((_empty(memory),), memory)
        signed = _checked(watched, note, now)
    except Unreachable as error:
        return Look((Finding(Kind.UNDECIDED, "unreachable", str(error)),), memory)
    except (StepUndecided, StepFailed) as error:
        return Look((Finding(Kind.UNDECIDED, error.reason, f"the checkpoint: {error.detail}"),), memory)
    except TallyError as error:
        # Whatever is not signed by the log says nothing about the log.
        return Look((Finding(Kind.UNDECIDED, "no_checkpoint", f"no checkpoint: {error}"),), memory)
    findings = [*_since(memory, note, signed, site)]
    if all(finding.kind is Kind.FINE for finding in findings):
        memory = replace(memory, seen=note)
    found, memory = _anchors(memory, note, signed, site, registry, now)
    return Look((*findings, *found), memory)


def _empty(memory: Memory) -> Finding:
    if memory.seen is None:
        return Finding(Kind.FINE, "empty", "no checkpoint yet, or no such log here")
    return Finding(Kind.UNDECIDED, "gone", "the site shows no checkpoint, though it did before")


def _checked(watched: Watched, note: str, now: int) -> SignedCheckpoint:
    signed = parse_signed(note)
    address = check_self_consistent(signed, watched.identity, now)
    check_by_trusted_key(signed, address, watched.log)
    return signed


def _since(memory: Memory, note: str, signed: SignedCheckpoint, site: Site) -> Iterator[Finding]:
    """What was seen before, and what is seen now, are one history."""
    if memory.seen is None:
        yield Finding(Kind.FINE, "first", f"size {signed.size}, seen for the first time")
        return
    before = parse_signed(memory.seen)
    notes = (memory.seen, note)
    yield _extends(before.size, before.root, signed.size, signed.root, site, "what was seen before", notes)
    if signed.size < before.size:
        text = f"the site shows size {signed.size}, less than the {before.size} it showed before"
        yield Finding(Kind.UNDECIDED, "older", text)
    elif signed.size > before.size and signed.signed_at < before.signed_at:
        yield Finding(
            Kind.CONTRADICTION, "time_runs_back", "a larger tree was signed at an earlier time", notes
        )


def _extends(
    a_size: int, a_root: bytes, b_size: int, b_root: bytes, site: Site, what: str, notes: tuple[str, ...]
) -> Finding:
    """Two (size, root) of one log: the larger tree extends the smaller, proved by the site."""
    (old, old_root), (new, new_root) = sorted(((a_size, a_root), (b_size, b_root)), key=lambda each: each[0])
    text = f"size {b_size} and {what} (size {a_size}) are not one append-only history"
    try:
        proof = site.consistency(old, new) if old != new else ()
        verify_consistency(old, new, old_root, new_root, proof)
    except Unreachable as error:
        return Finding(Kind.UNDECIDED, "not_proved", f"{text}, as far as the site proves: {error}")
    except TallyError as error:
        return Finding(Kind.CONTRADICTION, "fork", f"{text}: {error}", notes)
    return Finding(Kind.FINE, "extends", f"size {b_size} and {what} (size {a_size}) are one history")


def _anchors(
    memory: Memory, note: str, signed: SignedCheckpoint, site: Site, registry: RegistryHead | None, now: int
) -> tuple[list[Finding], Memory]:
    """The registry's history is the same, and the oldest promise that was open is kept."""
    promises = signed.via == bytes(32) and signed.anchor_by > 0
    if memory.promised is None and promises:
        memory = replace(memory, promised=note)
    if registry is None:
        return [], memory
    try:
        head = registry.read()
    except Unreachable as error:
        return [Finding(Kind.UNDECIDED, "unreachable", str(error))], memory
    findings = []
    if head.size:
        what = "the registry's head"
        findings.append(_extends(head.size, head.root, signed.size, signed.root, site, what, (note,)))
    promised = None if memory.promised is None else parse_signed(memory.promised)
    if promised is not None and head.size >= promised.size:
        memory = replace(memory, promised=note if promises and signed.size > head.size else None)
    elif promised is not None and head.now > promised.anchor_by:
        text = (
            f"size {promised.size} was to be anchored by {promised.anchor_by}; the registry has {head.size}"
        )
        findings.append(Finding(Kind.CONTRADICTION, "anchor_missed", text, (memory.promised or "",)))
    return findings, memory
