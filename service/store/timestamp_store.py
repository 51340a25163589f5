"""The durable `StampStore`, on SQLite or PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from service.anchoring.timestamping import StampRecord
from service.store.timestamp_tables import StampRow


class SqlStampStore:
    """Time stamps in the service's database. One session a call, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    def put_stamp(self, stamp: StampRecord) -> None:
        """Keep a stamp; one of the same log and size is left as it is."""
        with Session(self._writing) as session, session.begin():
            if session.get(StampRow, (stamp.log_id, stamp.size)) is None:
                session.add(
                    StampRow(
                        log_id=stamp.log_id,
                        size=stamp.size,
                        root=stamp.root,
                        authority=stamp.authority,
                        time=stamp.time,
                        response=stamp.response,
                    )
                )

    def newest_stamp(self, log_id: bytes) -> StampRecord | None:
        """The stamp of largest size."""
        return self._first(_of(log_id).order_by(col(StampRow.size).desc()))

    def earliest_stamp_covering(self, log_id: bytes, index: int) -> StampRecord | None:
        """The stamp of smallest size greater than `index`."""
        return self._first(_of(log_id).where(col(StampRow.size) > index).order_by(col(StampRow.size)))

    def _first(self, query: Any) -> StampRecord | None:
        with Session(self._engine) as session:
            row = session.exec(query.limit(1)).first()
            if row is None:
                return None
            return StampRecord(row.log_id, row.size, row.root, row.authority, row.time, row.response)


def _of(log_id: bytes) -> Any:
    return select(StampRow).where(StampRow.log_id == log_id)
