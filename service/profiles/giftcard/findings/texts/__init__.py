"""The sentences of findings, in Chinese and English.

A catalogue maps `<code>.<truth>[.<variant>]` to a sentence with places for figures, `<code>` to what the
rule asks, and `operand.<name>` to what a missing operand is called. A place is `{name}` or `{name:form}`,
with the forms of `texts.forms`. Sentences state figures and facts, never a legal conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from service.profiles.giftcard.findings.texts.en import EN
from service.profiles.giftcard.findings.texts.forms import Chinese, English, Forms
from service.profiles.giftcard.findings.texts.zh import ZH

if TYPE_CHECKING:
    from service.profiles.giftcard.findings.case import Erased, Missing

LANGUAGES: Final = ("zh", "en")
CATALOGUES: Final[Mapping[str, Mapping[str, str]]] = {"zh": ZH, "en": EN}
_FORMS: Final[Mapping[str, type[Forms]]] = {"zh": Chinese, "en": English}


def sentence(lang: str, key: str, figures: Mapping[str, object], currency: str | None = None) -> str:
    """The catalogue's sentence with its figures; amounts in `currency` (CNY if not given). KeyError for a key
    or a figure that does not exist.
    """
    return _FORMS[lang](currency or "CNY").vformat(CATALOGUES[lang][key], (), figures)


def insufficient_sentence(
    lang: str, code: str, missing: Sequence[Missing], erased: Sequence[Erased] = ()
) -> str:
    """What cannot be decided, which operands are missing, and of the erased ones who erased them and when."""
    catalogue = CATALOGUES[lang]
    gone = {each.missing.name: each for each in erased}
    told: dict[str, None] = {}
    for each in missing or ():
        text = _operand(lang, each)
        if (erasure := gone.get(each.name)) is not None:
            by = catalogue.get(f"by.{erasure.by}", erasure.by)
            by = by or catalogue.get(f"ground.{erasure.ground}", catalogue["ground."])
            text += sentence(lang, "erased", {"by": by, "at": erasure.at})
        told[text] = None
    operands = catalogue["list_separator"].join(told) or catalogue["operand.records"]
    return sentence(lang, "insufficient", {"question": catalogue[code], "operands": operands})


def _operand(lang: str, missing: Missing) -> str:
    catalogue = CATALOGUES[lang]
    name = catalogue.get(f"operand.{missing.what}") or catalogue.get(
        f"operand.{missing.what.partition('.')[0]}", missing.what
    )
    if missing.entry is None:
        return name
    return sentence(lang, "operand_of", {"name": name, "event": missing.entry.event})
