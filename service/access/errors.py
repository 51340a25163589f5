"""What can go wrong with keys, signers, shares and grants. `api/problems.py` alone turns these into HTTP."""

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


class CapabilityUnknown(AccessError):
    """No such share, grant, dispute or code; or one that ended or was revoked; or another tenant's.

    Never says which of these.
    """


class ExpiryRefused(AccessError):
    """A share or grant was asked for that would end too early or too late."""


class TooManyAttempts(AccessError):
    """Too many wrong codes within a minute, by this caller or by all together."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many wrong codes; wait before the next try")
        self.retry_after = retry_after


class RecordsBehind(AccessError):
    """Accesses cannot be recorded at present, so nothing is shown to holders of shares and grants."""
