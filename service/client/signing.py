"""Signing events offline: own salts, own decoy, and the platform's signature over the statement.

With its own salts a platform knows a statement's digest before the service has seen the event. So it can
refer from one event to the next, sign a whole trade without a network, and post it in one batch later.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.core import disclosure, eip712
from service.core.canonical import canonicalize
from service.core.checkpoint import LogIdentity
from service.core.entry import build_statement, statement_digest
from service.core.errors import EventRejected, Problem
from service.core.hexs import to_hex
from service.profiles import giftcard

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event ready to be posted, and the digest of its statement, by which other events refer to it."""

    event: dict[str, Any]
    digest: bytes

    @property
    def ref(self) -> dict[str, str]:
        """The reference that other events carry."""
        return ref(self.event["event"], self.digest)


def ref(event: str, digest: bytes) -> dict[str, str]:
    """A reference to an event by the digest (32 bytes) of its statement."""
    return {"event": event, "digest": to_hex(digest)}


def sign_event(
    event: Mapping[str, Any],
    identity: LogIdentity,
    key: bytes | None,
    random: Random = secrets.token_bytes,
    *,
    role: str = "platform",
) -> SignedEvent:
    """Commit to the event's claims with own salts and sign the statement with `key` (32 bytes; None: salts
    only).

    `identity` names the log and the registry, as in the service's answers; the signature is good for them
    alone. `random` gives random bytes: 16 a claim and 32 for the decoy. Salts and signatures that the event
    has already are replaced: new salts make a new statement. Further keys sign it by `add_signature`.

    Raises EventRejected when the event is not in its type's form or a reference lacks its digest.
    """
    bare = {
        name: value for name, value in event.items() if name not in ("disclosures", "decoy", "signatures")
    }
    giftcard.check_event(bare)
    _require_digests(bare)
    canonicalize(bare)
    disclosures = [
        disclosure.make(disclosure.new_salt(random(disclosure.SALT_BYTES)), name, value)
        for name, value in sorted(bare["claims"].items())
    ]
    decoy = disclosure.encode_base64url(random(32))
    statement = build_statement(
        identity.origin,
        bare["event"],
        bare["trade"],
        bare["type"],
        bare["occurred"],
        [*(disclosure.digest(each) for each in disclosures), decoy],
    )
    unsigned = SignedEvent({**bare, "disclosures": disclosures, "decoy": decoy}, statement_digest(statement))
    return unsigned if key is None else add_signature(unsigned, identity, key, role=role)


def add_signature(signed: SignedEvent, identity: LogIdentity, key: bytes, *, role: str) -> SignedEvent:
    """The same event with one more signature over its statement, by another key in another role."""
    signature = _signature(identity, key, signed.digest, role)
    return replace(
        signed, event={**signed.event, "signatures": [*signed.event.get("signatures", ()), signature]}
    )


def _signature(identity: LogIdentity, key: bytes, digest: bytes, role: str) -> dict[str, str]:
    to_sign = eip712.statement_digest(identity.domain(), identity.log_id, digest)
    return {
        "type": "eip712",
        "address": eip712.address_of(key),
        "role": role,
        "signature": to_hex(eip712.sign(key, to_sign)),
    }


def _require_digests(event: Mapping[str, Any]) -> None:
    """A reference filled in by the service would change a claim that is already committed to."""
    problems = [
        Problem(f"{pointer}/digest", "an event with own salts refers to others by digest", "required")
        for pointer, reference in giftcard.references(event["type"], event["claims"])
        if "digest" not in reference
    ]
    if problems:
        raise EventRejected(tuple(problems))
