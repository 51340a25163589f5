"""Webhooks over the service's database: endpoints for the API, and in the worker process what makes and sends
messages.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import SystemRandom

from sqlalchemy import Engine

import service
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms, signers
from service.bootstrap.follower import case_log
from service.core.receipt import Receipt
from service.core.state_proof import parse_header
from service.disputes.gather import TradeFile, TradeTooLong, gather
from service.disputes.ports import CardIndex, CaseLog
from service.log.follower import Follower
from service.log.ports import LogStore
from service.profiles.giftcard.findings import evaluate
from service.profiles.giftcard.findings.model import Finding, KeyValidity
from service.settings import Settings
from service.store.anchor_store import SqlAnchorStore
from service.store.dispute_store import SqlCaseIndex
from service.store.keyfiles import KeyFiles
from service.store.lookup_store import SqlCursorStore
from service.store.webhook_store import SqlWebhookStore
from service.webhooks.delivering import Deliverer
from service.webhooks.endpoints import Endpoints
from service.webhooks.errands import AnchorErrand, AnswerErrand, FindingErrand
from service.webhooks.producing import EntryMessages
from service.webhooks.running import Errands
from service.webhooks.signing import SecretBox
from service.webhooks.transport import Transport

_STOP_SECONDS = 4.0


def open_endpoints(engine: Engine, keys: KeyFiles, settings: Settings) -> Endpoints:
    """What the API works with."""
    return Endpoints(
        SqlWebhookStore(engine, os.urandom),
        _box(keys),
        clock_ms=clock_ms,
        random=os.urandom,
        development=settings.webhook_development,
    )


def _box(keys: KeyFiles) -> SecretBox:
    return SecretBox(keys.secret("webhooks"), os.urandom)


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """What messages are made from."""

    engine: Engine
    keys: KeyFiles
    settings: Settings
    entries: LogStore
    cards: CardIndex
    logs: Sequence[OpenLog]
    follower: Follower[CaseLog]


def start_webhooks(parts: WebhookParts, stack: ExitStack) -> None:
    """Make and send messages in this process. The follower must not have been started yet."""
    store = SqlWebhookStore(parts.engine, os.urandom)
    parts.follower.add(EntryMessages(store, clock_ms))
    logs = [case_log(opened) for opened in parts.logs]
    anchors = AnchorErrand(store, SqlAnchorStore(parts.engine), parts.entries, SqlCursorStore(parts.engine))
    answers = AnswerErrand(store, SqlCaseIndex(parts.engine))
    findings = FindingErrand(store, _findings(parts), logs)
    errands = Errands(logs, [anchors, answers], findings, store, clock_ms)
    deliverer = Deliverer(
        store,
        _box(parts.keys),
        Transport(development=parts.settings.webhook_development, monotonic=time.monotonic),
        clock_ms=clock_ms,
        chance=SystemRandom().random,
        agent=f"tallystick/{service.__version__}",
    )
    for worker in (errands, deliverer):
        worker.start()
        stack.callback(worker.stop, _STOP_SECONDS)


def _findings(parts: WebhookParts) -> Callable[[CaseLog, str], Callable[[int], Sequence[Finding]] | None]:
    registered = signers(parts.engine)

    def findings(log: CaseLog, trade: str) -> Callable[[int], Sequence[Finding]] | None:
        keys = [
            KeyValidity(each.address, each.role, each.valid_from, each.valid_until)
            for each in registered.list(log.name)
        ]
        try:
            file = gather(log, trade, cards=parts.cards, keys=keys)
        except TradeTooLong:
            return None
        if file is None:
            return None
        view = file.view(_final_blocks(file))
        return lambda now: evaluate(view, now)

    return findings


def _final_blocks(file: TradeFile) -> dict[int, frozenset[bytes]]:
    """A receipt carries a state proof only once its block is final."""
    found: defaultdict[int, set[bytes]] = defaultdict(set)
    receipts: Iterable[Receipt] = (*file.receipts, *file.context)
    for anchor in (each for receipt in receipts for each in receipt.anchors):
        if anchor.state_proof is not None:
            found[anchor.chain_id].add(parse_header(anchor.state_proof.header).hash)
    return {chain: frozenset(hashes) for chain, hashes in found.items()}
