"""One trade as pages show it to a person: amounts side by side, findings, timeline. Pure: from what the rules
look at to plain values in the reader's language; templates/parts/trade.html sets them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.core.hexs import to_hex
from service.disputes.certificate.amounts import amounts_of
from service.disputes.certificate.claims import Speech, rows
from service.profiles.giftcard.findings.model import Finding, Kind, Shown, TradeView, Truth
from service.profiles.giftcard.grades import ConsentGrade, grades
from service.web.entry_gist import gist
from service.web.finding_words import finding_sentence
from service.web.language import Language
from service.web.texts import PARTS, Texts
from service.web.trade_facts import currency_of, erasures
from service.web.trade_words import listing, obj, objects
from service.web.wording import Moment, claim_word, forms, moment_of, money, span, title_of, word

_SHOWN_APART = frozenset(
    {"capture", "actor", "presented", "corroboration", "attachments", "audience", "request"}
)
"""Claims that say how an entry came about: told in words, not among its content."""
_MODES = frozenset({"online", "offline", "import", "manual"})


@dataclass(frozen=True, slots=True)
class AmountsRow:
    """Promised, accepted and paid as text; None: not shown, or undecided. `difference` is paid less what was
    due by the accepted terms (`against` "due") or less what was accepted ("accepted"), without its sign;
    `direction` is less, more or same.
    """

    promised: str | None
    accepted: str | None
    due: str | None
    paid: str | None
    headline: str | None
    difference: str | None
    direction: str | None
    against: str


@dataclass(frozen=True, slots=True)
class EntryLink:
    """Another entry: `seq` None when it belongs to another trade and is not on the page."""

    seq: int | None
    title: str
    event: str


@dataclass(frozen=True, slots=True)
class FindingItem:
    """The result of one rule in one sentence, with the entries that it rests on."""

    code: str
    truth: str
    kind: str
    against: str
    sentence: str
    amount: str | None
    cured: bool
    severity: int
    entries: tuple[EntryLink, ...]


@dataclass(frozen=True, slots=True)
class FindingGroups:
    """Proved (breaches first), insufficient, and the rest."""

    proved: tuple[FindingItem, ...]
    insufficient: tuple[FindingItem, ...]
    rest: tuple[FindingItem, ...]


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of an entry's content; `depth` of nesting, `mono` for hashes."""

    depth: int
    label: str
    value: str
    mono: bool


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an entry names."""

    digest: str
    label: str | None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One entry. `not_before` and `by` bracket when it came into the log, as far as the chain proves it;
    without `by` the log has promised to anchor until `promised`. `gist` is what it comes to in some words,
    `absent` what does not stand behind it. `grade` is A to D, None where it is not
    shown, and `consent` its reason; both None where no consent is asked for. `erased` is when, `erased_by`
    the erasure's place in the trade. A sealed entry has nothing but its place.
    """

    seq: int
    index: int
    leaf: str
    title: str = ""
    type: str = ""
    event: str = ""
    sealed: bool = False
    occurred: Moment | None = None
    received: Moment | None = None
    not_before: Moment | None = None
    by: Moment | None = None
    promised: Moment | None = None
    anchored: bool = False
    grade: str | None = None
    consent: str | None = None
    signers: tuple[tuple[str, str], ...] = ()
    capture: str | None = None
    captured_by: str | None = None
    presented: bool = False
    corroboration: tuple[str, ...] = ()
    absent: str = ""
    gist: str = ""
    files: tuple[NamedFile, ...] = ()
    erased: Moment | None = None
    erased_by: int | None = None
    withheld: int = 0
    rows: tuple[ClaimRow, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class TradeShown:
    """Everything that a page shows of a trade."""

    amounts: AmountsRow | None
    findings: FindingGroups
    timeline: tuple[TimelineItem, ...]


def trade_shown(view: TradeView, findings: Sequence[Finding], now: int, language: Language) -> TradeShown:
    """The trade at `now` (ms) in the reader's language; `findings` are those for the reader."""
    return TradeShown(
        amounts_row(view, now, language), finding_groups(view, findings, language), timeline(view, language)
    )


def amounts_row(view: TradeView, now: int, language: Language) -> AmountsRow | None:
    """The amounts of the trade; None where it has neither quote nor acceptance to show."""
    amounts = amounts_of(view, now)
    if amounts is None:
        return None
    written = forms(language, amounts.currency)
    reference = amounts.due if amounts.due is not None else amounts.accepted
    gap = None if reference is None or amounts.paid is None else amounts.paid - reference

    def text(value: int | None) -> str | None:
        return None if value is None else written.format_field(value, "money")

    return AmountsRow(
        promised=text(amounts.promised),
        accepted=text(amounts.accepted),
        due=text(amounts.due),
        paid=text(amounts.paid),
        headline=None if amounts.headline is None else written.format_field(amounts.headline, "rate"),
        difference=None if gap is None else text(abs(gap)),
        direction=None if gap is None else "less" if gap < 0 else "more" if gap > 0 else "same",
        against="due" if amounts.due is not None else "accepted",
    )


def finding_groups(view: TradeView, findings: Sequence[Finding], language: Language) -> FindingGroups:
    """The findings by what they say, the gravest first."""
    ordered = sorted(findings, key=lambda each: (each.kind is not Kind.BREACH, each.cured, -each.severity))
    by_truth: dict[Truth, list[FindingItem]] = {truth: [] for truth in Truth}
    for each in ordered:
        by_truth[each.truth].append(_finding(each, view, language))
    return FindingGroups(
        tuple(by_truth[Truth.PROVED]), tuple(by_truth[Truth.INSUFFICIENT]), tuple(by_truth[Truth.NOT_PROVED])
    )


def _finding(finding: Finding, view: TradeView, language: Language) -> FindingItem:
    places = {each.leaf: each for each in view.entries}
    entries = []
    for reference in finding.references:
        entry = places.get(reference.leaf)
        title = "" if entry is None else title_of(entry.type, language)
        entries.append(EntryLink(None if entry is None else entry.seq, title, reference.event))
    amount = finding.amount
    return FindingItem(
        code=finding.code,
        truth=finding.truth.value,
        kind=finding.kind.value,
        against=finding.against,
        sentence=finding_sentence(finding, view, Texts(PARTS, language)),
        amount=None if amount is None else money(amount, finding.currency or "CNY", language),
        cured=finding.cured,
        severity=finding.severity,
        entries=tuple(entries),
    )


def timeline(view: TradeView, language: Language) -> tuple[TimelineItem, ...]:
    """Every entry of the trade in order, sealed ones in their places."""
    graded = {each.reference.leaf: each for each in grades(view)}
    erased = dict(erasures(view))
    currency = currency_of(view)
    items = [
        _item(each, graded.get(each.leaf), erased.get(each.leaf), currency, language) for each in view.entries
    ]
    items += [TimelineItem(each.seq, each.index, to_hex(each.leaf), sealed=True) for each in view.sealed]
    return tuple(sorted(items, key=lambda each: each.seq))


def _item(
    entry: Shown, grade: ConsentGrade | None, erasure: Shown | None, currency: str, language: Language
) -> TimelineItem:
    anchor, told = entry.anchor, obj(entry.claims.get("capture"))
    mode = str(told["mode"]) if told.get("mode") in _MODES else None
    corroboration = tuple(_corroborations(entry, language))
    proved = anchor if anchor is not None and anchor.proved else None
    fresh = proved is not None and proved.prev_size is not None and entry.index >= proved.prev_size
    content, left_out = rows(entry.type, _content(entry, language), _SHOWN_APART, _speech(language))
    system = " ".join(str(told[name]) for name in ("system", "version") if name in told)
    return TimelineItem(
        seq=entry.seq,
        index=entry.index,
        leaf=to_hex(entry.leaf),
        title=title_of(entry.type, language),
        type=entry.type,
        event=entry.event,
        occurred=moment_of(entry.occurred),
        received=moment_of(entry.received),
        not_before=_seconds(proved.prev_signed_at or None) if proved is not None and fresh else None,
        by=None if proved is None else _seconds(proved.timestamp),
        promised=_seconds(entry.promise.anchor_by),
        anchored=anchor is not None,
        grade=None if grade is None or grade.grade is None else grade.grade.value,
        consent=None if grade is None else getattr(grade, language),
        signers=tuple((word(role, language), address) for role, address in entry.signatures),
        capture=mode,
        captured_by=system or None,
        presented=isinstance(entry.claims.get("presented"), dict),
        corroboration=corroboration,
        absent=_absent(language, bool(entry.signatures), mode is not None, bool(corroboration)),
        gist=gist(entry, currency, language),
        files=tuple(_files(entry)),
        erased=None if erasure is None else moment_of(erasure.received),
        erased_by=None if erasure is None else erasure.seq,
        withheld=entry.withheld,
        rows=tuple(
            ClaimRow(row.depth, row.zh if language == "zh" else row.en or row.zh, row.value, row.mono)
            for row in content
        ),
        left_out=left_out,
    )


def _seconds(seconds: int | None) -> Moment | None:
    return None if seconds is None else moment_of(seconds * 1000)


def _content(entry: Shown, language: Language) -> Mapping[str, object]:
    """The claims, the code of a dispute's claim in words."""
    claim = entry.claims.get("claim")
    if entry.type != "dispute_opened" or not isinstance(claim, dict) or "code" not in claim:
        return entry.claims
    return {**entry.claims, "claim": {**claim, "code": claim_word(str(claim["code"]), language)}}


def _speech(language: Language) -> Speech:
    written = forms(language)
    return Speech(
        word=lambda code: word(code, language),
        money=lambda amount, currency: money(amount, currency, language),
        headline=lambda basis_points: written.format_field(basis_points, "rate"),
        share=lambda basis_points: written.format_field(basis_points, "percent"),
        seconds=lambda seconds: span(seconds * 1000, language),
        moment=lambda ms: f"{moment_of(ms).text} {'北京时间' if language == 'zh' else 'Beijing time'}",
        separator=listing(language, ["", ""]),
    )


def _absent(language: Language, signed: bool, captured: bool, corroborated: bool) -> str:
    t = Texts(PARTS, language)
    asked = {"unsigned": signed, "capture_none": captured, "uncorroborated": corroborated}
    return listing(language, [t(key) for key, there in asked.items() if not there])


def _corroborations(entry: Shown, language: Language) -> Iterator[str]:
    for each in objects(entry.claims.get("corroboration")):
        ref = each.get("ref")
        named = ref.get("event") if isinstance(ref, dict) else ref
        parts = (word(str(each.get("kind", "other")), language), each.get("issuer"), named)
        yield " · ".join(str(part) for part in parts if part)


def _files(entry: Shown) -> Iterator[NamedFile]:
    """What an entry attaches: files, the evidence itself, the document of a decision."""
    for each in (obj(entry.claims.get("item")), *objects(entry.claims.get("attachments"))):
        if isinstance(each.get("digest"), str):
            label = each.get("label")
            yield NamedFile(each["digest"], label if isinstance(label, str) else None)
    document = entry.claims.get("document")
    if isinstance(document, str):
        yield NamedFile(document, None)
