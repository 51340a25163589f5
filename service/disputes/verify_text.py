"""VERIFY.txt: how somebody who has never heard of any of this checks a bundle, in Chinese and English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.core.checkpoint import parse_signed
from service.core.errors import TallyError
from service.core.evidence import Evidence
from service.core.hexs import to_hex
from service.core.state_proof import parse_header

_FOLDER = Path(__file__).parent / "messages"
_BEIJING = timedelta(hours=8)


def file_name(trade: str) -> str:
    """What a bundle of this trade is called. A colon is not allowed in file names everywhere; a name that
    begins with a hyphen is an option to most commands, and one with a dot is hidden.
    """
    name = trade.replace(":", "_")
    return f"{'_' if name.startswith(('-', '.')) else ''}{name}.evidence.zip"


def verify_text(evidence: Evidence, code_hash: str) -> str:
    """The text, Chinese first. `code_hash`: of the registry's runtime code, as hex."""
    blocks = _blocks(evidence)
    taken = evidence.taken // 1000
    as_of = parse_signed(evidence.checkpoint).signed_at
    known = {
        "name": file_name(evidence.trade),
        "trade": evidence.trade,
        "origin": evidence.log.origin,
        "beijing": _told(taken, _BEIJING),
        "utc": _told(taken),
        "as_of_beijing": _told(as_of, _BEIJING),
        "as_of_utc": _told(as_of),
        "count": evidence.head.count,
        "shown": sum(1 for each in evidence.receipts if each.disclosures),
        "chain_id": evidence.log.chain_id,
        "registry": evidence.log.registry,
        "code_hash": code_hash,
        "hashes": "".join(f" --block-hash {chain}:{block}" for chain, _, block in blocks),
        "blocks_zh": "\n".join(f"       链 {chain} 区块 {number}：{block}" for chain, number, block in blocks)
        or "       （还没有带证明的区块：记录刚写下，过一会儿再取一次证据）",
        "blocks_en": "\n".join(
            f"       chain {chain} block {number}: {block}" for chain, number, block in blocks
        )
        or "       (no block with a proof yet: the records are new, take the evidence again later)",
    }
    return "\n\n".join(
        (_FOLDER / f"verify.{each}.txt").read_text("utf-8").format(**known) for each in ("zh", "en")
    )


def _told(seconds: int, offset: timedelta = timedelta()) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC) + offset:%Y-%m-%d %H:%M:%S}"


def _blocks(evidence: Evidence) -> list[tuple[int, int, str]]:
    """(chain id, block number, hash) of every block that a state proof starts from."""
    found = set()
    for receipt in evidence.receipts:
        for anchor in receipt.anchors:
            if anchor.state_proof is not None:
                try:
                    header = parse_header(anchor.state_proof.header)
                except TallyError:
                    continue
                found.add((anchor.chain_id, header.number, to_hex(header.hash)))
    return sorted(found)
