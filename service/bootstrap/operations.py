"""What an operator does to logs and their chain from the command line, beside a running service or without
one.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from service import settings as settings_room
from service.anchoring.errors import NodeUnreachable
from service.anchoring.ports import AnchoringMetrics, AnchorOnChain, LogToAnchor
from service.bootstrap.access import database_url, identity_of, key_files, log_name
from service.bootstrap.chain import ChainRoom, open_chain
from service.bootstrap.files import check_in_use
from service.bootstrap.logs import WantedLog, ensure_record, ring_of
from service.bootstrap.networks import Account, accounts, deploy
from service.bootstrap.ring import CheckpointRing
from service.chain.anvil import EmbeddedChainBusy
from service.chain.deployments import Deployment
from service.chain.registry import Fault
from service.core.errors import TallyError
from service.core.hexs import to_hex
from service.log.errors import LogHalted
from service.log.notes import CheckpointNotes
from service.log.ports import LogRecord, LogState
from service.log.reader import StoredLogReader
from service.log.recovery import check_history
from service.settings import Settings
from service.store.anchor_store import SqlAnchorStore
from service.store.engine import migrate, open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore

_PAUSE = 0.5


class OperationRefused(TallyError):
    """The command would break a promise, or names what is not there; the message says what to do first."""


@dataclass(frozen=True, slots=True)
class LogStanding:
    """One log: what it holds, what is signed and what is anchored. `on_chain` None: no node answers."""

    name: str
    origin: str
    log_id: str
    state: str
    reason: str | None
    size: int
    signed: int
    anchored: int
    final: int
    on_chain: int | None
    next_deadline: int | None
    last_tx: str | None


class Operations:
    """Logs and chain of one data folder."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self.keys = key_files(settings.data)
        url = database_url(settings)
        migrate(url)
        engine = open_engine(url, connections=4)
        stack.callback(engine.dispose)
        self.logs = SqlLogStore(engine)
        self.anchors = SqlAnchorStore(engine)
        self.room: ChainRoom = stack.enter_context(self._room())
        self.last_signed = FileLastSigned(settings.data / "last_signed")

    def _room(self) -> ChainRoom:
        environment = settings_room.environment()
        try:
            return open_chain(self.settings.chain, self.settings.data, self.keys, environment=environment)
        except EmbeddedChainBusy:
            return open_chain(
                self.settings.chain, self.settings.data, self.keys, start_node=False, environment=environment
            )

    def records(self) -> list[LogRecord]:
        """All logs in this registry, oldest first."""
        here = (self.room.chain_id, self.room.registry)
        return [record for record in self.logs.logs() if (record.chain_id, record.registry) == here]

    def record(self, name: str) -> LogRecord:
        """The log of this name. Raises `OperationRefused`."""
        for record in self.records():
            if log_name(record) == name:
                return record
        raise OperationRefused(f"there is no log {name}; tally log list shows all")

    def reader(self, record: LogRecord, *, signs: bool = False) -> StoredLogReader:
        """One log as far as it is signed. `signs`: its notes are wanted too, which only the signed history
        may have.
        """
        notes = CheckpointNotes(record.log_id, self.last_signed, ring_of(self.keys, record))
        if signs:
            try:
                check_history(self.logs, self.last_signed, record.log_id)
            except LogHalted as error:
                notes.refuse(error.reason)
        return StoredLogReader(record.log_id, self.logs, notes)

    def standing(self, record: LogRecord) -> LogStanding:
        """Where a log stands."""
        anchored = self.anchors.newest(record.chain_id, record.registry, record.log_id)
        reader = self.reader(record)
        size = 0 if anchored is None else anchored.size
        ahead = reader.checkpoints(size, 1)
        return LogStanding(
            name=log_name(record),
            origin=record.origin,
            log_id=to_hex(record.log_id),
            state=record.state.value,
            reason=record.reason,
            size=self.logs.head(record.log_id).size,
            signed=reader.size(),
            anchored=size,
            final=self.final_size(record),
            on_chain=self._on_chain(record.log_id),
            next_deadline=ahead[0].anchor_by if ahead else None,
            last_tx=to_hex(anchored.tx) if anchored is not None and anchored.tx else None,
        )

    def final_size(self, record: LogRecord) -> int:
        """How far the log is anchored for good."""
        newest = self.anchors.newest_final(record.chain_id, record.registry, record.log_id)
        return 0 if newest is None else newest.size

    def _on_chain(self, log_id: bytes) -> int | None:
        try:
            return self.room.anchored_size(log_id)
        except NodeUnreachable:
            return None

    def chain_status(self) -> Mapping[str, object]:
        """The chain, the registry, and the accounts that pay."""
        room = self.room
        shown: dict[str, object] = {
            "network": room.config.name,
            "chain_id": room.chain_id,
            "registry": room.registry,
            "code_hash": to_hex(room.code_hash),
            "opener": room.opener,
            "gas_account": room.gas_address,
        }
        try:
            return {**shown, "reachable": True, **room.figures()}
        except NodeUnreachable as error:
            return {**shown, "reachable": False, "problem": str(error)}

    def faults(self, record: LogRecord) -> list[Fault]:
        """What was proven against a log on chain."""
        return self.room.contract.faults(record.log_id)

    def open(self, platform: str, *, test: bool) -> LogRecord:
        """Make the log's keys, open it in the registry, and add its row; does only what is missing."""
        if not settings_room.PLATFORM.fullmatch(platform) or platform.endswith(settings_room.TEST_SUFFIX):
            raise OperationRefused(f"{platform!r} is not a platform name")
        if test and not self.room.embedded:
            raise OperationRefused("a test log never meets a paid chain")
        wanted = WantedLog(platform, test)
        origin = f"{self.settings.origin_prefix}/{wanted.name}"
        identity = self.room.identity(origin)
        for key in CheckpointRing(self.keys, wanted.name, identity).unretired():
            self.room.open_log(origin, key.address, key.ed25519)
        return ensure_record(self.logs, wanted, identity, self.room.opener, self.room.max_delay)

    def seal(self, record: LogRecord, successor: LogRecord | None = None) -> None:
        """Seal a log for ever, naming the log that goes on in its stead. First nothing more is appended; the
        registry is told only once everything signed is anchored for good, else `OperationRefused` (run the
        command again then).
        """
        if successor is not None and successor.log_id == record.log_id:
            raise OperationRefused("a log is not its own successor")
        following = None if successor is None else successor.log_id
        if record.state is LogState.SEALED:
            following = self._successor(record, following)
        self.logs.set_state(record.log_id, LogState.SEALED, "sealed by the operator", following)
        size, on_chain = self.logs.head(record.log_id).size, self.room.anchored_size(record.log_id)
        if on_chain > size:
            # An older copy: whatever it has was anchored, and more, which nobody here can prove to extend it.
            self.room.seal_log(record.log_id, following)
            return
        if size and self.last_signed.read(record.log_id) is None:
            raise OperationRefused(
                f"{log_name(record)} appends no more, but LastSigned is missing, so nothing can be anchored: "
                f"run tally log adopt {log_name(record)} and tally chain anchor-now, then this again"
            )
        signed, final = self.reader(record).size(), self.final_size(record)
        if final < signed or on_chain < signed:
            raise OperationRefused(
                f"{log_name(record)} appends no more, but of {signed} signed entries only {final} "
                "are anchored for good: run tally chain anchor-now, then this again"
            )
        self.room.seal_log(record.log_id, following)

    def _successor(self, record: LogRecord, wanted: bytes | None) -> bytes | None:
        """Which log a run of `seal` after the first names: the one that was named before, if any was."""
        info = self.room.contract.log_info(record.log_id)
        named = record.successor
        if info.is_sealed:
            named = info.successor if any(info.successor) else None
        if wanted not in (None, named) and (named is not None or info.is_sealed):
            told = "no successor" if named is None else f"the successor {to_hex(named)}"
            raise OperationRefused(f"{log_name(record)} was sealed with {told}, and that stays so")
        return named or wanted

    def anchor_now(self, timeout: float, show: Callable[[str, int, int], None]) -> list[str]:
        """Anchor everything that is signed now, here or by the running service's worker, until it is final:
        what is in the way when the time runs out first, nothing otherwise.

        `show(name, anchored for good, signed)` is called for each log as it gets there.
        """
        records = self.records()
        readers = {record.log_id: self.reader(record, signs=True) for record in records}
        wanted = {record.log_id: readers[record.log_id].size() for record in records}
        logs = [LogToAnchor(identity_of(record), readers[record.log_id]) for record in records]
        anchoring = self.room.anchoring(self.anchors, logs, interval=0)
        end = time.monotonic() + timeout
        left = {record.log_id: record for record in records}
        try:
            while left and time.monotonic() < end:
                anchoring.step()
                for record in list(left.values()):
                    final = self.final_size(record)
                    if final >= wanted[record.log_id]:
                        show(log_name(record), final, wanted[record.log_id])
                        del left[record.log_id]
                if left:
                    time.sleep(_PAUSE)
        finally:
            anchoring.release()
        return _in_the_way(anchoring.metrics(), left)

    def history(self, record: LogRecord, limit: int) -> list[AnchorOnChain]:
        """The newest anchors of a log, newest first."""
        return self.anchors.latest(record.chain_id, record.registry, record.log_id, limit)


def _in_the_way(metrics: AnchoringMetrics, left: Mapping[bytes, LogRecord]) -> list[str]:
    """For each log that is not anchored yet: its own problem, else the chain's, else that it takes long."""
    common = metrics.problem or "not anchored for good yet; tally chain status shows how far it is"
    if not metrics.leading:
        common += " (another process sends: its journal says what is in the way)"
    problems = {log_id: log.problem for log_id, log in metrics.logs.items()}
    return [f"{log_name(record)}: {problems.get(log_id) or common}" for log_id, record in left.items()]


@contextmanager
def open_operations(settings: Settings, *, fresh: bool = False) -> Iterator[Operations]:
    """Open the data folder's database and chain; an embedded chain that is not running is run meanwhile.
    `fresh`: the folder may be made; otherwise DataFolderError where no service has been.
    """
    os.umask(0o077)
    if not fresh:
        check_in_use(settings.data)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        yield Operations(settings, stack)


def deploy_registry(settings: Settings) -> Deployment:
    """Deploy the registry to the settings' network from the data folder's opener key."""
    return deploy(settings.chain, key_files(settings.data), settings_room.environment())


def paying_accounts(settings: Settings) -> tuple[str, dict[str, Account]]:
    """The network's name, and the accounts that pay on it; their keys are made when absent."""
    return accounts(settings.chain, key_files(settings.data), settings_room.environment())


def chosen_settings(**given: object) -> Settings:
    """The environment's settings, overridden by the options given (None: not given)."""
    chosen = {name: value for name, value in given.items() if value is not None}
    return dataclasses.replace(settings_room.from_environment(), **chosen)  # type: ignore[arg-type]
