"""What a verification concludes: numbered steps, one verdict, one exit code, and the facts that were proven.

Codes are stable and name the sentences of the catalogues; `detail` is technical English for whoever digs
deeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.core.errors import TallyError


class Verdict(StrEnum):
    """The conclusion over one receipt, most severe first; INTERNAL_ERROR is never a core verdict, but a
    bug's."""

    INTERNAL_ERROR = "internal_error"
    WRONG_FILE = "wrong_file"
    TAMPERED = "tampered"
    PROMISE_BROKEN = "promise_broken"
    LOG_NOT_TRUSTED = "log_not_trusted"
    CONSENT_INVALID = "consent_invalid"
    NOT_ANCHORED_YET = "not_anchored_yet"
    CANNOT_REACH_NODE = "cannot_reach_node"
    ANCHOR_NOT_CHECKED = "anchor_not_checked"
    GOOD = "good"

    @property
    def exit_code(self) -> int:
        """0 good, 1 bad, 2 undecided, 3 not a receipt or bundle, 4 an error of ours."""
        return _EXIT_CODES.get(self, 2)


_EXIT_CODES = {
    Verdict.GOOD: 0,
    Verdict.TAMPERED: 1,
    Verdict.PROMISE_BROKEN: 1,
    Verdict.CONSENT_INVALID: 1,
    Verdict.WRONG_FILE: 3,
    Verdict.INTERNAL_ERROR: 4,
}
_SEVERITY = tuple(Verdict)
CONSENT_PROBLEMS = frozenset({"consent_wrong", "consent_malformed"})
"""The reasons with which a consent is invalid."""

STEP_TITLES = (
    "format",
    "entry",
    "disclosures",
    "signatures",
    "inclusion",
    "checkpoint",
    "anchor",
    "block",
    "trade",
)


class Status(StrEnum):
    """How one step ended."""

    OK = "ok"
    BAD = "bad"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"


class StepFailed(TallyError):
    """A step proves the receipt bad; `reason` is the stable code."""

    verdict = Verdict.TAMPERED
    status = Status.BAD

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


class WrongFile(StepFailed):
    """The file is not a receipt."""

    verdict = Verdict.WRONG_FILE


class PromiseBroken(StepFailed):
    """The receipt is genuine and the log did not keep the promise in it."""

    verdict = Verdict.PROMISE_BROKEN


class ConsentInvalid(StepFailed):
    """The record is genuine, and the consent in it was not given by the key that it names."""

    verdict = Verdict.CONSENT_INVALID


class StepUndecided(StepFailed):
    """A step cannot be decided with what the caller gave; `verdict` says what is missing."""

    status = Status.UNDECIDED

    def __init__(self, verdict: Verdict, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.verdict = verdict


class StepSkipped(StepFailed):
    """A step has nothing to look at, because an earlier one failed or the file holds nothing of the kind."""

    status = Status.SKIPPED
    verdict = Verdict.GOOD


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: `title_code` and `reason` are stable codes, `detail` is technical English."""

    number: int
    title_code: str
    status: Status
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A disclosed consent: the typed message's name, the claimed address, and the claims missing to check it.

    `problem` is a stable code when the signature is not that address's over this message, with the technical
    `detail`; None when it holds or cannot be checked.
    """

    type: str
    address: str
    missing: tuple[str, ...]
    problem: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EntryFact:
    """Who said what, in the log's words; proven to be in the log's tree if steps 2 to 5 are ok."""

    origin: str
    log_id: bytes
    log_name: str | None
    chain_id: int
    registry: str
    event: str
    trade: str
    type: str
    seq: int
    prev: bytes | None
    index: int
    leaf: bytes
    statement_digest: bytes
    occurred: str
    received: str
    claims: tuple[tuple[str, object], ...]
    withheld: int
    signatures: tuple[tuple[str, str], ...]
    consents: tuple[ConsentFact, ...]


@dataclass(frozen=True, slots=True)
class CheckpointFact:
    """The promise of the POST: signed at and anchored by, in Unix seconds."""

    size: int
    root: bytes
    signed_at: int
    anchor_by: int
    via: bytes
    address: str


@dataclass(frozen=True, slots=True)
class AnchorFact:
    """What the registry's slot says; times in Unix seconds.

    The entry existed by `timestamp`. If `not_before` is set it was, by the log's own word, not yet in the
    tree it signed then; had it been there before `not_before_at_least`, the log would be provably late.
    `basis` is what the block rests on: `block_hash` (named by the caller), `node` (canonical and final by
    the caller's node), `node_word` (no state proof: only what the node answered).
    """

    chain_id: int
    registry: str
    size: int
    root: bytes
    via: bytes | None
    timestamp: int
    block_number: int
    not_before: int | None
    not_before_at_least: int | None
    header_number: int | None
    header_hash: bytes | None
    basis: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be told about a receipt; a part is None when the steps that prove it did not succeed.

    `promise` is kept, broken, open or unknown.
    """

    entry: EntryFact | None = None
    checkpoint: CheckpointFact | None = None
    anchor: AnchorFact | None = None
    promise: str = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """The result for one receipt."""

    verdict: Verdict
    steps: tuple[Step, ...]
    facts: Facts

    @property
    def exit_code(self) -> int:
        """The exit code (docs/protocol.md §13)."""
        return self.verdict.exit_code

    @property
    def reason(self) -> str:
        """The code of the step that decided the verdict; "good" if all went well."""
        wanted = Status.BAD if self.exit_code in (1, 3) else Status.UNDECIDED
        reasons = [step.reason for step in self.steps if step.status is wanted]
        if self.verdict is not Verdict.CONSENT_INVALID:
            # A worse thing decided; that the consent is bad too stands in its step.
            reasons = [reason for reason in reasons if reason not in CONSENT_PROBLEMS] or reasons
        return next(iter(reasons), str(self.verdict))


def most_severe(verdicts: list[Verdict]) -> Verdict:
    """The verdict that wins when several steps object."""
    return min(verdicts, key=_SEVERITY.index, default=Verdict.GOOD)
