"""Pages, wired: what they show beyond the API's services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from service.bootstrap.chain import ChainRoom
from service.bootstrap.papers import TrustNow
from service.log.ports import LogRecord, LogStore
from service.store.keyfiles import KeyFiles
from service.web.chain_faults import ChainFault
from service.web.explorer import Explorer
from service.web.problem_page import error_page
from service.web.site import Site, routers

__all__ = ["error_page", "explorer_of", "pages"]


def pages(data: Path, node: str | None, explorer: Explorer) -> Sequence[APIRouter]:
    """All page routers. `node`: the embedded chain's address, which a browser on this machine may ask."""
    return routers(Site(trust=(data / "trust.json").read_bytes, node=node, explorer=explorer))


def explorer_of(
    room: ChainRoom,
    keys: KeyFiles,
    store: LogStore,
    records: Sequence[LogRecord],
) -> Explorer:
    """What the pages of these logs show beyond the API's services."""

    def faults(log_id: bytes) -> Sequence[ChainFault]:
        return [
            ChainFault(
                each.kind, each.key, each.reported_at, each.signed_at, each.compromised_at, each.digest
            )
            for each in room.contract.faults(log_id)
        ]

    return Explorer(
        registered=TrustNow(keys, room.code_hash, records),
        state=lambda log_id: store.log(log_id).state,
        faults=faults,
        blocks=room.config.explorer,
        promise=room.promise,
    )
