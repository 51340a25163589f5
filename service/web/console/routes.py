"""Every address of the console. A GET only reads; a change is a POST to the page it was made on."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from service.web.console import (
    disputes,
    entries,
    overview,
    records,
    sharing,
    sign_in,
    signers,
    trades,
    webhooks,
)
from service.web.console.guard import FIGURES, HOME, guarded
from service.web.console.room import ConsoleRoom

READ = (
    (HOME, overview.get_overview),
    (FIGURES, overview.get_figures),
    ("/console/disputes", disputes.get_disputes),
    ("/console/disputes/{dispute}", disputes.get_dispute),
    ("/console/disputes/{dispute}/files/{digest}", disputes.get_file),
    ("/console/search", entries.get_search),
    ("/console/entries/{leaf}", entries.get_entry),
    ("/console/entries/{leaf}/receipt", trades.get_receipt),
    ("/console/trades/{trade}", trades.get_trade),
    ("/console/trades/{trade}/evidence.{kind}", trades.get_evidence),
    (sharing.PLACE, sharing.get_shares),
    ("/console/keys", signers.get_keys),
    (signers.PLACE, signers.get_signers),
    (webhooks.PLACE, webhooks.get_webhooks),
    ("/console/webhooks/{webhook}", webhooks.get_webhook),
    ("/console/access", records.get_access),
    ("/console/limits", records.get_limits),
)
CHANGE = (
    ("/console/sign-out", sign_in.post_sign_out),
    ("/console/disputes/{dispute}", disputes.post_dispute),
    ("/console/disputes/{dispute}/files", disputes.post_file),
    ("/console/entries/{leaf}", entries.post_entry),
    ("/console/trades/{trade}", trades.post_trade),
    (sharing.PLACE, sharing.post_shares),
    (signers.PLACE, signers.post_signers),
    (webhooks.PLACE, webhooks.post_webhooks),
    ("/console/webhooks/{webhook}", webhooks.post_webhook),
)


def routers(room: ConsoleRoom) -> Sequence[APIRouter]:
    """The sign-in, and behind the guard everything else."""
    inside = APIRouter(include_in_schema=False, route_class=guarded(room))
    for path, handler in READ:
        inside.add_api_route(path, handler, methods=["GET"])
    for path, handler in CHANGE:
        inside.add_api_route(path, handler, methods=["POST"])
    return (sign_in.entrance(room), inside)
