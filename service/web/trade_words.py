"""What the parts of a trade's page share: figures, times, words for codes, and values out of JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from service.disputes.certificate.words import moment
from service.profiles.giftcard.findings.texts.forms import Chinese, English
from service.web.language import Language
from service.web.texts import Texts

Written = Chinese | English
_LOOSE = re.compile(r"(?<=[0-9]) (?=[%\u4e00-\u9fff])|(?<=[第A-Z]) (?=[0-9])")
_DATE = re.compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})(?: (?=[0-9]{2}:))?")


def forms(t: Texts, currency: object) -> Written:
    """How figures are written in the language of `t`; in CNY where no currency is named."""
    chosen = currency if isinstance(currency, str) else "CNY"
    return Chinese(chosen) if t.language == "zh" else English(chosen)


def minute(ms: int) -> str:
    """A moment in Beijing time, to the minute."""
    return moment(ms)[0][:16]


def word(t: Texts, kind: str, code: object) -> str:
    """The word for a code (`<kind>_<code>`); that for `other` where the catalogue has none."""
    return t.all.get(f"{kind}_{code}") or t.all.get(f"{kind}_other", "")


def listing(language: Language, words: Sequence[str]) -> str:
    """Words side by side."""
    return ("、" if language == "zh" else ", ").join(words)


def sentences(t: Texts, *parts: str) -> str:
    """Sentences one after another."""
    return ("" if t.language == "zh" else " ").join(filter(None, parts))


def unbroken(text: str) -> str:
    """The text with figures that stay on one line with their units, and dates that stay whole."""
    return _DATE.sub(_whole, _LOOSE.sub("\u00a0", text))


def _whole(date: re.Match[str]) -> str:
    year, month, day = date.groups()
    return f"{year}-\u2060{month}-\u2060{day}" + ("\u00a0" if date[0].endswith(" ") else "")


def obj(value: object) -> Mapping[str, Any]:
    """An object, empty where there is none."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list, none where there is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
