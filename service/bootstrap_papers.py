"""What a started service leaves beside its data: credentials.json (secret) and trust.json (to hand out)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.access.api_keys import ApiKeys
from service.access.ports import Mode, Role
from service.api.services import OpenLog
from service.bootstrap_files import read_credentials, write_atomically, write_credentials
from service.core import trust
from service.core.checkpoint import CheckpointSigner
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


def _trusted_log(keys: KeyFiles, log: OpenLog, record: LogRecord) -> trust.TrustedLog:
    trusted = []
    for key in reversed(keys.checkpoints(log.name)):
        signer = CheckpointSigner(log.identity, key.ed25519_seed, key.evm_key)
        trusted.append(trust.TrustedKey(signer.vkey, signer.address, key.created, None))
    return trust.TrustedLog(
        id=record.log_id,
        origin=record.origin,
        opener=record.opener,
        name=log.name,
        chain_id=record.chain_id,
        max_delay=record.max_delay,
        keys=tuple(trusted),
    )


def trust_of(
    keys: KeyFiles, code_hash: bytes, logs: Sequence[OpenLog], records: Sequence[LogRecord]
) -> trust.Trust:
    """What a trust file says of these logs and their registries."""
    by_id = {record.log_id: record for record in records}
    places = sorted({(log.identity.chain_id, log.identity.registry) for log in logs})
    return trust.Trust(
        chains=tuple(trust.TrustedChain(chain, registry, code_hash) for chain, registry in places),
        logs=tuple(_trusted_log(keys, log, by_id[log.identity.log_id]) for log in logs),
    )


def write_trust(
    folder: Path, keys: KeyFiles, code_hash: bytes, logs: Sequence[OpenLog], records: Sequence[LogRecord]
) -> None:
    """Write `trust.json`. Test logs are left out: nobody shall take a receipt of theirs for a promise."""
    document = trust_of(keys, code_hash, [log for log in logs if log.mode == "live"], records)
    write_atomically(folder / "trust.json", trust.format(document) + b"\n", 0o644)
