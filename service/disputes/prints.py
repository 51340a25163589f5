"""Certificates printed lately: evidence that says the same is set as pages once, not for every download."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

import orjson

from service.core import receipt as receipts
from service.core.evidence import Evidence

KEPT_MS: Final = 60_000
"""How long after it was taken evidence may still be handed out: its certificate's time and number hold."""
_MOST: Final = 64
_OF_THE_MOMENT: Final = frozenset({"evaluated", "size"})


@dataclass(frozen=True, slots=True)
class Print:
    """Evidence and the certificate printed from it."""

    evidence: Evidence
    certificate: bytes


class Prints:
    """The prints of the last minute, in memory. `clock_ms` is the clock that evidence is taken by. Safe among
    threads; each service process has its own.

    What is asked for is always gathered afresh and compared: a print is found only by evidence that shows the
    same to the same reader, so no print outlives a new entry, an anchor, a registered key or an erasure.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._lock = Lock()
        self._prints: OrderedDict[bytes, Print] = OrderedDict()
        self._forgotten = 0

    def of(
        self, gather: Callable[[], Evidence | None], trust: bytes, printed: Callable[[Evidence], bytes]
    ) -> Print | None:
        """The print of evidence that says the same as what `gather` takes now and is at most a minute old; a
        new one, made by `printed`, where there is none. None when `gather` finds nothing. `trust`: the trust
        file, which stands on the pages.
        """
        with self._lock:
            forgotten = self._forgotten
        evidence = gather()
        if evidence is None:
            return None
        key = substance(evidence, trust)
        with self._lock:
            self._drop_old()
            found = self._prints.get(key)
        if found is not None:
            return found
        made = Print(evidence, printed(evidence))
        with self._lock:
            if forgotten == self._forgotten:  # what was erased since it was gathered is not kept
                self._prints[key] = made
                while len(self._prints) > _MOST:
                    self._prints.popitem(last=False)
        return made

    def forget(self, log_id: bytes, index: int, claims: frozenset[str] | None) -> None:
        """`Forgetting`: no print is kept when something was erased, whosever it was."""
        with self._lock:
            self._forgotten += 1
            self._prints.clear()

    def _drop_old(self) -> None:
        oldest = self._clock_ms() - KEPT_MS
        for key in [key for key, each in self._prints.items() if each.evidence.taken < oldest]:
            del self._prints[key]


def substance(evidence: Evidence, trust: bytes) -> bytes:
    """The SHA-256 of what evidence says, whenever it was taken: without its time, and without the checkpoint
    that the log happened to have then and the paths to it.
    """
    findings = evidence.findings or {}
    said = (
        evidence.log,
        evidence.trade,
        (evidence.head.count, evidence.head.leaf),
        len(evidence.receipts),
        evidence.sealed,
        evidence.keys,
        evidence.final,
        evidence.audience,
        {name: value for name, value in findings.items() if name not in _OF_THE_MOMENT},
        evidence.attachments,
        [(each.size, each.token) for each in evidence.timestamps],
        evidence.generator,
        evidence.hints,
    )
    hasher = sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=bytes.hex))
    for part in (trust, *map(receipts.format, (*evidence.receipts, *evidence.context))):
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()
