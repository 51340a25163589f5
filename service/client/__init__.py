"""What platforms import: post events, get receipts that are already checked, survive bad networks.

from service.client import Client, Outbox

with Client("https://tally.example", "tally_live_…", trust=trust) as client:
    receipt = client.post(event)
"""

from __future__ import annotations

from service.client.background import BackgroundFlush
from service.client.blocking import Client
from service.client.errors import ApiProblem, OutboxConflict, OutboxFailed, ServiceUnreachable
from service.client.nonblocking import AsyncClient
from service.client.outbox import Flushed, Outbox, Refused
from service.client.outbox_file import State
from service.client.retry import RetryPolicy
from service.client.signing import SignedEvent, add_signature, ref, sign_event
from service.client.singles import TradeEntry

__all__ = [
    "ApiProblem",
    "AsyncClient",
    "BackgroundFlush",
    "Client",
    "Flushed",
    "Outbox",
    "OutboxConflict",
    "OutboxFailed",
    "Refused",
    "RetryPolicy",
    "ServiceUnreachable",
    "SignedEvent",
    "State",
    "TradeEntry",
    "add_signature",
    "ref",
    "sign_event",
]
