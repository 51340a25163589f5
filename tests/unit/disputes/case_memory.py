"""The index of cases and the files of disputes in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from service.disputes.case_ports import CaseFilter, IndexedCase, Quota
from service.disputes.ports import Attachment


class MemoryIndex:
    def __init__(self) -> None:
        self.cases: dict[str, IndexedCase] = {}

    def put(self, cases: Sequence[IndexedCase]) -> None:
        self.cases |= {case.dispute: case for case in cases}

    def find(self, log_id: bytes, dispute: str) -> IndexedCase | None:
        return self.cases.get(dispute)

    def known(self, log_id: bytes, trades: Collection[str]) -> frozenset[str]:
        return frozenset(case.trade for case in self.cases.values()) & frozenset(trades)

    def page(self, log_id: bytes, wanted: CaseFilter, after: int, limit: int) -> Sequence[IndexedCase]:
        return list(self.cases.values())

    def due_between(
        self, log_id: bytes, after: int, until: int, limit: int, beyond: str | None = None
    ) -> Sequence[IndexedCase]:
        return []

    def forget(self, log_id: bytes, index: int, code: bool) -> None:
        raise NotImplementedError


class MemoryFiles:
    def __init__(self) -> None:
        self.files: list[Attachment] = []
        self.referred: set[bytes] = set()
        self.since: dict[tuple[str, bytes], int] = {}

    def add(
        self, log_id: bytes, attachment: Attachment, content: bytes, quota: Quota
    ) -> tuple[Attachment, bool]:
        self.files.append(attachment)
        self.since[attachment.dispute, attachment.digest] = attachment.at
        return attachment, True

    def room(self, log_id: bytes, dispute: str, by: str) -> Quota:
        return Quota(0, 0)

    def of_dispute(self, log_id: bytes, dispute: str) -> Sequence[Attachment]:
        return [each for each in self.files if each.dispute == dispute]

    def of_trade(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        return [each for each in self.files if each.trade == trade and each.digest in self.referred]

    def held(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        return [each for each in self.files if each.trade == trade]

    def read(self, log_id: bytes, digest: bytes) -> bytes | None:
        return None

    def refer(self, log_id: bytes, dispute: str, digests: Collection[bytes]) -> None:
        self.referred |= set(digests)

    def remove(self, log_id: bytes, dispute: str, digest: bytes) -> None:
        self.files = [each for each in self.files if (each.dispute, each.digest) != (dispute, digest)]

    def put_forward(
        self, log_id: bytes, dispute: str, digests: Collection[bytes], at: int
    ) -> Collection[bytes]:
        there = {each.digest for each in self.of_dispute(log_id, dispute)} & set(digests)
        self.since |= {(dispute, digest): at for digest in there}
        return there

    def unused(self, log_id: bytes, before: int, limit: int) -> Sequence[Attachment]:
        old = [each for each in self.files if self.since[each.dispute, each.digest] < before]
        return [each for each in old if each.digest not in self.referred][:limit]

    def remove_unused(self, log_id: bytes, dispute: str, digest: bytes, before: int) -> bool:
        kept = len(self.files)
        if self.since[dispute, digest] < before:
            self.remove(log_id, dispute, digest)
        return len(self.files) < kept
