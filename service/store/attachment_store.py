"""The durable files of disputes, on SQLite or PostgreSQL. Deleted content is overwritten."""

# ruff: noqa: S608 - what is put into queries here are column lists of this module, never values
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text

from service.disputes.case_ports import Quota
from service.disputes.errors import AttachmentsFull
from service.disputes.ports import Attachment
from service.store.reading import Reading

_COLUMNS = "dispute, trade, digest, media_type, size, label, handed_in_by, handed_in_at"
_NAMES = _COLUMNS.split(", ")
# Whoever adds to a dispute holds its row, so that two uploads at once cannot both be the last to fit.
_LOCK = text("UPDATE disputes SET seen = seen WHERE log_id = :log AND dispute = :dispute")
_ROOM = (
    "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM dispute_attachments "
    "WHERE log_id = {} AND dispute = {} AND handed_in_by = {}"
)
_ONE = text(
    f"SELECT {_COLUMNS} FROM dispute_attachments WHERE log_id = :log AND dispute = :dispute "
    "AND digest = :digest AND handed_in_by = :by"
)
# The update of nothing holds the row against a removal that has begun.
_CONTENT = text(
    "INSERT INTO attached_contents (log_id, digest, content) VALUES (:log, :digest, :content) "
    "ON CONFLICT (log_id, digest) DO UPDATE SET digest = excluded.digest"
)
_ADD = text(
    f"INSERT INTO dispute_attachments (log_id, {_COLUMNS}, referred, unused_since) "
    f"VALUES (:log, :{', :'.join(_NAMES)}, :referred, :handed_in_at)"
)
_REFER = text(
    "UPDATE dispute_attachments SET referred = :referred, unused_since = NULL "
    "WHERE log_id = :log AND dispute = :dispute AND digest = :digest"
)
_PUT_FORWARD = text(
    "UPDATE dispute_attachments "
    "SET unused_since = CASE WHEN unused_since < :at THEN :at ELSE unused_since END "
    "WHERE log_id = :log AND dispute = :dispute AND digest = :digest"
)
_UNLINK = text(
    "DELETE FROM dispute_attachments WHERE log_id = :log AND dispute = :dispute AND digest = :digest"
)
_UNLINK_UNUSED = text(f"{_UNLINK.text} AND unused_since < :before")
_HOLD_CONTENT = text("UPDATE attached_contents SET digest = digest WHERE log_id = :log AND digest = :digest")
_DROP_CONTENT = text(
    "DELETE FROM attached_contents WHERE log_id = :log AND digest = :digest AND NOT EXISTS "
    "(SELECT 1 FROM dispute_attachments a WHERE a.log_id = :log AND a.digest = :digest)"
)


class SqlAttachmentStore:
    """Files of disputes. Safe among threads and processes; each call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(engine)

    def add(
        self, log_id: bytes, attachment: Attachment, content: bytes, quota: Quota
    ) -> tuple[Attachment, bool]:
        """Keep a file within the quota of who hands it in; the file as kept, and whether it is new."""
        key = {"log": log_id} | _values(attachment)
        with self._writing() as connection:
            connection.execute(_LOCK, key)
            key |= {"by": attachment.by}
            there = connection.execute(_ONE, key).first()
            if there is not None:
                connection.execute(_PUT_FORWARD, key | {"at": attachment.at})
                return _attachment(there), False
            files, size = connection.execute(text(_ROOM.format(":log", ":dispute", ":by")), key).one()
            if files + 1 > quota.files or size + attachment.size > quota.bytes:
                raise AttachmentsFull("you have handed in as many files of this dispute as you may")
            connection.execute(_CONTENT, key | {"content": content})
            connection.execute(_ADD, key | {"referred": False})
        return attachment, True

    def room(self, log_id: bytes, dispute: str, by: str) -> Quota:
        """How many files and bytes of the dispute this role has handed in."""
        found = self._reading.one(_ROOM.format("?", "?", "?"), log_id, dispute, by)
        return Quota(0, 0) if found is None else Quota(int(found[0]), int(found[1]))

    def of_dispute(self, log_id: bytes, dispute: str) -> Sequence[Attachment]:
        """All files of a dispute, referred to or not, oldest first."""
        query = f"SELECT {_COLUMNS} FROM dispute_attachments WHERE log_id = ? AND dispute = ? ORDER BY number"
        return [_attachment(row) for row in self._reading.all(query, log_id, dispute)]

    def held(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        """All files of the trade's disputes, referred to or not, oldest first."""
        query = f"SELECT {_COLUMNS} FROM dispute_attachments WHERE log_id = ? AND trade = ? ORDER BY number"
        return [_attachment(row) for row in self._reading.all(query, log_id, trade)]

    def of_trade(self, log_id: bytes, trade: str) -> Sequence[Attachment]:
        """The files that entries of the trade refer to, oldest first."""
        query = (
            f"SELECT {_COLUMNS} FROM dispute_attachments WHERE log_id = ? AND trade = ? AND referred = ? "
            "ORDER BY number"
        )
        found = [_attachment(row) for row in self._reading.all(query, log_id, trade, True)]
        # Both sides may have handed in the same file.
        return list({(each.dispute, each.digest): each for each in reversed(found)}.values())[::-1]

    def read(self, log_id: bytes, digest: bytes) -> bytes | None:
        """The content of a file; None when it was removed or never handed in."""
        query = "SELECT content FROM attached_contents WHERE log_id = ? AND digest = ?"
        found = self._reading.one(query, log_id, digest)
        return None if found is None else bytes(found[0])

    def refer(self, log_id: bytes, dispute: str, digests: Collection[bytes]) -> None:
        """Note that entries of the dispute refer to these files."""
        if not digests:
            return
        with self._writing() as connection:
            for digest in digests:
                key = {"log": log_id, "dispute": dispute, "digest": digest}
                connection.execute(_REFER, key | {"referred": True})

    def remove(self, log_id: bytes, dispute: str, digest: bytes) -> None:
        """Forget the file for this dispute; its content too, unless another dispute of the log has it."""
        self._remove(_UNLINK, {"log": log_id, "dispute": dispute, "digest": digest})

    def put_forward(
        self, log_id: bytes, dispute: str, digests: Collection[bytes], at: int
    ) -> Collection[bytes]:
        """Those of these files that the dispute has; what is unused of them begins anew to be so."""
        with self._writing() as connection:
            key = {"log": log_id, "dispute": dispute, "at": at}
            return {
                digest
                for digest in sorted(digests)
                if connection.execute(_PUT_FORWARD, key | {"digest": digest}).rowcount
            }

    def unused(self, log_id: bytes, before: int, limit: int) -> Sequence[Attachment]:
        """Files that no entry is noted to name, for some time."""
        query = (
            f"SELECT {_COLUMNS} FROM dispute_attachments WHERE log_id = ? AND unused_since < ? "
            "ORDER BY unused_since, number LIMIT ?"
        )
        return [_attachment(row) for row in self._reading.all(query, log_id, before, limit)]

    def remove_unused(self, log_id: bytes, dispute: str, digest: bytes, before: int) -> bool:
        """As `remove`, if nothing has happened to the file in the meantime."""
        key = {"log": log_id, "dispute": dispute, "digest": digest, "before": before}
        return self._remove(_UNLINK_UNUSED, key)

    def _remove(self, unlink: TextClause, key: Mapping[str, object]) -> bool:
        with self._writing() as connection:
            removed = connection.execute(unlink, key).rowcount > 0
            # A statement of its own: the next one then sees what an upload under way has added.
            connection.execute(_HOLD_CONTENT, key)
            connection.execute(_DROP_CONTENT, key)
            return removed

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection


def _values(attachment: Attachment) -> dict[str, object]:
    return {
        "dispute": attachment.dispute,
        "trade": attachment.trade,
        "digest": attachment.digest,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "label": attachment.label,
        "handed_in_by": attachment.by,
        "handed_in_at": attachment.at,
    }


def _attachment(row: Sequence[Any]) -> Attachment:
    return Attachment(*row)
