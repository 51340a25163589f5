"""Rotating a log's checkpoint key: add, switch at a stated moment, retire. Each step may be run again.

The registry never forgets a key and never takes one back, and a key it has retired anchors nothing. So the
next key is added there before anybody signs with it, and the old one is retired only once nothing needs its
signature any more: everything it signed is anchored for good, or a newer checkpoint, which covers all of it,
is signed by a key that may still anchor.
"""

from __future__ import annotations

from datetime import UTC, datetime

from service.bootstrap.access import clock_ms, log_name
from service.bootstrap.logs import ring_of
from service.bootstrap.operations import OperationRefused, Operations
from service.bootstrap.papers import write_trust
from service.bootstrap.ring import RingKey
from service.log.ports import CheckpointRecord, LogRecord, LogState


class KeyRotation:
    """Rotation of the checkpoint keys of one log."""

    def __init__(self, operations: Operations, record: LogRecord) -> None:
        self._operations = operations
        self._record = record
        self._name = log_name(record)
        self._ring = ring_of(operations.keys, record)
        self.embedded = operations.room.embedded

    def rotate(self, lead: int) -> RingKey:
        """Add a new key in the registry; it signs from `lead` seconds after that on. A rotation that was cut
        short is finished. Raises `OperationRefused` while the one before has not come to pass.
        """
        if self._record.state is not LogState.OPEN:
            raise OperationRefused(f"{self._name} is {self._record.state.value}: it signs nothing new")
        newest = self._ring.all()[0]
        if newest.key.active_from > clock_ms():
            self._write_trust()
            raise OperationRefused(
                f"{newest.address} is to sign {self._name} from {_time(newest.key.active_from)} on; "
                "wait until then"
            )
        self._operations.keys.stage(self._name)
        staged = self._ring.staged()
        if staged is None:
            raise OperationRefused(f"another run has just rotated the key of {self._name}")
        self._operations.room.open_log(self._record.origin, staged.address, staged.ed25519)
        # Whole seconds, as checkpoints have: it signs from exactly the moment that the trust file names.
        self._operations.keys.activate(self._name, 1000 * (-(-clock_ms() // 1000) + lead))
        self._write_trust()
        return self._ring.all()[0]

    def retire(self, address: str) -> int:
        """Retire a key in the registry, and note it; when that was (ms). Raises `OperationRefused` when
        anything still needs its signature, and names what.
        """
        key = self._key(address)
        last = self._operations.logs.newest_checkpoint_of(self._record.log_id, address)
        if self._operations.room.contract.key_info(self._record.log_id, address).retired_at == 0:
            self._check_replaced(key)
            self._check_nothing_open(key, last)
        at = self._operations.room.retire_key(self._record.log_id, address)
        if key.key.retired is not None:
            self._write_trust()  # which a run that was cut short may have left as it was
            return key.key.retired
        # Clocks of host and chain may differ by some seconds: what it signed before stays good.
        retired = 1000 * max(at, 0 if last is None else last.signed_at, key.key.active_from // 1000)
        self._operations.keys.retire(key.key, retired)
        self._write_trust()
        return retired

    def declare_compromised(self, address: str) -> int:
        """Note in the registry, for ever, that others may hold this key; when that was (Unix seconds)."""
        self._key(address)
        return self._operations.room.declare_compromised(self._record.log_id, address)

    def _key(self, address: str) -> RingKey:
        for key in self._ring.all():
            if key.address == address:
                return key
        raise OperationRefused(f"{self._name} has no checkpoint key {address}; see tally keys checkpoints")

    def _check_replaced(self, key: RingKey) -> None:
        now = clock_ms()
        if key.key.active_from > now:
            raise OperationRefused(f"{key.address} signs only from {_time(key.key.active_from)} on")
        if self._ring.at(now // 1000) == key:
            raise OperationRefused(
                f"{key.address} signs {self._name} now; run tally log rotate-key {self._name} first"
            )

    def _check_nothing_open(self, key: RingKey, last: CheckpointRecord | None) -> None:
        operations, log_id = self._operations, self._record.log_id
        newest = operations.logs.latest_checkpoint(log_id, operations.reader(self._record).size())
        if last is None or newest is None:
            return
        final = min(operations.final_size(self._record), operations.room.anchored_size(log_id))
        if last.size > final and (newest.key == key.address or not self._may_anchor(newest.key)):
            raise OperationRefused(
                f"{key.address} signed {self._name} up to size {last.size}, at "
                f"{_time(1000 * last.signed_at)}, to be anchored by {_time(1000 * last.anchor_by)}; only "
                f"{final} is anchored for good, and no key that may anchor has signed a newer checkpoint: "
                "run tally chain anchor-now, then this again"
            )
        following = min(each.key.active_from for each in self._ring.all() if _follows(each, key))
        if newest.key == key.address and 1000 * newest.signed_at >= following:
            raise OperationRefused(
                f"{key.address} still signed at {_time(1000 * newest.signed_at)}, after the switch at "
                f"{_time(following)}: a process does not see the new key file; restart it, post an event"
            )

    def _may_anchor(self, address: str) -> bool:
        info = self._operations.room.contract.key_info(self._record.log_id, address)
        return info.added_at != 0 and info.retired_at == 0

    def _write_trust(self) -> None:
        operations = self._operations
        write_trust(
            operations.settings.data, operations.keys, operations.room.code_hash, operations.records()
        )


def _follows(later: RingKey, key: RingKey) -> bool:
    return later.key.retired is None and later.key.active_from > key.key.active_from


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
