"""What a rule is, and how its outcomes become findings.

A rule's `evaluate` is a pure function from a `Case` to outcomes: one for each proved instance, else what
speaks for not proved or insufficient; none at all means not proved. It may leave by `Insufficient` as soon
as an operand is not there. A rule writes no sentences: those come from the catalogue in `texts`, filled in
with the outcome's figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, distinct
from service.profiles.giftcard.findings.model import Finding, Kind, Reference, Shown, Truth
from service.profiles.giftcard.findings.texts import insufficient_sentence, sentence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule has to say of one instance.

    `figures` fill in the sentence and are published: integers (fen, basis points, milliseconds), text, or
    true and false, in canonical JSON's domain. `variant` picks one of several sentences for the same truth
    (`<code>.<truth>.<variant>`). `against` and `kind` replace the rule's own where an instance differs.
    """

    truth: Truth
    figures: Mapping[str, object] = field(default_factory=dict)
    amount: int | None = None
    currency: str | None = None
    cured: bool = False
    references: tuple[Shown, ...] = ()
    missing: tuple[Missing, ...] = ()
    variant: str = ""
    kind: Kind | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table. `severity` 1 (worth knowing) to 3 (money missing or the log broken)."""

    code: str
    kind: Kind
    against: str
    audience: str
    severity: int
    version: int
    evaluate: Callable[[Case], Iterable[Outcome]]


def proved(
    *references: Shown | None,
    amount: int | None = None,
    currency: str | None = None,
    cured: bool = False,
    variant: str = "",
    kind: Kind | None = None,
    against: str | None = None,
    **figures: object,
) -> Outcome:
    """The instance is proved by these entries (None is left out, and what is named twice)."""
    return Outcome(
        Truth.PROVED, figures, amount, currency, cured, distinct(references), (), variant, kind, against
    )


def not_proved(
    *references: Shown | None, variant: str = "", currency: str | None = None, **figures: object
) -> Outcome:
    """The rule was looked at and does not hold."""
    return Outcome(
        Truth.NOT_PROVED, figures, currency=currency, references=distinct(references), variant=variant
    )


def insufficient(*missing: Missing, references: tuple[Shown, ...] = ()) -> Outcome:
    """The rule cannot be decided without these operands."""
    return Outcome(Truth.INSUFFICIENT, references=references, missing=missing)


def outcomes(rule: Rule, case: Case) -> tuple[Outcome, ...]:
    """Every proved instance; else one that is insufficient; else one that is not proved."""
    told: list[Outcome] = []
    try:
        told.extend(rule.evaluate(case))
    except Insufficient as lack:
        told.append(insufficient(*lack.missing))
    for truth in (Truth.PROVED, Truth.INSUFFICIENT, Truth.NOT_PROVED):
        if chosen := tuple(each for each in told if each.truth is truth):
            return chosen if truth is Truth.PROVED else chosen[:1]
    return (not_proved(),)


def finding(rule: Rule, case: Case, outcome: Outcome) -> Finding:
    """The outcome in words, with its references and the names of missing operands."""
    figures = dict(outcome.figures)
    if outcome.truth is Truth.INSUFFICIENT:
        erased = case.erased(outcome.missing)
        zh, en = (insufficient_sentence(lang, rule.code, outcome.missing, erased) for lang in ("zh", "en"))
        if erased:
            figures["erased"] = [each.value() for each in erased]
    else:
        key = ".".join(filter(None, (rule.code, outcome.truth.value, outcome.variant)))
        zh, en = (sentence(lang, key, figures, outcome.currency) for lang in ("zh", "en"))
    return Finding(
        code=rule.code,
        truth=outcome.truth,
        kind=outcome.kind or rule.kind,
        against=outcome.against or rule.against,
        audience=rule.audience,
        severity=rule.severity,
        version=rule.version,
        zh=zh,
        en=en,
        amount=outcome.amount,
        currency=None if outcome.amount is None else outcome.currency or "CNY",
        cured=outcome.cured,
        references=tuple(Reference(each.event, each.leaf) for each in outcome.references),
        missing=tuple(each.name for each in outcome.missing),
        figures=figures,
    )
