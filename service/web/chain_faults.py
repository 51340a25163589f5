"""Faults of logs that the registry has recorded, as the service's node tells them; each log is asked for once
in a while, however many people look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.core.eip712 import keccak256
from service.core.hexs import to_hex

KINDS = {1: "missed", 2: "late", 3: "fork", 4: "leaf_conflict", 5: "unanswered"}
_KEPT_SECONDS = 10.0
_COUNT_CALL = keccak256(b"faults(bytes32)")[:4]


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A broken promise, proven on chain. Times in Unix seconds, 0: never; `kind` as in the registry."""

    kind: int
    key: str
    reported_at: int
    signed_at: int
    compromised_at: int
    digest: bytes

    def document(self) -> Mapping[str, object]:
        """As JSON."""
        return {
            "kind": KINDS.get(self.kind, "other"),
            "key": self.key,
            "reported_at": self.reported_at,
            "signed_at": self.signed_at,
            "compromised_at": self.compromised_at or None,
            "digest": to_hex(self.digest),
        }


def count_call(log_id: bytes) -> str:
    """Calldata of `faults(log)`: what anybody may ask a node of their own."""
    return to_hex(_COUNT_CALL + log_id)


class KeptFaults:
    """Answers from memory for some seconds. `ask(log_id)` raises when no node answers. Safe among threads."""

    def __init__(self, ask: Callable[[bytes], Sequence[ChainFault]], monotonic: Callable[[], float]) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._kept: dict[bytes, tuple[float, Sequence[ChainFault]]] = {}
        self._turn = threading.Lock()

    def of(self, log_id: bytes) -> Sequence[ChainFault]:
        """The faults of one log."""
        with self._turn:  # one question at a time: a slow node is not asked the same by everybody
            found = self._kept.get(log_id)
            if found is None or self._monotonic() - found[0] > _KEPT_SECONDS:
                found = self._kept[log_id] = (self._monotonic(), tuple(self._ask(log_id)))
            return found[1]
