"""Whether the wallet signature in a consent holds, and whether its key could give that consent then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.core.checkpoint import LogIdentity
from service.core.entry import Statement
from service.core.verify_consent import check_consents
from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.kleene import Kleene, all_of
from service.profiles.giftcard.findings.model import KeyValidity, Shown, TradeView
from service.profiles.giftcard.findings.terms_time import after, at, interval

USER: Final = "user"

CONSENTING: Final = ("acceptance", "payout_ack", "channel_change")
"""Types whose meaning is that somebody agrees: with them a consent is expected."""

MAY_CONSENT: Final = (*CONSENTING, "correction")
"""Types that may carry a consent: if claims of one are not shown, a consent may be among them."""


class Standing(StrEnum):
    """What the register says of a key at the time of a consent. An address that nobody registered is GOOD:
    hardly any user's is.
    """

    GOOD = "good"
    ENDED = "ended"
    ANOTHER_ROLE = "another_role"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checked:
    """The signature of one consent: whether it verifies; `missing` names claims without which nobody can
    say.
    """

    holds: Kleene
    address: str
    missing: tuple[str, ...] = ()


def consent_of(entry: Shown) -> Mapping[str, object] | None:
    """The consent as it is shown; None when there is none to see."""
    consent = entry.claims.get("consent")
    return consent if isinstance(consent, dict) else None


def checked(view: TradeView, entry: Shown) -> Checked | None:
    """The check of the entry's signed consent; None when it shows no signature.

    The signature counts whatever method the consent names: who adds one wants it believed.
    """
    consent = consent_of(entry)
    if consent is None or "signature" not in consent:
        return None
    typed = {name: value for name, value in consent.items() if name != "method"}
    identity = LogIdentity(view.origin, view.log_id, view.chain_id, view.registry)
    statement = Statement(view.origin, entry.event, entry.trade, entry.type, "", ())
    address = str(consent.get("address"))
    (fact,) = check_consents(identity, statement, {**entry.claims, "consent": typed})
    if fact.missing:
        return Checked(None, address, fact.missing)
    return Checked(fact.problem is None, address)


def role_of(entry: Shown) -> str | None:
    """The role in which a consent is given: an Endorsement names it by its actor, the others are the user's.

    None where the actor of an Endorsement is not shown.
    """
    consent = consent_of(entry)
    if consent is None or consent.get("type") != "Endorsement":
        return USER
    actor = entry.claims.get("actor")
    role = actor.get("role") if isinstance(actor, dict) else None
    return role if isinstance(role, str) else None


def registrations(view: TradeView, address: str) -> tuple[KeyValidity, ...]:
    """Every registration of an address; none when nobody said which keys are registered."""
    return tuple(key for key in view.keys or () if key.address == address)


def standing(view: TradeView, entry: Shown, address: str) -> Standing:
    """What the register says of the key of the entry's consent when that was given.

    A registration that begins only later says nothing about the time before. A key is *ended* when the
    consent was given, at the earliest possible, more than the tolerance after the end; UNKNOWN when it may or
    may not have been, when the role is not shown, or when nobody said which keys are registered.
    """
    if view.keys is None:
        return Standing.UNKNOWN
    given = interval(Case(view, entry.received, view.entries), entry)
    registered = [key for key in registrations(view, address) if key.valid_from <= given.hi]
    if not registered:
        return Standing.GOOD
    role = role_of(entry)
    if role is None:
        return Standing.UNKNOWN
    ends = [key.valid_until for key in registered if key.role == role]
    if not ends:
        return Standing.ANOTHER_ROLE
    ended = all_of(False if end is None else after(given, at(end)) for end in ends)
    return Standing.UNKNOWN if ended is None else Standing.ENDED if ended else Standing.GOOD
