"""The busiest operations, found by method and path before FastAPI looks.

They have no parameters that FastAPI would have to resolve, and its way to a handler costs several times the
handler. They are routes of the application all the same: for its document, and for other spellings of an
address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from service.api.routers import batch, events, logs, receipts
from service.api.services import Services


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One operation. `path` is its route's, for metrics and the record of accesses; `handler` gets the
    request and the path's last segment.
    """

    path: str
    handler: Callable[[Request, str], Awaitable[Response]]


class Shortcuts:
    """Operations by (method, whole path), and by (method, path without its last segment)."""

    def __init__(
        self, whole: Mapping[tuple[str, str], Shortcut], below: Mapping[tuple[str, str], Shortcut]
    ) -> None:
        self._whole = whole
        self._below = below

    def find(self, method: str, path: str) -> tuple[Shortcut, str] | None:
        """The operation and the path's last segment; None for everything that FastAPI is to route."""
        parent, _, last = path.rpartition("/")
        found = self._whole.get((method, path)) or self._below.get((method, parent))
        return None if found is None or not last else (found, last)


def shortcuts(services: Services) -> Shortcuts:
    """Posts, receipts by leaf, and the newest checkpoint and inclusion proofs of every open log."""
    whole = {
        ("POST", events.PATH): Shortcut(events.PATH, lambda request, _: events.post_event(request)),
        ("POST", batch.PATH): Shortcut(batch.PATH, lambda request, _: batch.post_batch(request)),
    }
    for name in services.logs:
        whole["GET", f"/logs/{name}/proof"] = _of_log(logs.PROOF, logs.get_proof, name)
        whole["GET", f"/logs/{name}/checkpoint"] = _of_log(logs.CHECKPOINT, logs.get_checkpoint, name)
    return Shortcuts(whole, {("GET", receipts.PATH): Shortcut(receipts.RECEIPT, receipts.get_receipt)})


def _of_log(path: str, handler: Callable[[Request, str], Awaitable[Response]], name: str) -> Shortcut:
    return Shortcut(path, lambda request, _: handler(request, name))
