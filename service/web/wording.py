"""How pages write amounts, durations, moments and codes, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.core.times import format_time
from service.disputes.certificate.words import moment, texts
from service.profiles.giftcard.catalogue import TITLES
from service.profiles.giftcard.findings.texts.forms import Chinese, English, Forms
from service.web.language import Language
from service.web.texts import PARTS, Texts

_ENGLISH: Final = {
    "true": "yes",
    "false": "no",
    "alipay": "Alipay",
    "wechat": "WeChat",
    "ecny": "e-CNY",
    "bank": "bank card",
    "sms_otp": "SMS code",
    "eip712": "key signature",
    "ai": "AI",
    "pos": "POS",
    "qr": "QR code",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as people read it (Beijing time, to the second) and as machines do (RFC 3339, UTC)."""

    text: str
    utc: str
    iso: str


def forms(language: Language, currency: str = "CNY") -> Forms:
    """How amounts, rates and durations are written."""
    return Chinese(currency) if language == "zh" else English(currency)


def money(minor: int, currency: str, language: Language) -> str:
    """An amount of minor units with its unit."""
    return forms(language, currency).format_field(minor, "money")


def span(ms: int, language: Language) -> str:
    """A duration in its two largest units."""
    return forms(language).format_field(ms, "span")


def size_text(size: int) -> str:
    """A file's size: 182 KB, 1.4 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def moment_of(ms: int) -> Moment:
    """A moment (Unix ms)."""
    beijing, utc = moment(ms - ms % 1000)
    return Moment(beijing, utc, format_time(ms))


def word(code: str, language: Language) -> str:
    """What a code of an event means, in one word."""
    if language == "zh":
        return str(texts()["values"].get(code, code))
    return _ENGLISH.get(code, code.replace("_", " "))


def claim_word(code: str, language: Language) -> str:
    """What a dispute's claim code means; a platform's own is called what it calls it."""
    return Texts(PARTS, language).all.get(f"claim_{code}", code)


def title_of(event_type: str, language: Language) -> str:
    """What an event type is called; a platform's own is called what it calls it."""
    known = TITLES.get(event_type)
    return event_type if known is None else getattr(known.title, language)
