"""An event as it is sent, kept in the form that its answer is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from service.core.canonical import canonicalize
from service.core.entry import Signature
from service.core.errors import FormatError
from service.profiles import giftcard

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Posted:
    """An event's canonical bytes and what its receipt has to repeat.

    `tails` are, by claim, the canonical bytes of a disclosure after its salt: `","name",value]`.
    `open_claims` are those in which a reference lacks its digest, so that the service will fill it in.
    """

    body: bytes
    event: str
    trade: str
    type: str
    occurred: str
    claims: Mapping[str, object]
    tails: Mapping[str, bytes]
    open_claims: frozenset[str]
    disclosures: tuple[str, ...] | None
    decoy: str | None
    signatures: tuple[Signature, ...]


def encode(event: Event) -> Posted:
    """Bring an event into canonical form. CanonicalizationError or FormatError when it has none.

    Types and claims are judged by the service (or beforehand by `profiles.giftcard.check_event`).
    """
    body = canonicalize(event)
    claims = event.get("claims")
    texts = [event.get(name) for name in ("event", "trade", "type", "occurred")]
    if not isinstance(claims, dict) or not all(type(text) is str for text in texts):
        raise FormatError("an event has the texts event, trade, type and occurred, and claims")
    name, trade, kind, occurred = (str(text) for text in texts)
    disclosures, decoy = event.get("disclosures"), event.get("decoy")
    return Posted(
        body,
        name,
        trade,
        kind,
        occurred,
        claims,
        # Canonical, since the whole event was accepted above: in that domain orjson's sorted output is
        # RFC 8785.
        # Sorted, because that is the order in which the service takes them from the canonical body.
        {
            claim: b'","%b",%b]' % (claim.encode(), orjson.dumps(claims[claim], option=orjson.OPT_SORT_KEYS))
            for claim in sorted(claims)
        },
        _open_claims(kind, claims),
        tuple(disclosures) if isinstance(disclosures, list) else None,
        decoy if isinstance(decoy, str) else None,
        tuple(_signatures(event.get("signatures"))),
    )


def _open_claims(event_type: str, claims: Mapping[str, object]) -> frozenset[str]:
    references = giftcard.references(event_type, claims)
    return frozenset(pointer.split("/")[2] for pointer, reference in references if "digest" not in reference)


def _signatures(value: object) -> Sequence[Signature]:
    if value is None:
        return ()
    try:
        return [Signature(each["type"], each["address"], each["role"], each["signature"]) for each in value]  # type: ignore[attr-defined]
    except (TypeError, KeyError):
        raise FormatError("a signature has type, address, role and signature", "/signatures") from None
