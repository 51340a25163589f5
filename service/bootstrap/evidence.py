"""Evidence, wired: the logs' checkpoint keys sign, the lookup index and the registered keys are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import orjson
from sqlalchemy import Engine

import service
from service.api.services import OpenLog
from service.bootstrap.access import clock_ms, signers
from service.bootstrap.follower import case_log
from service.bootstrap.papers import TrustNow
from service.bootstrap.ring import CheckpointRing
from service.core import note, trade_head
from service.core import trust as trust_files
from service.core.checkpoint import LogIdentity
from service.core.eip712 import SigningKey
from service.core.trade_head import TradeHead
from service.disputes.certificate import Printer
from service.disputes.evidence import EvidenceDesk
from service.disputes.evidence_room import EvidenceRoom
from service.disputes.ports import CardIndex, CaseLog
from service.disputes.prints import Prints
from service.log.ports import LogRecord
from service.profiles.giftcard.findings.model import KeyValidity
from service.settings import Settings
from service.store.attachment_store import SqlAttachmentStore
from service.store.keyfiles import CheckpointKey, KeyFiles
from service.store.timestamp_store import SqlStampStore
from service.web import static


@lru_cache(maxsize=256)
def _plain(origin: str, seed: bytes) -> note.Ed25519Signer:
    return note.Ed25519Signer(origin, seed)


@lru_cache(maxsize=256)
def _evm(key: bytes) -> SigningKey:
    return SigningKey(key)


class CheckpointEvidenceSigner:
    """The `EvidenceSigner` of these logs: each log's active checkpoint key signs for that log alone."""

    def __init__(self, keys: KeyFiles, logs: Iterable[OpenLog]) -> None:
        self._rings = {log.identity.log_id: CheckpointRing(keys, log.name, log.identity) for log in logs}

    def _key(self, identity: LogIdentity) -> CheckpointKey:
        return self._rings[identity.log_id].at(clock_ms() // 1000).key

    def trade_head(
        self, identity: LogIdentity, trade: str, count: int, leaf: bytes, size: int, root: bytes
    ) -> TradeHead:
        """The signed head of a trade."""
        return trade_head.sign(_evm(self._key(identity).evm_key), identity, trade, count, leaf, size, root)

    def manifest(self, identity: LogIdentity, body: str) -> str:
        """The signed note over a manifest."""
        return note.sign(body, [_plain(identity.origin, self._key(identity).ed25519_seed)])


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """What evidence is taken from. `public_url`: where users reach the service, and `operator`: who runs it,
    if that is known.
    """

    engine: Engine
    keys: KeyFiles
    cards: CardIndex
    code_hash: bytes
    logs: Mapping[str, OpenLog]
    records: Sequence[LogRecord]
    prints: Prints
    chain_name: str = ""
    public_url: str | None = None
    operator: str | None = None


_formatted = lru_cache(maxsize=256)(trust_files.format)


def operator_line(settings: Settings) -> str | None:
    """The operator as a certificate names him, with what he is to the platforms."""
    if settings.operator is None or settings.operator_relation is None:
        return settings.operator
    return f"{settings.operator}（{settings.operator_relation}）"


def open_evidence(parts: EvidenceParts) -> EvidenceRoom:
    """The room of evidence over these logs."""
    registered = signers(parts.engine)
    by_id = {record.log_id: record for record in parts.records}
    believed = {
        name: TrustNow(parts.keys, parts.code_hash, [by_id[opened.identity.log_id]])
        for name, opened in parts.logs.items()
    }

    def keys_of(log: str) -> list[KeyValidity]:
        return [
            KeyValidity(each.address, each.role, each.valid_from, each.valid_until)
            for each in registered.list(log)
        ]

    def hints(log: CaseLog) -> Mapping[str, object]:
        return {"trust": orjson.loads(_formatted(believed[log.name]()))}

    desk = EvidenceDesk(
        signer=CheckpointEvidenceSigner(parts.keys, parts.logs.values()),
        cards=parts.cards,
        attachments=SqlAttachmentStore(parts.engine),
        stamps=SqlStampStore(parts.engine),
        keys=keys_of,
        hints=hints,
        clock_ms=clock_ms,
        generator=f"tallystick {service.__version__}",
    )
    checker = (static.FOLDER / "verify-offline.html").read_bytes()
    return EvidenceRoom(
        checker=checker,
        logs={name: case_log(opened) for name, opened in parts.logs.items()},
        desk=desk,
        trust=lambda log: _formatted(believed[log.name]()),
        prints=parts.prints,
        printer=Printer(
            trust=lambda log: believed[log.name](),
            chain_name=parts.chain_name,
            checker=sha256(checker).digest(),
            operator=parts.operator,
            check_url=None if parts.public_url is None else parts.public_url.rstrip("/") + "/verify",
        ),
    )
