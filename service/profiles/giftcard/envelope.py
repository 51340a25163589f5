"""The envelope of an event as it is posted: exactly these members, nothing beside them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct

from service.profiles.giftcard.common import Claims
from service.profiles.giftcard.scalars import Address, EvmSignature, Id, Opt, Time

MAX_CLAIMS: Final = 64
"""Most claims an event may have; every one is a disclosure and a digest in the statement."""

CLAIM_NAME_PATTERN: Final = r"^[!#-\[\]-~]{1,64}\Z"
"""Claim names are printable ASCII without space, quote and backslash: one order under every sorting rule, no
escapes in JSON."""

RESERVED_CLAIMS: Final = frozenset({"_sd", "_sd_alg", "..."})
"""Names that RFC 9901 section 4 gives a meaning of its own."""

DisclosureText = Annotated[
    str, Meta(min_length=1, max_length=87726, pattern=r"^[A-Za-z0-9_-]+\Z", extra={"scalar": "disclosure"})
]
ServiceRole = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z", extra={"scalar": "service_role"})]
Decoy = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z", extra={"scalar": "decoy"})]


class EventSignature(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A registered service key's signature over the statement; kept in the entry for ever, so nothing else
    fits in."""

    type: Literal["eip712"]
    address: Address
    role: ServiceRole
    signature: EvmSignature


class Envelope(Struct, kw_only=True, frozen=True, gc=False, forbid_unknown_fields=True):
    """An event as posted; `claims` is narrowed to the type's own struct by `envelope`."""

    event: Id
    trade: Id
    type: str
    occurred: Time
    claims: Claims
    disclosures: Opt[Annotated[list[DisclosureText], Meta(max_length=MAX_CLAIMS)]] = UNSET
    decoy: Opt[Decoy] = UNSET
    signatures: Opt[Annotated[list[EventSignature], Meta(max_length=8)]] = UNSET


@cache
def envelope(claims: type[Claims]) -> type[Envelope]:
    """The envelope whose claims have the given struct: one conversion then checks the whole event."""
    struct = msgspec.defstruct(
        f"{claims.__name__}Event",
        [("claims", claims)],
        bases=(Envelope,),
        kw_only=True,
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,
    )
    assert issubclass(struct, Envelope)
    return struct
