"""A share as it is given to the user: link, code and QR code, this once."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from service.access.codes import printed
from service.access.links import qr_svg
from service.access.ports import Share, Tenant
from service.access.room import AccessRoom
from service.access.shares import NewShare
from service.api.problems import Refusal
from service.core.times import format_time


def wanted(request: Request) -> bool:
    """Whether a POST of an event asks for a share (`?share=1`); 422 for any other value."""
    value = request.query_params.get("share")
    if value in (None, "1"):
        return value == "1"
    detail = "share is 1, or absent"
    raise Refusal(
        "invalid-parameter", detail, errors=[{"parameter": "share", "detail": detail, "code": "share"}]
    )


def listed(share: Share) -> dict[str, object]:
    """A share without its secrets."""
    return {
        "id": share.id,
        "trade": share.trade,
        "created": format_time(share.created_at),
        "expires": format_time(share.expires_at),
        "code_expires": format_time(share.code_until),
        "revoked": None if share.revoked_at is None else format_time(share.revoked_at),
        "last_used": None if share.last_used is None else format_time(share.last_used),
    }


def given(room: AccessRoom, new: NewShare) -> Mapping[str, object]:
    """A new share with its secrets. Draws the QR code: some milliseconds, off the event loop."""
    link = room.links.share(new.token)
    return {**listed(new.share), "url": link, "code": printed(new.code), "qr": qr_svg(link)}


def create(room: AccessRoom, tenant: Tenant, trade: str, expires_at: int | None) -> Mapping[str, object]:
    """Make a share and what is given of it."""
    return given(room, room.shares.create(tenant, trade, expires_at))
