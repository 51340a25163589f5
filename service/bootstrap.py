"""The composition root: the only place that wires edges together.

One process is a `House`. Order matters at both ends. Start: data folder locked, database migrated, chain and
registry there, logs opened and recovered, anchoring started, then the port. Stop: the port first (answers in
flight are finished), then the logs (their queues are emptied), then anchoring, then the chain, which is
written to disk.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext

import uvloop

from service.anchoring.ports import LogToAnchor
from service.api.app import create_app
from service.api.bodies import BodyBudget
from service.api.metrics import LogState, Metrics
from service.api.server import serve as serve_until_stopped
from service.api.server import server_of
from service.api.services import OpenLog, Services
from service.bootstrap_access import (
    access_room,
    api_keys,
    clock_ms,
    database_url,
    key_files,
    signers,
)
from service.bootstrap_chain import ChainRoom, OpenedLog, open_chain
from service.bootstrap_console import ConsoleParts, console_pages
from service.bootstrap_disputes import case_forgetting, case_indexing, open_cases
from service.bootstrap_erasure import open_erasure, start_erasure
from service.bootstrap_evidence import EvidenceParts, open_evidence, operator_line
from service.bootstrap_files import check_in_use, locked
from service.bootstrap_follower import open_follower
from service.bootstrap_journal import open_journal
from service.bootstrap_logs import LogParts, ensure_record, open_log, ring_of, wanted_logs
from service.bootstrap_lookup import open_index, open_search
from service.bootstrap_pages import error_page, explorer_of, pages
from service.bootstrap_papers import TrustNow, Whereabouts, write_embedded_credentials, write_trust
from service.bootstrap_random import RandomBytes
from service.bootstrap_ring import CheckpointRing
from service.bootstrap_timestamps import start_stamping
from service.bootstrap_webhooks import WebhookParts, open_endpoints, start_webhooks
from service.disputes.prints import Prints
from service.log import ports as log_ports
from service.log.ports import LogRecord
from service.lookup.compare import Comparer
from service.settings import Settings, SettingsError, environment
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from service.web.explorer import Explorer

log = logging.getLogger("tally.serve")

_STOP_SECONDS = 4.0
_SWITCH_SECONDS = 0.0001


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


class _Stopped(BaseException):
    """SIGTERM or SIGINT before the port was open."""


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """Let a signal during the start unwind the stack, so that the chain is kept and its process ended."""

    def stop(_number: int, _frame: object) -> None:
        raise _Stopped

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        log.info("stopped before the service was ready")


def _ignore_signals() -> None:
    # Stopping has begun and takes its course; a second signal must not cut it short half way.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _url(settings: Settings, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _serve_api(house: House, stack: ExitStack, *, demo: bool) -> None:
    def ready(port: int) -> None:
        url = house.url = _url(house.settings, port)
        house.write_papers(url)
        log.info("serving")
        print(f"ready {url}", flush=True)
        if demo:
            from service.bootstrap_demo import start_demo

            start_demo(house.settings.data)

    async def run() -> None:
        node = house.room.rpc_url if house.room.embedded else None
        shown = [
            *pages(house.settings.data, node, house.explorer()),
            *console_pages(house.console_parts(), stack),
        ]
        app = create_app(house.services(stack), shown, error_page)
        await serve_until_stopped(server_of(app, house.settings.host, house.settings.port, ready))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(run())
        except SystemExit:  # the server's way to say that it cannot listen; its journal line has the reason
            place = f"{house.settings.host}:{house.settings.port}"
            raise SettingsError(f"cannot listen on {place}: is another service there?") from None


def _wait_for_a_signal() -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    log.info("anchoring only")
    print("ready", flush=True)
    stopped.wait()


def serve(settings: Settings, *, demo: bool, worker: bool, api: bool) -> None:
    """Run one process until it is told to stop: the API, the anchor worker, or both."""
    if not worker:
        check_in_use(settings.data)
    os.umask(0o077)  # the database holds personal data; whatever is meant to be read by others says so itself
    open_journal(settings.log_level)
    # A posting thread and the sequencer's hand work to each other all the time; at the interpreter's 5 ms
    # each hand-over would wait for longer than the work takes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Those who share a PostgreSQL database share the folder too; one SQLite file or embedded chain is for
    # one.
    alone = worker and (settings.database_url is None or api)
    with _signals_unwind(), locked(settings.data) if alone else nullcontext(), ExitStack() as stack:
        house = House(settings, stack, worker=worker)
        stack.callback(_ignore_signals)
        if not api:
            house.write_papers("")
            _wait_for_a_signal()
        else:
            _serve_api(house, stack, demo=demo)
    log.info("stopped")
