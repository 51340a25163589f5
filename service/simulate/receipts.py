"""The receipts of a run: kept as files, completed with their anchors at the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.core import receipt as core_receipt
from service.core.receipt import Receipt
from service.simulate.public_log import PublicLog
from service.simulate.signing import Event

SUFFIX = ".receipt.json"


@dataclass(slots=True)
class Kept:
    """What was kept of one platform's log: the index of each receipt, and its file where there is one."""

    log_id: bytes
    indexes: list[int] = field(default_factory=list)
    files: list[tuple[int, Path]] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The highest index; -1 when nothing was kept."""
        return max(self.indexes, default=-1)


class ReceiptFiles:
    """Receipts as `<folder>/<trade>/<event>.receipt.json`. Without a folder only the indexes are kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.kept: dict[str, Kept] = {}

    def __call__(self, platform: str, event: Event, receipt: Receipt) -> None:
        """Keep one receipt as it came."""
        kept = self.kept.setdefault(platform, Kept(receipt.log.id))
        kept.indexes.append(receipt.index)
        if self._folder is not None:
            path = self._folder / str(event["trade"]) / f"{event['event']}{SUFFIX}"
            write_receipt(path, receipt)
            kept.files.append((receipt.index, path))

    def complete(
        self, platform: str, log: PublicLog, progress: Callable[[int], None] = lambda done: None
    ) -> int:
        """Rewrite the platform's files with their anchors; the number of receipts that now have one."""
        completed = 0
        for _, path in self.kept[platform].files:
            whole = log.complete(core_receipt.parse(path.read_bytes()))
            if whole.anchors:
                write_receipt(path, whole)
                completed += 1
            progress(1)
        return completed


def write_receipt(path: Path, receipt: Receipt) -> None:
    """Write one receipt; a reader finds the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(core_receipt.format(receipt))
    temporary.replace(path)
