"""Registered signers: which addresses may sign a platform's statements as service keys, in which role, and
when.

An entry's `signatures` come from registered keys only (the entry format says so), so that a reader of an
entry knows that the service had the platform's word for the key. That a signature recovers to its address
is checked where the entry is prepared; here it is only asked whether that address was registered for that
role at that time.

A user's own key may be registered too, in the role `user`: it signs consents, never an entry, and being
registered before a consent is what binds it to the user. So that registration cannot be moved into the past.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from service.access.errors import SignerRefused, SignerUnknown
from service.access.ports import AccessStore, Signer
from service.core.errors import EventRejected, Problem

SERVICE_ROLES = ("platform", "guarantor", "insurer", "escrow_agent", "mediator", "arbitrator", "operator")
"""Roles in which a key may sign an entry's statement."""

USER = "user"
ROLES = (*SERVICE_ROLES, USER)

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class Signers:
    """Registration of signers and the check of a posted event's signatures against it.

    `platform` is the name of the platform's log throughout: a test key's registrations are the test log's
    own, and never let anybody sign in the live one.
    """

    def __init__(self, store: AccessStore, *, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._clock_ms = clock_ms

    def register(
        self, platform: str, address: str, role: str, valid_from: int | None, valid_until: int | None
    ) -> Signer:
        """Register an address for a role, or change its validity. SignerRefused names the member at fault.

        A user's key is valid from now at the earliest, or from when an unbroken registration began.
        """
        if not _ADDRESS.fullmatch(address):
            raise SignerRefused("/address", "an address is 0x and 40 lower-case hex digits")
        if role not in ROLES:
            raise SignerRefused("/role", "role must be one of " + ", ".join(ROLES))
        now = self._clock_ms()
        start = now if valid_from is None else valid_from
        if role == USER:
            start = self._bound_from(platform, address, now, valid_from)
        if valid_until is not None and valid_until <= start:
            raise SignerRefused("/valid_until", "valid_until must be later than valid_from")
        signer = Signer(platform, address, role, start, valid_until, now)
        self._store.put_signer(signer)
        return signer

    def _bound_from(self, platform: str, address: str, now: int, wanted: int | None) -> int:
        """When a user's key counts as bound: never before it was registered, nor across a time of being
        ended.
        """
        earliest = now
        for signer in self._store.signers(platform):
            ended = signer.valid_until is not None and signer.valid_until <= now
            if (signer.address, signer.role) == (address, USER) and not ended:
                earliest = min(signer.valid_from, now)
        return earliest if wanted is None else max(wanted, earliest)

    def list(self, platform: str) -> list[Signer]:
        """The platform's signers, oldest registration first."""
        return self._store.signers(platform)

    def end(self, platform: str, address: str, role: str) -> Signer:
        """End a signer's validity now. What it signed before stays signed. SignerUnknown when not
        registered.
        """
        for signer in self._store.signers(platform):
            if signer.address == address and signer.role == role:
                now = self._clock_ms()
                if signer.valid_until is not None and signer.valid_until <= now:
                    return signer
                ended = Signer(
                    platform, address, role, min(signer.valid_from, now - 1), now, signer.created_at
                )
                self._store.put_signer(ended)
                return ended
        raise SignerUnknown("this address is not registered for this role")

    def check(self, platform: str, event: Mapping[str, object]) -> None:
        """Every signature of the event is by a key registered now for its role; EventRejected lists those
        that are not.
        """
        signatures = event.get("signatures")
        if not isinstance(signatures, list) or not signatures:
            return
        now = self._clock_ms()
        registered = {
            (signer.address, signer.role)
            for signer in self._store.signers(platform)
            if signer.role in SERVICE_ROLES
            and signer.valid_from <= now
            and (signer.valid_until is None or now < signer.valid_until)
        }
        problems = tuple(
            Problem(
                f"/signatures/{number}/address",
                "no such key is registered for this role now",
                "signer_unknown",
            )
            for number, signature in enumerate(signatures)
            if not isinstance(signature, dict)
            or (signature.get("address"), signature.get("role")) not in registered
        )
        if problems:
            raise EventRejected(problems)
