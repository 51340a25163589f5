"""What an entry can be found by, read from its disclosed claims."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256

import orjson

from service.core.disclosure import decode_base64url
from service.core.errors import TallyError
from service.log.ports import StoredEntry
from service.lookup.ports import Facet, FacetKind, IndexedEntry

_FACET_BYTES = 16
_CARDS = frozenset({"items"})
_CARDS_OF_LINEAGE = frozenset({"inputs", "outputs"})
_CARD_CLAIMS: Mapping[str, frozenset[str]] = {
    "quote": _CARDS,
    "quote_revision": _CARDS,
    "handover": _CARDS,
    "lineage": _CARDS_OF_LINEAGE,
}
_PAYEE_CLAIMS: Mapping[str, frozenset[str]] = {
    "acceptance": frozenset({"settlement"}),
    "payout": frozenset({"legs"}),
    "channel_change": frozenset({"payee"}),
}


class FacetKey:
    """The secret under which facets are stored (32 bytes). Losing it costs the index, which is then built
    anew.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def fingerprint(self, log_id: bytes, scope: str, value: str) -> Facet:
        """The facet of a card: equal in every trade of the log that names the same fingerprint."""
        return self._facet(log_id, FacetKind.FINGERPRINT, f"{scope}:{value}")

    def payee(self, log_id: bytes, commitment: str) -> Facet:
        """The facet of a payee's commitment."""
        return self._facet(log_id, FacetKind.PAYEE, commitment)

    def _facet(self, log_id: bytes, kind: FacetKind, text: str) -> Facet:
        message = log_id + bytes([kind]) + text.encode()
        return Facet(kind, hmac.digest(self._secret, message, sha256)[:_FACET_BYTES])


def indexed(key: FacetKey, log_id: bytes, entry: StoredEntry) -> IndexedEntry:
    """What is to be indexed of an entry; of one whose content was erased only the type."""
    if entry.disclosures is None:
        return IndexedEntry(entry.index, entry.type, (), None)
    facets = frozenset(_facets(key, log_id, entry.type, entry.disclosures))
    ordered = tuple(sorted(facets, key=lambda facet: (facet.kind, facet.value)))
    return IndexedEntry(entry.index, entry.type, ordered, disclosed_length(entry.disclosures))


def disclosed_length(disclosures: tuple[str, ...]) -> int:
    """The length of the disclosures as they are stored: joined by one character."""
    return sum(map(len, disclosures)) + max(0, len(disclosures) - 1)


def _facets(key: FacetKey, log_id: bytes, event_type: str, disclosures: tuple[str, ...]) -> Iterator[Facet]:
    cards = _CARD_CLAIMS.get(event_type, frozenset())
    payees = _PAYEE_CLAIMS.get(event_type, frozenset())
    if not cards and not payees:
        return
    for name, value in map(_opened, disclosures):
        if name in cards:
            for scope, print_ in _fingerprints(value):
                yield key.fingerprint(log_id, scope, print_)
        elif name in payees:
            for commitment in _payees(value):
                yield key.payee(log_id, commitment)


def _opened(disclosure: str) -> tuple[str, object]:
    """Name and value; checked when the event was posted, so not again. What does not open has no facets."""
    try:
        _, name, value = orjson.loads(decode_base64url(disclosure))
    except (TallyError, ValueError, TypeError):
        return "", None
    return str(name), value


def _fingerprints(value: object) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list) else ():
        print_ = item.get("fingerprint") if isinstance(item, dict) else None
        if isinstance(print_, dict):
            scope, digest = print_.get("scope"), print_.get("value")
            if isinstance(scope, str) and isinstance(digest, str):
                yield scope, digest


def _payees(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for leg in value if isinstance(value, list) else ():
        commitment = leg.get("payee") if isinstance(leg, dict) else None
        if isinstance(commitment, str):
            yield commitment
