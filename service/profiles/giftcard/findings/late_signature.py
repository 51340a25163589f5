"""late_signature: a consent was recorded only after the dispute had been opened.

Order of arrival decides, which the log fixes. Acknowledging what is paid after an award is no fault: it is a
note. A consent that may be there but is not shown makes the rule insufficient.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case, Missing
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, proved
from service.profiles.giftcard.findings.signed_consents import MAY_CONSENT, consent_of


def _evaluate(case: Case) -> Iterator[Outcome]:
    opened = next(iter(case.all("dispute_opened")), None)
    if opened is None:
        return
    for entry in case.entries:
        if entry.seq <= opened.seq:
            continue
        consent = consent_of(entry)
        if consent is not None:
            if consent.get("method") != "none" or "signature" in consent:
                yield proved(opened, entry, recorded=entry.received, opened=opened.received)
        elif entry.type in MAY_CONSENT and entry.withheld:
            yield insufficient(Missing("consent", entry))


RULE = Rule("late_signature", Kind.NOTE, "platform", "parties", 1, 1, _evaluate)
