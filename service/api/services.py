"""What the HTTP edge is given by the composition root: open logs, authentication, limits, readiness."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from fastapi import Request

from service.access.api_keys import ApiKeys, Principal
from service.access.ports import Mode
from service.access.readers import Reader
from service.access.room import AccessRoom
from service.access.signers import Signers
from service.anchoring.ports import AnchorOnChain
from service.api.bodies import BodyBudget
from service.api.metrics import Metrics
from service.api.problems import not_found
from service.api.replies import Replies
from service.core.checkpoint import LogIdentity
from service.disputes.erasure_room import ErasureRoom
from service.disputes.evidence_room import EvidenceRoom
from service.disputes.room import CaseRoom
from service.log.ports import AnchorReader, LogReader
from service.log.sequencer import Sequencer
from service.lookup.compare import Comparer
from service.lookup.search import Search
from service.webhooks.endpoints import Endpoints

T = TypeVar("T")


class Anchors(AnchorReader, Protocol):
    """The anchors of all logs; each read is one snapshot."""

    def anchors(self, log_id: bytes, after_size: int = 0, limit: int = 100) -> Sequence[AnchorOnChain]:
        """At most `limit` anchors larger than `after_size`, ascending, orphaned ones left out."""

    def latest(
        self, chain_id: int, registry: str, log_id: bytes, limit: int, below: int | None = None
    ) -> Sequence[AnchorOnChain]:
        """At most `limit` anchors smaller than `below`, the largest first, orphaned ones left out."""


@dataclass(frozen=True, slots=True)
class OpenLog:
    """One open log, with the `log` member that its answers carry. `name` is its folder in public URLs: the
    platform, with `-test` behind it for its test log.
    """

    name: str
    platform: str
    mode: Mode
    identity: LogIdentity
    sequencer: Sequencer
    reader: LogReader
    anchors: Anchors
    member: Mapping[str, object]


class Readiness(Protocol):
    """Whether the service can take events now. Called off the event loop."""

    def __call__(self) -> Mapping[str, object]:
        """Details by part; `ready` (bool) sums them up."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a router may use. One instance a process; it lives on `app.state.services`."""

    logs: Mapping[str, OpenLog]
    api_keys: ApiKeys
    signers: Signers
    access: AccessRoom
    budget: BodyBudget
    metrics: Metrics
    readiness: Readiness
    threads: Executor
    printers: Executor
    random: Callable[[int], bytes]
    lookup: Search
    comparer: Comparer
    webhooks: Endpoints
    disputes: CaseRoom
    erasure: ErasureRoom
    evidence: EvidenceRoom
    reads_at_hand: bool = False
    replies: Replies = field(default_factory=Replies)

    @staticmethod
    def log_name(principal: Principal | Reader) -> str:
        """The name of that log, whether it is open here or not."""
        return principal.platform if principal.mode == "live" else principal.platform + "-test"

    def log_of(self, principal: Principal | Reader) -> OpenLog:
        """The log a platform's key writes to and reads from, or a reader reads; 404 when there is none."""
        try:
            return self.logs[self.log_name(principal)]
        except KeyError:
            raise not_found() from None

    def public_log(self, name: str) -> OpenLog:
        """The log of a public URL; 404 when there is none."""
        try:
            return self.logs[name]
        except KeyError:
            raise not_found() from None

    async def off_loop(self, work: Callable[[], T]) -> T:
        """Run blocking work on the read threads."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def printed(self, work: Callable[[], T]) -> T:
        """Set pages, on threads of their own: a certificate takes a tenth of a second, and reads go on."""
        return await asyncio.get_running_loop().run_in_executor(self.printers, work)

    async def short_read(self, work: Callable[[], T]) -> T:
        """Run a read of a few rows: right here where the database is a file at hand (ADR 9)."""
        return work() if self.reads_at_hand else await self.off_loop(work)


def services_of(request: Request) -> Services:
    """The services of the application that handles the request."""
    return cast(Services, request.app.state.services)
