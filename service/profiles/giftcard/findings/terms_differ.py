"""terms_differ: what was shown with the quote and what was shown with its acceptance are not the same.

The digests of `presented`, or those of the terms' text (`terms.text`), are on both sides and differ. A digest
that one side never posted cannot differ; where nothing can be compared the rule is insufficient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from service.profiles.giftcard.common import Presented
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Kind, Shown
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved
from service.profiles.giftcard.findings.terms_promise import acceptance, quote
from service.profiles.giftcard.quote import Terms


def evaluate(case: Case) -> Iterator[Outcome]:
    """At most one instance a trade."""
    accepted, entry = acceptance(case), quote(case)
    if accepted is None or entry is None:
        return
    missing: list[Missing] = []
    compared = {variant: _differ(case, read, (entry, accepted), missing) for variant, read in _DIGESTS}
    different = [variant for variant, verdict in compared.items() if verdict]
    if different:
        yield proved(entry, accepted, variant=different[0])
    elif missing or False not in compared.values():
        raise Insufficient(*(missing or (Missing("presented", accepted),)))


def _presented(case: Case, entry: Shown) -> str | None:
    shown = case.want(entry, "presented", Presented)
    return shown.digest if shown is not None and isinstance(shown.digest, str) else None


def _text(case: Case, entry: Shown) -> str | None:
    terms = case.want(entry, "terms", Terms)
    return terms.text if terms is not None and isinstance(terms.text, str) else None


_Read = Callable[[Case, Shown], str | None]
_DIGESTS: Final[tuple[tuple[str, _Read], ...]] = (("presented", _presented), ("text", _text))


def _differ(case: Case, read: _Read, entries: tuple[Shown, Shown], missing: list[Missing]) -> Kleene:
    """Whether the digests differ; None where a side has none. A withheld one is added to `missing`."""
    found = []
    for entry in entries:
        try:
            found.append(read(case, entry))
        except Insufficient as lack:
            missing.extend(lack.missing)
            found.append(None)
    return None if None in found else found[0] != found[1]


RULE = Rule("terms_differ", Kind.BREACH, "platform", "parties", 2, 1, evaluate)
