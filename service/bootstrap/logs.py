"""Opening logs: a platform's row in the database, its checkpoint keys, its sequencer and reader."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.answers import log_member
from service.api.services import Anchors, OpenLog
from service.bootstrap.access import clock_ms, identity_of, log_name
from service.bootstrap.ring import CheckpointRing
from service.core.checkpoint import LogIdentity
from service.log.notes import CheckpointNotes
from service.log.ports import DeadlineRisk, LastSigned, LogRecord, LogStore, SigningStop
from service.log.reader import StoredLogReader
from service.log.sequencer import Sequencer
from service.store.keyfiles import KeyFiles


@dataclass(frozen=True, slots=True)
class WantedLog:
    """A log that shall be open: its platform, and whether it is the platform's test log."""

    platform: str
    test: bool

    @property
    def name(self) -> str:
        """The log's folder in public URLs."""
        return f"{self.platform}-test" if self.test else self.platform


def wanted_logs(platforms: tuple[str, ...], test_logs: bool) -> list[WantedLog]:
    """Every platform's log, and its test log where the chain allows test logs."""
    return [
        WantedLog(platform, test)
        for test in ((False, True) if test_logs else (False,))
        for platform in platforms
    ]


def ensure_record(
    store: LogStore, wanted: WantedLog, identity: LogIdentity, opener: str, max_delay: int
) -> LogRecord:
    """The log's row, added when absent."""
    for record in store.logs():
        if record.log_id == identity.log_id:
            return record
    record = LogRecord(
        log_id=identity.log_id,
        platform=wanted.platform,
        origin=identity.origin,
        chain_id=identity.chain_id,
        registry=identity.registry,
        opener=opener,
        max_delay=max_delay,
        test=wanted.test,
    )
    store.create(record)
    return record


def ring_of(keys: KeyFiles, record: LogRecord) -> CheckpointRing:
    """The checkpoint keys of a stored log."""
    return CheckpointRing(keys, log_name(record), identity_of(record))


@dataclass(frozen=True, slots=True)
class LogParts:
    """What every log shares with the others of the process."""

    store: LogStore
    last_signed: LastSigned
    keys: KeyFiles
    anchors: Anchors
    deadline_risk: DeadlineRisk
    signing_stop: SigningStop


def open_log(parts: LogParts, record: LogRecord, promise: int) -> OpenLog:
    """Wire one log and start its sequencer, which recovers first. LogHalted when its database is behind
    LastSigned.
    """
    identity = identity_of(record)
    notes = CheckpointNotes(record.log_id, parts.last_signed, ring_of(parts.keys, record))
    sequencer = Sequencer(
        identity,
        parts.store,
        parts.last_signed,
        notes,
        promise=min(promise, record.max_delay),
        clock=clock_ms,
        deadline_risk=parts.deadline_risk,
        signing_stop=parts.signing_stop,
    )
    return OpenLog(
        name=log_name(record),
        platform=record.platform,
        mode="test" if record.test else "live",
        identity=identity,
        sequencer=sequencer,
        reader=StoredLogReader(record.log_id, parts.store, notes),
        anchors=parts.anchors,
        member=log_member(identity),
    )
