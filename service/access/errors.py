"""What can go wrong with API keys and registered signers. `api/problems.py` alone turns these into HTTP."""

from __future__ import annotations

from service.core.errors import TallyError


class AccessError(TallyError):
    """Any refusal of this room."""


class NotAuthenticated(AccessError):
    """No API key was given, or the one given is not (or no longer) valid. Never says which of the two."""


class NotPermitted(AccessError):
    """The API key is valid, but its role does not allow this operation."""


class PlatformUnknown(AccessError):
    """The operation names a platform that has no log here."""


class ApiKeyUnknown(AccessError):
    """No API key has this id."""


class SignerUnknown(AccessError):
    """The platform has registered no signer with this address and role."""


class SignerRefused(AccessError):
    """A signer's registration is malformed: address, role or validity."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail
