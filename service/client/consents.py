"""Consents by wallet signature, as the claim `consent` of an event; a wallet signs the same typed messages.

The salt keeps a signature from telling, once the claim is erased, which amount it was over.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.hexs import to_hex

Random = Callable[[int], bytes]
Consent = dict[str, object]


def acceptance(
    identity: LogIdentity,
    key: bytes,
    *,
    platform: str,
    trade: str,
    quote: bytes,
    amount: int,
    currency: str,
    channel: str,
    valid_until: int,
    random: Random = secrets.token_bytes,
) -> Consent:
    """Consent to a quote: `quote` is its statement's digest, `amount` in fen, `valid_until` Unix seconds."""
    salt = random(32)
    digest = eip712.acceptance_digest(
        identity.domain(),
        identity.log_id,
        platform=platform,
        trade=trade,
        quote=quote,
        amount=amount,
        currency=currency,
        channel=channel,
        valid_until=valid_until,
        salt=salt,
    )
    shown = {"platform": platform, "channel": channel, "validUntil": valid_until}
    return _consent("Acceptance", key, digest, salt) | shown


def acknowledgement(
    identity: LogIdentity,
    key: bytes,
    *,
    trade: str,
    payout: bytes,
    amount: int,
    currency: str,
    random: Random = secrets.token_bytes,
) -> Consent:
    """Acknowledgement of a payout: `payout` is its statement's digest, `amount` in fen."""
    salt = random(32)
    digest = eip712.acknowledgement_digest(
        identity.domain(),
        identity.log_id,
        trade=trade,
        payout=payout,
        amount=amount,
        currency=currency,
        salt=salt,
    )
    return _consent("Acknowledgement", key, digest, salt)


def endorsement(
    identity: LogIdentity,
    key: bytes,
    *,
    role: str,
    event: str,
    digest: bytes,
    random: Random = secrets.token_bytes,
) -> Consent:
    """Endorsement of another event by its statement's digest; the claim `actor` must name the same role."""
    salt = random(32)
    signed = eip712.endorsement_digest(
        identity.domain(), identity.log_id, role=role, digest=digest, salt=salt
    )
    return _consent("Endorsement", key, signed, salt) | {"ref": {"event": event, "digest": to_hex(digest)}}


def _consent(kind: str, key: bytes, digest: bytes, salt: bytes) -> Consent:
    return {
        "method": "eip712",
        "type": kind,
        "address": eip712.address_of(key),
        "signature": to_hex(eip712.sign(key, digest)),
        "salt": to_hex(salt),
    }
