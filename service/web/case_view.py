"""One dispute as its page tells it: what it is about, where it stands, the clock, the decision. Pure: from
the API's document of the case to plain values in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.core.times import parse_time
from service.profiles.giftcard.findings.model import TradeView
from service.web.texts import Texts
from service.web.trade_parts import EntryLink
from service.web.wording import Moment, claim_word, moment_of, money, size_text, span, title_of

Json = Mapping[str, Any]
_AWAITING: Final = frozenset({"opened", "acknowledged", "info_requested"})
_DECISIONS: Final = ("award_for_user", "award_for_platform", "settle")
_OUTCOMES: Final = {"award_for_user": "for_user", "award_for_platform": "for_platform", "settle": "settled"}
_HANDING_IN: Final = frozenset({"user", "platform", "mediator", "arbitrator"})
_FORUMS: Final = frozenset({"platform", "third_party", "offline", "court"})
_POSITIONS: Final = frozenset({"accept", "part", "reject"})
_REMEDIES: Final = frozenset({"pay", "return", "explain", "other"})


@dataclass(frozen=True, slots=True)
class Clock:
    """The answer clock. `runs`: an answer is still awaited; of `left` and `overdue` one is set then. `rests`:
    since when, and until when at the latest; `rested`: all rests that ended.
    """

    runs: bool
    due: Moment
    left: str | None
    overdue: str | None
    rests: tuple[Moment, Moment] | None
    rested: str | None
    answered: Moment | None
    late: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and what was paid of it."""

    seq: int
    outcome: str
    body: str | None
    amount: str | None
    pay_by: Moment | None
    binding: bool | None
    document: str | None
    paid: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file that was handed in."""

    digest: str
    label: str
    media_type: str
    size: str
    by: str
    at: Moment


@dataclass(frozen=True, slots=True)
class CaseView:
    """The dispute. `summary`: the paragraph that says what it is about and where it stands; `words`: the
    claimant's own. `user` is the code that stands for the user in the records. `outcomes` are the decisions
    that the reader may record now; `may_file`: whether evidence may be added.
    """

    dispute: str
    trade: str
    state: str
    claim: str | None
    summary: str
    words: str | None
    by: str
    opened: Moment
    forum: str | None
    remedy: str | None
    contested: tuple[EntryLink, ...]
    user: str | None
    clock: Clock | None
    decision: Decision | None
    files: tuple[CaseFile, ...]
    may_file: bool
    outcomes: tuple[str, ...]


def case_view(document: Json, view: TradeView, now: int, t: Texts) -> CaseView:
    """The case of the API's `document` (`service.api.cases`) at `now` (ms), `view` being its trade."""
    claim = document["claim"]
    told: Json = claim if isinstance(claim, dict) else {}
    currency = str(told.get("currency", "CNY"))
    clock = _clock(document, now, t)
    decision = _decision(document["award"], currency, t)
    code = told.get("code")
    allowed: Sequence[str] = document["allowed"]
    return CaseView(
        dispute=document["dispute"],
        trade=document["trade"],
        state=document["state"],
        claim=claim_word(code, t.language) if isinstance(code, str) else None,
        summary=("" if t.language == "zh" else " ").join(
            _summary(document, told, currency, clock, decision, t)
        ),
        words=told.get("text"),
        by=_party(document["by"]),
        opened=_moment(document["opened"]),
        forum=_known(document["forum"], _FORUMS),
        remedy=_known(document["remedy"], _REMEDIES),
        contested=tuple(_links(document["contested"], view, t)),
        user=_user_code(view),
        clock=clock,
        decision=decision,
        files=tuple(_file(each, t) for each in document["attachments"]),
        may_file="evidence" in allowed,
        outcomes=tuple(_OUTCOMES[each] for each in _DECISIONS if each in allowed),
    )


def _summary(
    document: Json, claim: Json, currency: str, clock: Clock | None, decision: Decision | None, t: Texts
) -> list[str]:
    """Sentence by sentence."""
    by, remedy = _party(document["by"]), _known(document["remedy"], _REMEDIES)
    code = claim.get("code")
    if isinstance(code, str):
        first = t(f"lead_{by}", claim=claim_word(code, t.language))
    else:
        first = t(f"lead_withheld_{by}")
    if isinstance(claim.get("amount"), int):
        first += t("lead_amount", amount=money(claim["amount"], currency, t.language))
    if remedy is not None:
        first += t(f"lead_remedy_{remedy}")
    opened = t("lead_opened", time=_moment(document["opened"]).text)
    stands = [
        t(f"stand_{document['state']}"),
        *_answered(document, currency, t),
        *_standing(clock, decision, t),
    ]
    return [first + t("stop"), opened, *stands]


def _answered(document: Json, currency: str, t: Texts) -> list[str]:
    """What the platform last answered to the point, while nothing is decided."""
    counted = [each for each in document.get("steps", ()) if each.get("ignored") is None]
    answers = [each for each in counted if each.get("action") == "answer"]
    told = answers[-1].get("claims") if answers and document["state"] == "answered" else None
    position = _known(told.get("position"), _POSITIONS) if isinstance(told, dict) else None
    if not isinstance(told, dict) or position is None:
        return []
    offer = told.get("offer")
    offered = t("stand_offer", amount=money(offer, currency, t.language)) if type(offer) is int else ""
    return [t(f"stand_position_{position}") + offered + t("stop")]


def _standing(clock: Clock | None, decision: Decision | None, t: Texts) -> list[str]:
    if decision is not None:
        if decision.amount is None or decision.outcome not in ("for_user", "settled"):
            return []
        return [t("stand_owed", amount=decision.amount, paid=decision.paid)]
    if clock is None:
        return []
    if not clock.runs:
        return [t("stand_late")] if clock.late else []
    if clock.rests is not None:
        return [t("stand_rests", time=clock.rests[1].text)]
    if clock.overdue is not None:
        return [t("stand_overdue", time=clock.due.text, span=clock.overdue)]
    return [t("stand_due", time=clock.due.text, span=clock.left)]


def _clock(document: Json, now: int, t: Texts) -> Clock | None:
    told = document["clock"]
    if told is None:
        return None
    runs = document["state"] in _AWAITING
    due, remaining = parse_time(told["due"]), told["remaining_ms"]
    since, until = told["paused_since"], told["pause_ends"]
    return Clock(
        runs=runs,
        due=moment_of(due),
        left=span(remaining, t.language) if runs and not told["overdue"] and remaining is not None else None,
        overdue=span(now - due, t.language) if told["overdue"] else None,
        rests=(_moment(since), _moment(until)) if told["paused"] and since and until else None,
        rested=span(told["paused_ms"], t.language) if told["paused_ms"] else None,
        answered=None if told["answered"] is None else _moment(told["answered"]),
        late=told["answered_late"],
    )


def _decision(award: Json | None, currency: str, t: Texts) -> Decision | None:
    if award is None:
        return None
    body, amount, pay_by = award["body"], award["amount"], award["pay_by"]
    name = body.get("name") if isinstance(body, dict) else None
    return Decision(
        seq=award["seq"],
        outcome=str(award["outcome"]),
        body=name if isinstance(name, str) else None,
        amount=money(amount, currency, t.language) if isinstance(amount, int) else None,
        pay_by=_moment(pay_by) if isinstance(pay_by, str) else None,
        binding=award["binding"],
        document=award["document"],
        paid=money(award["paid"], currency, t.language),
    )


def _links(contested: object, view: TradeView, t: Texts) -> list[EntryLink]:
    places = {each.event: each for each in view.entries}
    links = []
    for ref in contested if isinstance(contested, list) else ():
        event = ref.get("event") if isinstance(ref, dict) else None
        entry = places.get(event) if isinstance(event, str) else None
        if entry is not None:
            links.append(EntryLink(entry.seq, title_of(entry.type, t.language), entry.event))
    return links


def _user_code(view: TradeView) -> str | None:
    """The commitment that stands for the user: the claimant's, else the one who consented last."""
    for entry in reversed(view.entries):
        consent = entry.claims.get("consent")
        subject = consent.get("subject") if isinstance(consent, dict) else None
        for code in (entry.claims.get("claimant"), subject):
            if isinstance(code, str) and len(code) == 66:
                return f"{code[:8]}…{code[-4:]}"
    return None


def _file(file: Json, t: Texts) -> CaseFile:
    digest = str(file["digest"])
    return CaseFile(
        digest=digest,
        label=file["label"] or t("file_unnamed", digest=f"{digest[:10]}…"),
        media_type=str(file["media_type"]),
        size=size_text(file["bytes"]),
        by=file["by"] if file["by"] in _HANDING_IN else "user",
        at=_moment(file["at"]),
    )


def _moment(text: str) -> Moment:
    return moment_of(parse_time(text))


def _party(by: object) -> str:
    return "platform" if by == "platform" else "user"


def _known(value: object, known: frozenset[str]) -> str | None:
    return value if isinstance(value, str) and value in known else None
