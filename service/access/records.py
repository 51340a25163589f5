"""The record of who saw what: each access by a share or a grant, for the platform to look at.

Recording is off the way of the answer: accesses are collected in memory and written a few times a second,
each holder and kind once a minute. What cannot be written yet is kept and tried again; when too much has
piled up, holders of shares and grants are shown nothing until it could be written (`check`), so that there
is no access without a record for longer than a second of a crash.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from service.access.errors import RecordsBehind
from service.access.ports import AccessRecord, RecordStore
from service.access.readers import Reader

log = logging.getLogger("tally.access")

FLUSH_SECONDS = 0.4
MOST_WAITING = 10_000
_Key = tuple[str, str, int]


class AccessRecords:
    """Collects accesses and writes them from a thread of its own. Safe to call from any thread."""

    def __init__(self, store: RecordStore, *, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._clock_ms = clock_ms
        self._waiting: dict[_Key, AccessRecord] = {}
        self._written: set[_Key] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin writing."""
        self._thread = threading.Thread(target=self._run, name="access-records", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Write what is waiting and end the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def check(self) -> None:
        """RecordsBehind when nothing more can be recorded for now. Ask before showing content."""
        if len(self._waiting) >= MOST_WAITING:
            raise RecordsBehind("accesses cannot be recorded at present; try again later")

    def record(self, reader: Reader, kind: str, caller: bytes | None) -> None:
        """Note that a share or grant was shown content of this kind. Returns at once."""
        if reader.holder == "platform" or reader.trade is None:
            return
        access = AccessRecord(
            tenant=reader.tenant,
            holder=reader.holder,
            holder_id=reader.id,
            trade=reader.trade,
            dispute=reader.dispute,
            kind=kind,
            at=self._clock_ms(),
            caller=caller,
        )
        key = (access.holder_id, kind, access.minute)
        with self._lock:
            if key not in self._written:
                self._waiting.setdefault(key, access)
        self._wake.set()

    def write(self) -> None:
        """Write what is waiting; what could not be written stays waiting."""
        with self._lock:
            batch = dict(self._waiting)
        if not batch:
            return
        self._store.add_records(list(batch.values()))
        newest = max(minute for _, _, minute in batch)
        with self._lock:
            for key in batch:
                del self._waiting[key]
            # Known only to spare a write: the store itself keeps each once.
            self._written = {key for key in self._written | batch.keys() if key[2] >= newest}

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self._stopping.wait(FLUSH_SECONDS)
            self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self.write()
        except Exception as error:
            # Any failure of the database: the accesses stay in memory and are tried again.
            log.warning("accesses not recorded yet: %s", type(error).__name__)
            self._wake.set()
