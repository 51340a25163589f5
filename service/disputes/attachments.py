"""Files of a dispute: handed in first, then referred to by a step; who may see the step may see its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from service.access.readers import Reader
from service.core.errors import Problem
from service.core.hexs import to_hex
from service.disputes.case_ports import AttachmentStore, Quota
from service.disputes.checks import visible_files
from service.disputes.errors import AttachmentsFull, CaseUnknown, StepRejected
from service.disputes.loading import LoadedCase
from service.disputes.ports import Attachment, CaseLog
from service.disputes.requests import role_of

QUOTA: Final = Quota(files=50, bytes=30 * 1024 * 1024)
"""What each side of a dispute may hand in: nobody fills the other side's room."""
MAX_BYTES: Final = 10 * 1024 * 1024
"""What one file may hold."""


class Files:
    """Hands in, lists and reads files."""

    def __init__(self, store: AttachmentStore, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._clock_ms = clock_ms

    def check_room(self, log: CaseLog, reader: Reader, case: LoadedCase, size: int) -> None:
        """AttachmentsFull when a file of this size does not fit, before anybody reads it."""
        used = self._store.room(log.identity.log_id, case.dispute, role_of(reader))
        if used.files + 1 > QUOTA.files or used.bytes + size > QUOTA.bytes:
            raise AttachmentsFull("you have handed in as many files of this dispute as you may")

    def hand_in(
        self,
        log: CaseLog,
        reader: Reader,
        case: LoadedCase,
        content: bytes,
        media_type: str,
        label: str | None,
        expected: bytes | None = None,
    ) -> tuple[Attachment, bool]:
        """Keep a file; as kept, and whether it is new. `expected`: the digest that its sender names."""
        digest = sha256(content).digest()
        if expected is not None and digest != expected:
            raise StepRejected(
                Problem(
                    "", f"the content's SHA-256 is {to_hex(digest)}, not the digest in the path", "digest"
                )
            )
        if not content:
            raise StepRejected(Problem("", "the file is empty", "length"))
        attachment = Attachment(
            case.dispute,
            case.case.trade,
            digest,
            media_type,
            len(content),
            label,
            role_of(reader),
            self._clock_ms(),
        )
        return self._store.add(log.identity.log_id, attachment, content, QUOTA)

    def visible(self, log: CaseLog, reader: Reader, case: LoadedCase) -> Sequence[Attachment]:
        """The files this reader may see."""
        return visible_files(log, reader, case, self._store)

    def read(self, log: CaseLog, reader: Reader, case: LoadedCase, digest: bytes) -> tuple[Attachment, bytes]:
        """One file with its content; CaseUnknown unless the reader may see it."""
        for attachment in self.visible(log, reader, case):
            if attachment.digest == digest:
                content = self._store.read(log.identity.log_id, digest)
                if content is not None:
                    return attachment, content
        raise CaseUnknown("no such attachment")
