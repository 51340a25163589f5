"""The sentence of a finding as pages print it: entries by their place, times as everywhere on the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from service.profiles.giftcard.findings.model import Finding, TradeView
from service.web.texts import Texts
from service.web.wording import moment_of

_ID: Final = r"(?<![A-Za-z0-9._:-])([A-Za-z0-9._:-]{4,64})"
_TELLING: Final = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])")
"""An id without a letter could as well be a figure of a sentence, one without a digit a word of it."""
_UTC: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) UTC")


def finding_sentence(finding: Finding, view: TradeView, t: Texts) -> str:
    """The catalogue's sentence; entries of the trade are named by their place, as the timeline does, and
    moments are told in Beijing time.
    """
    told = finding.zh if t.language == "zh" else finding.en
    places = {each.event: each.seq + 1 for each in view.entries if _TELLING.search(each.event)}
    gap = r"\s*" if t.language == "zh" else ""

    def place(match: re.Match[str]) -> str:
        name = match[1].rstrip(".:")  # a stop behind it ends the sentence
        number = places.get(match[1], places.get(name))
        if number is None:
            return match[0]
        return t("in_entry", number=number) + ("" if match[1] in places else match[1][len(name) :])

    told = re.sub(rf"{gap}{_ID}{gap}", place, told).replace("） ", "）")
    return _UTC.sub(_in_beijing, told)


def _in_beijing(match: re.Match[str]) -> str:
    at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return f"{moment_of(int(at.timestamp()) * 1000).text} Beijing time"
