"""What can go wrong with webhooks. `api/problems.py` alone turns these into HTTP."""

from __future__ import annotations

from service.core.errors import TallyError


class WebhookError(TallyError):
    """Any refusal of this room."""


class WebhookUnknown(WebhookError):
    """The platform has no such endpoint or delivery."""


class WebhookRefused(WebhookError):
    """What was asked of an endpoint cannot be; `pointer` names the member at fault."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


class AddressRefused(WebhookError):
    """The endpoint's name leads to an address that nothing is sent to."""
