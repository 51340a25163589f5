"""What one process consists of, opened in order and closed in reverse.

Start: data folder locked, database migrated, chain and registry there, logs opened and recovered, anchoring
started, then the port. Stop: the port first (answers in flight are finished), then the logs (their queues are
emptied), then anchoring, then the chain, which is written to disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from service.anchoring.ports import LogToAnchor
from service.api.bodies import BodyBudget
from service.api.metrics import LogState, Metrics
from service.api.services import OpenLog, Services
from service.bootstrap.access import (
    access_room,
    api_keys,
    clock_ms,
    database_url,
    key_files,
    signers,
)
from service.bootstrap.chain import ChainRoom, OpenedLog, open_chain
from service.bootstrap.console import ConsoleParts
from service.bootstrap.disputes import case_forgetting, case_indexing, open_cases
from service.bootstrap.erasure import open_erasure, start_erasure
from service.bootstrap.evidence import EvidenceParts, open_evidence, operator_line
from service.bootstrap.follower import open_follower
from service.bootstrap.logs import LogParts, ensure_record, open_log, ring_of, wanted_logs
from service.bootstrap.lookup import open_index, open_search
from service.bootstrap.pages import explorer_of
from service.bootstrap.papers import TrustNow, Whereabouts, write_embedded_credentials, write_trust
from service.bootstrap.random import RandomBytes
from service.bootstrap.ring import CheckpointRing
from service.bootstrap.timestamps import start_stamping
from service.bootstrap.webhooks import WebhookParts, open_endpoints, start_webhooks
from service.disputes.certificate import PRINTERS
from service.disputes.prints import Prints
from service.log import ports as log_ports
from service.log.ports import LogRecord
from service.lookup.compare import Comparer
from service.settings import Settings, environment
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from service.web.explorer import Explorer

log = logging.getLogger("tally.serve")

_STOP_SECONDS = 4.0


class House:
    """Everything one process runs behind its port. Opened onto `stack`, which closes it in reverse.

    `worker`: this process runs the embedded node, if there is one, and sends anchors; others only watch.
    """

    def __init__(self, settings: Settings, stack: ExitStack, *, worker: bool) -> None:
        self.settings = settings
        self.worker = worker
        url = database_url(settings)
        migrate(url)
        self.engine = open_engine(url)
        stack.callback(self.engine.dispose)
        self.keys = key_files(settings.data)
        self.store = SqlLogStore(self.engine)
        self.anchors = SqlAnchorStore(self.engine)
        self.api_keys = api_keys(self.engine, self.keys)
        self.room: ChainRoom = stack.enter_context(
            open_chain(settings.chain, settings.data, self.keys, start_node=worker, environment=environment())
        )
        self.anchoring = self.room.anchoring(self.anchors, [], leads=worker)
        self.url = settings.public_url or ""
        self.access = access_room(self.engine, self.keys, lambda: self.url, settings.proxies)
        self.records = self._records()
        self.logs = self._open_logs(stack)
        self._start_anchoring(stack)
        self.follower = open_follower(self.engine, self.store, self.logs.values())
        self.index = open_index(self.engine, self.keys)
        self.follower.add(self.index)
        self.follower.add(case_indexing(self.engine))
        self.prints = Prints(clock_ms)
        self.erasure = open_erasure(
            self.engine,
            self.store,
            self.logs.values(),
            settings,
            leads=worker,
            forgetting=[self.index, case_forgetting(self.engine, self.logs.values()), self.prints],
        )
        start_erasure(self.erasure, stack)
        if worker:
            start_webhooks(self._webhook_parts(), stack)
        self._start_following(stack)

    def _records(self) -> list[LogRecord]:
        """The rows of all logs in this registry: the wanted ones, opened where that is ours to do, and
        older ones.
        """
        for wanted in wanted_logs(self.settings.platforms, test_logs=self.room.embedded):
            origin = f"{self.settings.origin_prefix}/{wanted.name}"
            identity = self.room.identity(origin)
            ring = CheckpointRing(self.keys, wanted.name, identity)
            # An embedded chain that began anew has to take the retired keys' checkpoints once more.
            for key in reversed(ring.all()) if self.room.embedded else ring.unretired():
                self.room.ensure_log(origin, key.address, key.ed25519)
            self.room.check_signer(identity.log_id, ring.at(clock_ms() // 1000).address)
            ensure_record(self.store, wanted, identity, self.room.opener, self.room.max_delay)
        self.room.keep_open(self._keys_to_keep)
        here = (self.room.chain_id, self.room.registry)
        return [record for record in self.store.logs() if (record.chain_id, record.registry) == here]

    def _keys_to_keep(self) -> list[OpenedLog]:
        return [
            OpenedLog(record.origin, key.address, key.ed25519)
            for record in self.records
            for key in reversed(ring_of(self.keys, record).all())
        ]

    def _open_records(self) -> list[LogRecord]:
        """The rows of the logs that are open here, in their order."""
        by_id = {record.log_id: record for record in self.records}
        return [by_id[opened.identity.log_id] for opened in self.logs.values()]

    def _open_logs(self, stack: ExitStack) -> dict[str, OpenLog]:
        parts = LogParts(
            store=self.store,
            last_signed=FileLastSigned(self.settings.data / "last_signed"),
            keys=self.keys,
            anchors=self.anchors,
            deadline_risk=self.anchoring.deadline_risk,
            signing_stop=self.anchoring.signing_stop,
        )
        logs = {}
        for record in self.records:
            opened = open_log(parts, record, self.room.promise)
            opened.sequencer.start()
            stack.callback(opened.sequencer.stop, _STOP_SECONDS)
            if opened.sequencer.halted is not None:
                log.error("log %s is halted: %s", opened.name, opened.sequencer.halted)
            logs[opened.name] = opened
        return logs

    def _start_anchoring(self, stack: ExitStack) -> None:
        for opened in self.logs.values():
            self.anchoring.add(LogToAnchor(opened.identity, opened.reader))
        self.anchoring.start()
        stack.callback(self.anchoring.stop, _STOP_SECONDS)
        if self.worker:
            start_stamping(self.settings, self.engine, self.anchors, self.logs.values(), stack, _STOP_SECONDS)

    def _webhook_parts(self) -> WebhookParts:
        return WebhookParts(
            self.engine,
            self.keys,
            self.settings,
            self.store,
            self.index,
            [*self.logs.values()],
            self.follower,
        )

    def _start_following(self, stack: ExitStack) -> None:
        """After every room has added its handler; one process of those that share a database is enough."""
        if self.worker:
            self.follower.start()
            stack.callback(self.follower.stop, _STOP_SECONDS)

    def services(self, stack: ExitStack) -> Services:
        """What the API needs."""
        budget = BodyBudget(self.settings.body_budget)
        threads = ThreadPoolExecutor(self.settings.read_threads, thread_name_prefix="read")
        stack.callback(threads.shutdown, cancel_futures=True)
        printers = ThreadPoolExecutor(PRINTERS, thread_name_prefix="print")
        stack.callback(printers.shutdown, cancel_futures=True)
        self.access.records.start()
        stack.callback(self.access.records.stop, _STOP_SECONDS)
        return Services(
            logs=self.logs,
            api_keys=self.api_keys,
            signers=signers(self.engine),
            access=self.access,
            budget=budget,
            metrics=Metrics(
                self._states, lambda: budget.used, self.anchoring.metrics, self.follower.progress
            ),
            readiness=self._readiness,
            threads=threads,
            printers=printers,
            random=RandomBytes(),
            lookup=open_search(self.engine, self.keys),
            webhooks=open_endpoints(self.engine, self.keys, self.settings),
            comparer=Comparer(TrustNow(self.keys, self.room.code_hash, self._open_records())),
            disputes=open_cases(self.engine, self.keys, self.logs.values()),
            erasure=self.erasure,
            evidence=open_evidence(
                EvidenceParts(
                    self.engine,
                    self.keys,
                    self.index,
                    self.room.code_hash,
                    self.logs,
                    self._open_records(),
                    self.prints,
                    self.room.config.name,
                    self.settings.public_url,
                    operator_line(self.settings),
                )
            ),
            reads_at_hand=self.engine.dialect.name == "sqlite",
        )

    def console_parts(self) -> ConsoleParts:
        """What the console is made from."""
        return ConsoleParts(
            self.settings, self.engine, self.keys, self.api_keys, self.anchors, self.logs, self.room
        )

    def _states(self) -> Iterator[LogState]:
        for opened in self.logs.values():
            newest = self.anchors.newest(self.room.chain_id, self.room.registry, opened.identity.log_id)
            yield LogState(
                log=opened.name,
                size=opened.reader.size(),
                anchored_size=0 if newest is None else newest.size,
                anchored_at=None if newest is None else float(newest.slot.timestamp),
                halted=opened.sequencer.halted is not None and not self._sealed(opened),
            )

    def _sealed(self, opened: OpenLog) -> bool:
        """Whether it appends nothing because its owner wants it so: no reason for an alarm."""
        return self.store.log(opened.identity.log_id).state is log_ports.LogState.SEALED

    def _readiness(self) -> Mapping[str, object]:
        halted = sorted(name for name, opened in self.logs.items() if opened.sequencer.halted is not None)
        try:
            for opened in self.logs.values():
                self.store.head(opened.identity.log_id)
            database = True
        except Exception:
            # Whatever it is, this process cannot take events; the journal of the failing request says more.
            database = False
        chain = self.anchoring.metrics()
        return {
            "ready": database and len(halted) < max(1, len(self.logs)),
            "database": database,
            "halted": halted,
            "chain": {"reachable": chain.reachable, "block": chain.block, "skew": chain.skew},
        }

    def explorer(self) -> Explorer:
        """What the public pages of the logs need."""
        return explorer_of(self.room, self.keys, self.store, self._open_records())

    def write_papers(self, url: str) -> None:
        """`trust.json`, and for the embedded chain `credentials.json`. One process of those that share a
        folder does.
        """
        if not self.worker:
            return
        folder = self.settings.data
        write_trust(folder, self.keys, self.room.code_hash, self._open_records())
        if self.room.embedded:
            where = Whereabouts(url, self.room.rpc_url, self.room.registry)
            write_embedded_credentials(folder, self.api_keys, self.logs, where)
