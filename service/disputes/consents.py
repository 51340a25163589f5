"""A user signs with a key of his own that he accepts a quote, or that a payment arrived; the service records
it in the trade on his behalf, whatever the platform would like to have recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.core.entry import Statement
from service.core.errors import EventRejected, Problem
from service.core.hexs import to_hex
from service.core.times import format_time
from service.core.verify_consent import check_consents
from service.disputes.case_entries import shown_entry, trade_entries
from service.disputes.errors import (
    CaseUnknown,
    StepForbidden,
    StepRejected,
    StepRepeatedOtherwise,
    TooManyAtOnce,
)
from service.disputes.naming import Naming
from service.disputes.ports import CaseLog, DecisionRecorder
from service.disputes.signable import Signable, signable
from service.log.errors import TradeMoved
from service.log.ports import StoredEntry

Kind = Literal["acceptance", "payout_ack"]
MAX_CONSENTS: Final = 16
"""How many consents a trade takes here: a user has no more to say, and a stranger with the link no room."""
_ATTEMPTS: Final = 6
_TARGET: Final[Mapping[str, str]] = {"acceptance": "quote", "payout_ack": "payout"}
_MESSAGE: Final[Mapping[str, str]] = {"acceptance": "Acceptance", "payout_ack": "Acknowledgement"}


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What the user signed: to which entry (`target`, its event id; `digest` of its statement if named), over
    which amount in minor units; `result` of a payment alone: received, part or not_received.
    """

    type: Kind
    target: str
    amount: int
    currency: str
    consent: Mapping[str, object]
    digest: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedConsent:
    """The consent's entry; `repeated` when the same signature was recorded before."""

    event: str
    seq: int
    index: int
    leaf: bytes
    repeated: bool


class Consents:
    """Records users' signed consents. Blocking."""

    def __init__(
        self, recorder: DecisionRecorder, naming: Naming, *, clock_ms: Callable[[], int], version: str
    ) -> None:
        self._recorder = recorder
        self._naming = naming
        self._clock_ms = clock_ms
        self._version = version

    def give(self, log: CaseLog, reader: Reader, request: ConsentRequest) -> RecordedConsent:
        """Record the consent; the same signature again is the same consent. StepForbidden for whoever is not
        the trade's user, CaseUnknown, StepRejected with every problem, StepRepeatedOtherwise, TooManyAtOnce.
        """
        if reader.holder != "share" or reader.trade is None:
            raise StepForbidden("only the user of a trade consents in it: this needs the trade's share")
        event = self._naming.consent(log.identity.log_id, reader.trade, str(request.consent.get("signature")))
        for _ in range(_ATTEMPTS):
            entries = trade_entries(log, reader.trade)
            if not entries:
                raise CaseUnknown("no such trade")
            visible = [each for each in entries if sight_of(reader, each) is Sight.FULL]
            known = next((each for each in entries if each.event == event), None)
            if known is not None:
                return _repeat(known, _claims(request, visible))
            self._check_room(log, reader.trade, entries)
            claims = _checked(log, reader, request, visible, event, self._clock_ms())
            try:
                return self._append(log, reader.trade, request.type, event, claims, entries[-1].seq)
            except TradeMoved:
                continue  # what the user saw may have changed: look again
        raise TooManyAtOnce("other entries of this trade came first")

    def _append(
        self, log: CaseLog, trade: str, kind: str, event: str, claims: Mapping[str, object], after: int
    ) -> RecordedConsent:
        capture = {"mode": "online", "system": "tallystick", "version": self._version}
        recorded = {
            "event": event,
            "trade": trade,
            "type": kind,
            "occurred": format_time(self._clock_ms()),
            "claims": {**claims, "actor": {"role": "user"}, "capture": capture},
        }
        try:
            appended = self._recorder.record(log, recorded, after=after)
        except EventRejected as error:
            raise StepRejected(*(_of_request(problem) for problem in error.problems)) from error
        return RecordedConsent(event, after + 1, appended.index, appended.leaf, appended.repeated)

    def _check_room(self, log: CaseLog, trade: str, entries: Sequence[StoredEntry]) -> None:
        """Counted are entries whose id only this service could make: a platform cannot use up the room."""
        given = 0
        for each in entries:
            consent = shown_entry(each).claims.get("consent") if each.type in _TARGET else None
            if isinstance(consent, dict):
                signature = str(consent.get("signature"))
                given += each.event == self._naming.consent(log.identity.log_id, trade, signature)
        if given >= MAX_CONSENTS:
            raise StepForbidden("the trade has as many signed consents as it may have")


def _checked(
    log: CaseLog,
    reader: Reader,
    request: ConsentRequest,
    visible: Sequence[StoredEntry],
    event: str,
    now: int,
) -> Mapping[str, object]:
    offered = signable([shown_entry(each) for each in visible], now)
    what = _TARGET[request.type]
    found = next(
        (each for each in offered if (each.type, each.entry.event) == (request.type, request.target)), None
    )
    if found is None:
        detail = "not open to be signed: another quote is newer, it has ended, or it was settled before"
        raise StepRejected(Problem(f"/{what}/event", detail, "not_signable"))
    problems = [*_of_figures(request, found), *_of_message(reader, request, found)]
    if problems:
        raise StepRejected(*problems)
    claims = _claims(request, visible)
    trade = reader.trade or ""
    statement = Statement(log.identity.origin, event, trade, request.type, "", ())
    (fact,) = check_consents(log.identity, statement, claims) or (None,)
    if fact is None or fact.problem is not None or fact.missing:
        detail = "the signature is not one of this address over this message"
        raise StepRejected(Problem("/consent/signature", detail, "signature"))
    return claims


def _of_figures(request: ConsentRequest, found: Signable) -> list[Problem]:
    problems = []
    digest = to_hex(found.entry.digest)
    if request.digest not in (None, digest):
        problems.append(
            Problem(f"/{_TARGET[request.type]}/digest", "the entry has another digest", "reference_digest")
        )
    if request.currency != found.currency:
        problems.append(Problem("/currency", f"the entry is in {found.currency}", "currency"))
    if not _fits(request, found.amount):
        problems.append(
            Problem("/amount", f"the entry says {found.amount}, and this does not fit it", "amount")
        )
    if request.type == "payout_ack" and request.result not in ("received", "part", "not_received"):
        problems.append(Problem("/result", "must be one of received, part, not_received", "enum"))
    if request.type == "acceptance" and request.result is not None:
        problems.append(Problem("/result", "an acceptance has no result", "unknown_member"))
    return problems


def _fits(request: ConsentRequest, amount: int) -> bool:
    if request.type == "payout_ack" and request.result == "part":
        return 0 < request.amount < amount
    return request.amount == (0 if request.result == "not_received" else amount)


def _of_message(reader: Reader, request: ConsentRequest, found: Signable) -> list[Problem]:
    """The typed message is of the right kind, and says what the quote says."""
    consent = request.consent
    wanted: dict[str, object] = {"method": "eip712", "type": _MESSAGE[request.type]}
    if request.type == "acceptance":
        wanted |= {"platform": reader.platform, "validUntil": found.valid_until}
    problems = [
        Problem(f"/consent/{name}", f"must be {value}", "consent")
        for name, value in wanted.items()
        if consent.get(name) != value
    ]
    if request.type == "acceptance" and consent.get("channel") not in found.channels:
        detail = "must be one of " + ", ".join(found.channels)
        problems.append(Problem("/consent/channel", detail, "enum"))
    return problems


def _claims(request: ConsentRequest, visible: Sequence[StoredEntry]) -> Mapping[str, object]:
    target = next((each for each in visible if each.event == request.target), None)
    reference = {"event": request.target} | ({} if target is None else {"digest": to_hex(target.digest)})
    claims: dict[str, object] = {
        _TARGET[request.type]: reference,
        "amount": request.amount,
        "currency": request.currency,
        "consent": dict(request.consent),
    }
    return claims if request.result is None else claims | {"result": request.result}


def _repeat(known: StoredEntry, claims: Mapping[str, object]) -> RecordedConsent:
    """What was recorded for this signature, if it was the same request."""
    recorded = shown_entry(known).claims
    same = {name: recorded.get(name) for name in claims} == claims
    if not same or ("result" in recorded) != ("result" in claims):
        raise StepRepeatedOtherwise("the signature was used for another request")
    return RecordedConsent(known.event, known.seq, known.index, known.leaf, repeated=True)


def _of_request(problem: Problem) -> Problem:
    """A problem of the entry as one of the request that it was made from."""
    return Problem(problem.pointer.removeprefix("/claims"), problem.detail, problem.code)
