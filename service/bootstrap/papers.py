"""What a started service leaves beside its data: credentials.json (secret) and trust.json (to hand out)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from service.access.api_keys import ApiKeys
from service.access.ports import Mode, Role
from service.api.services import OpenLog
from service.bootstrap.access import log_name
from service.bootstrap.files import read_credentials, write_atomically, write_credentials
from service.bootstrap.logs import ring_of
from service.bootstrap.ring import CheckpointRing
from service.core import trust
from service.core.hexs import to_hex
from service.log.ports import LogRecord
from service.store.keyfiles import KeyFiles


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a running service and its chain are."""

    url: str
    rpc: str
    registry: str


def _kept_or_new(api_keys: ApiKeys, kept: object, platform: str, mode: Mode, role: Role) -> str:
    """The key of an earlier run while the database knows it, else a new one."""
    if isinstance(kept, str) and api_keys.valid(kept):
        return kept
    return api_keys.create(platform, mode, role, "embedded service")[1]


def write_embedded_credentials(
    folder: Path, api_keys: ApiKeys, logs: Mapping[str, OpenLog], where: Whereabouts
) -> None:
    """Write `credentials.json`: plain API keys, which stay the same from run to run, and today's
    addresses.
    """
    old = read_credentials(folder)
    old_platforms = old.get("platforms", {})
    platforms: dict[str, dict[str, Any]] = {}
    for log in logs.values():
        known = old_platforms.get(log.platform, {})
        member = "api_key" if log.mode == "live" else "test_api_key"
        entry = platforms.setdefault(log.platform, {})
        entry[member] = _kept_or_new(api_keys, known.get(member), log.platform, log.mode, "platform")
        if log.mode == "live":
            entry.update(origin=log.identity.origin, log=to_hex(log.identity.log_id))
    write_credentials(
        folder,
        {
            "url": where.url,
            "rpc": where.rpc,
            "registry": where.registry,
            "admin_key": _kept_or_new(api_keys, old.get("admin_key"), "", "live", "admin"),
            "platforms": platforms,
        },
    )


def _trusted_log(ring: CheckpointRing, record: LogRecord) -> trust.TrustedLog:
    return trust.TrustedLog(
        id=record.log_id,
        origin=record.origin,
        opener=record.opener,
        name=log_name(record),
        chain_id=record.chain_id,
        max_delay=record.max_delay,
        keys=tuple(
            trust.TrustedKey(each.signer.vkey, each.address, each.key.active_from, each.key.retired)
            for each in reversed(ring.all())
        ),
    )


class TrustNow:
    """What a trust file says now of these logs and their registries: new again after a rotation of keys.
    Safe among threads.
    """

    def __init__(self, keys: KeyFiles, code_hash: bytes, records: Sequence[LogRecord]) -> None:
        self._records = [(ring_of(keys, record), record) for record in records]
        places = sorted({(record.chain_id, record.registry) for record in records})
        self._chains = tuple(trust.TrustedChain(chain, registry, code_hash) for chain, registry in places)
        self._lock = Lock()
        self._keys: object = None
        self._known = trust.Trust((), ())

    def __call__(self) -> trust.Trust:
        """The trust file's content; the same object while no key changed."""
        with self._lock:
            keys = [ring.all() for ring, _ in self._records]
            if keys != self._keys:
                self._known = trust.Trust(self._chains, tuple(_trusted_log(*each) for each in self._records))
                self._keys = keys
            return self._known


def write_trust(folder: Path, keys: KeyFiles, code_hash: bytes, records: Sequence[LogRecord]) -> None:
    """Write `trust.json`. Test logs are left out: nobody shall take a receipt of theirs for a promise."""
    document = TrustNow(keys, code_hash, [record for record in records if not record.test])()
    write_atomically(folder / "trust.json", trust.format(document) + b"\n", 0o644)
