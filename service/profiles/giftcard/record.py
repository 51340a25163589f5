"""Events about the record itself: corrections, erasures, holds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from service.profiles.giftcard.common import Claims, Consent, Ref
from service.profiles.giftcard.scalars import Leaf, Name, Opt, Prose, Time

Leaves = Annotated[list[Leaf], Meta(min_length=1, max_length=1024)]


class Correction(Claims, kw_only=True, frozen=True, gc=False):
    """An earlier event is said to be wrong. It deletes nothing."""

    target: Ref
    reason: Literal["did_not_occur", "incorrect_data", "duplicate"]
    replacement: Opt[Ref] = UNSET
    consent: Opt[Consent] = UNSET


class Erasure(Claims, kw_only=True, frozen=True, gc=False):
    """The service erased claims and salts of entries of this trade; their leaves stay."""

    targets: Leaves
    ground: Literal["request", "retention", "order"]
    requested_by: Opt[Name] = UNSET
    authority: Opt[Name] = UNSET


class Hold(Claims, kw_only=True, frozen=True, gc=False):
    """Entries of this trade must not be erased while the hold lasts."""

    targets: Leaves
    ground: Prose
    until: Opt[Time] = UNSET
