"""Step 4: platform signatures over the statement, and users' consents as typed messages.

A consent travels as the disclosed claim `consent`; the members of its message come from it, from the
statement, and from the event's other claims. If one of those is withheld the consent is *insufficient*,
which is not bad.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.entry import Entry, Statement
from service.core.entry import statement_digest as digest_of
from service.core.errors import FormatError, TallyError
from service.core.hexs import from_hex
from service.core.verdict import ConsentFact, ConsentInvalid, StepFailed

Claims: TypeAlias = Mapping[str, object]


class _Withheld(Exception):
    """A claim that the message needs is not disclosed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def check_signatures(identity: LogIdentity, entry: Entry) -> tuple[tuple[str, str], ...]:
    """Each signature of the entry recovers to its address; (role, address) of each."""
    if not entry.signatures:
        return ()
    digest = eip712.statement_digest(identity.domain(), identity.log_id, digest_of(entry.statement.encode()))
    for each in entry.signatures:
        _check_recovers(digest, each.signature, each.address, "signature_wrong")
    return tuple((each.role, each.address) for each in entry.signatures)


def check_consents(identity: LogIdentity, statement: Statement, claims: Claims) -> tuple[ConsentFact, ...]:
    """The consent claim, if it carries a typed message: whether it recovers to its address.

    The log vouches for what was posted, not for the user's key: a consent that does not hold is a fact about
    the platform's record, and never makes the record itself less genuine.
    """
    consent = claims.get("consent")
    if (
        not isinstance(consent, dict)
        or "signature" not in consent
        or consent.get("method", "eip712") != "eip712"
    ):
        return ()
    kind = consent.get("type")
    message = _MESSAGES.get(kind) if isinstance(kind, str) else None
    told = str(kind), str(consent.get("address"))
    if message is None:
        return (ConsentFact(*told, missing=("type",)),)
    try:
        address = _text(consent, "address")
        digest = message(identity, statement, claims, consent)
        _check_recovers(digest, consent["signature"], address, "consent_wrong")
    except _Withheld as withheld:
        return (ConsentFact(*told, missing=(withheld.name,)),)
    except FormatError as error:
        return (ConsentFact(*told, missing=(), problem="consent_malformed", detail=str(error)),)
    except StepFailed as failed:
        return (ConsentFact(*told, missing=(), problem=failed.reason, detail=failed.detail),)
    return (ConsentFact(*told, missing=()),)


def require_valid(consents: Sequence[ConsentFact]) -> None:
    """Raise ConsentInvalid for the first consent that does not hold."""
    for consent in consents:
        if consent.problem is not None:
            raise ConsentInvalid(consent.problem, consent.detail)


def _acceptance(identity: LogIdentity, statement: Statement, claims: Claims, consent: Claims) -> bytes:
    return eip712.acceptance_digest(
        identity.domain(),
        identity.log_id,
        platform=_text(consent, "platform"),
        trade=statement.trade,
        quote=_reference(claims, "quote"),
        amount=_integer(claims, "amount"),
        currency=_text(claims, "currency"),
        channel=_text(consent, "channel"),
        valid_until=_integer(consent, "validUntil"),
        salt=from_hex(_text(consent, "salt")),
    )


def _acknowledgement(identity: LogIdentity, statement: Statement, claims: Claims, consent: Claims) -> bytes:
    return eip712.acknowledgement_digest(
        identity.domain(),
        identity.log_id,
        trade=statement.trade,
        payout=_reference(claims, "payout"),
        amount=_integer(claims, "amount"),
        currency=_text(claims, "currency"),
        salt=from_hex(_text(consent, "salt")),
    )


def _endorsement(identity: LogIdentity, statement: Statement, claims: Claims, consent: Claims) -> bytes:
    actor = _member(claims, "actor")
    role = actor.get("role") if isinstance(actor, dict) else None
    if not isinstance(role, str):
        raise _Withheld("actor")
    return eip712.endorsement_digest(
        identity.domain(),
        identity.log_id,
        role=role,
        digest=_reference(consent, "ref"),
        salt=from_hex(_text(consent, "salt")),
    )


_MESSAGES: Mapping[str, Callable[[LogIdentity, Statement, Claims, Claims], bytes]] = {
    "Acceptance": _acceptance,
    "Acknowledgement": _acknowledgement,
    "Endorsement": _endorsement,
}


def _member(claims: Claims, name: str) -> object:
    if name not in claims:
        raise _Withheld(name)
    return claims[name]


def _text(claims: Claims, name: str) -> str:
    value = _member(claims, name)
    if not isinstance(value, str):
        raise StepFailed("consent_malformed", f"{name} is not a string")
    return value


def _integer(claims: Claims, name: str) -> int:
    value = _member(claims, name)
    if type(value) is not int:
        raise StepFailed("consent_malformed", f"{name} is not an integer")
    return value


def _reference(claims: Claims, name: str) -> bytes:
    reference = _member(claims, name)
    if not isinstance(reference, dict) or "digest" not in reference:
        raise StepFailed("consent_malformed", f"{name} names no digest")
    return from_hex(reference["digest"])


def _check_recovers(digest: bytes, signature: object, address: str, reason: str) -> None:
    try:
        recovered = eip712.recover(digest, from_hex(signature, 65))
    except TallyError as error:
        raise StepFailed(reason, str(error)) from None
    if recovered != address:
        raise StepFailed(reason, f"claimed {address}, recovers to {recovered}")
