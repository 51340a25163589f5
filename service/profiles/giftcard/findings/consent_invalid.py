"""consent_invalid: a consent carries a signature that does not verify, or by a key that could not give it.

Checked over the typed message that the signature is for: this log, this registry and chain, this trade, the
claims of the same event; low s only. The key counts as revoked when the consent was given, at the earliest
possible, after the end of its registration; as of another role when it is registered, but not for the role
that consents. A key that nobody registered is a matter of the grade, as is a consent without signature.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Kind, Shown, Truth
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, not_proved, proved
from service.profiles.giftcard.findings.signed_consents import (
    MAY_CONSENT,
    Standing,
    checked,
    consent_of,
    role_of,
    standing,
)


def _evaluate(case: Case) -> Iterator[Outcome]:
    for entry in case.entries:
        if consent_of(entry) is not None:
            outcome = _judge(case, entry)
            withdrawn = case.unclear if outcome.truth is Truth.PROVED else ()
            yield insufficient(*withdrawn) if withdrawn else outcome
        elif entry.type in MAY_CONSENT and entry.withheld:
            yield insufficient(Missing("consent", entry))
    case.require_whole()


def _judge(case: Case, entry: Shown) -> Outcome:
    signature = checked(case.view, entry)
    if signature is None:
        return not_proved()
    if signature.holds is None:
        return insufficient(*(Missing(name, entry) for name in signature.missing))
    if not signature.holds:
        return proved(entry, variant="signature", event=entry.event, address=signature.address)
    match standing(case.view, entry, signature.address):
        case Standing.ENDED:
            return proved(entry, variant="ended", event=entry.event, address=signature.address)
        case Standing.ANOTHER_ROLE:
            return proved(entry, variant="role", event=entry.event, address=signature.address)
        case Standing.GOOD:
            return not_proved(entry)
    if case.view.keys is None:
        return insufficient(Missing("keys"))
    return insufficient(Missing("actor" if role_of(entry) is None else "time", entry))


RULE = Rule("consent_invalid", Kind.BREACH, "platform", "parties", 3, 1, _evaluate)
