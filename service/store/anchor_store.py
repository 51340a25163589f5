"""The durable `AnchorStore`, and what receipts read of it, on SQLite or PostgreSQL.

Every guard stands in the SQL: a write under a lease first touches the lease's row with `WHERE fence = …`,
which also holds it against others until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.anchoring.errors import AnchoringError, LeaseLost
from service.anchoring.ports import AnchorOnChain, AnchorState, Lease
from service.anchoring.send_state import Attempt, Slot, with_attempt
from service.log.ports import AnchorRecord
from service.store import anchor_rows as rows
from service.store.anchor_tables import AnchorRow, AttemptRow, LeaseRow, SlotRow
from service.store.reading import Reading


def _table(row: type[object]) -> Table:
    return cast(Table, row.__dict__["__table__"])


_ANCHORS, _SLOTS = _table(AnchorRow), _table(SlotRow)
_ATTEMPTS, _LEASES = _table(AttemptRow), _table(LeaseRow)
# Every receipt that is read asks this, so it goes to the driver itself.
_COVERING = (
    f"SELECT {rows.COVERING} FROM anchors "  # noqa: S608 - a column list of this package
    "WHERE log_id = ? AND size > ? AND state <> ? ORDER BY size LIMIT 1"
)
_STANDING = _ANCHORS.c.state != AnchorState.ORPHANED.value


class SqlAnchorStore:
    """Anchors, nonces and the lease. Safe among threads and processes; each call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(engine)

    # --- lease

    def acquire(self, name: str, holder: str, now: int, ttl: int) -> Lease | None:
        """Take or renew the lease; None while somebody else's runs."""
        lease = _LEASES.c
        with self._writing() as connection:
            mine = update(_LEASES).where(lease.name == name, lease.holder == holder, lease.expires > now)
            free = update(_LEASES).where(lease.name == name, lease.expires <= now)
            taken = (
                connection.execute(mine.values(expires=now + ttl)).rowcount
                or connection.execute(
                    free.values(holder=holder, fence=lease.fence + 1, expires=now + ttl)
                ).rowcount
                or self._first_lease(connection, name, holder, now + ttl)
            )
            if not taken:
                return None
            fence = connection.execute(select(lease.fence).where(lease.name == name)).scalar_one()
        return Lease(name, holder, fence, now + ttl)

    def _first_lease(self, connection: Connection, name: str, holder: str, expires: int) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(insert(_LEASES).values(name=name, holder=holder, fence=1, expires=expires))
        except IntegrityError:
            return False  # there is one already, and it runs
        return True

    def release(self, lease: Lease) -> None:
        """Let others take the lease at once."""
        with self._writing() as connection:
            connection.execute(update(_LEASES).where(*_held(lease)).values(expires=0))

    # --- slots

    def open_slots(self, chain_id: int, sender: str) -> Sequence[Slot]:
        """All slots that are not closed, by nonce."""
        slot = _SLOTS.c
        query = (
            select(_SLOTS)
            .where(slot.chain_id == chain_id, slot.sender == sender, slot.closed.is_(None))
            .order_by(slot.nonce)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            return [rows.slot(row, self._attempts(connection, row.number)) for row in found]

    def _attempts(self, connection: Connection, slot: int) -> tuple[Attempt, ...]:
        query = select(_ATTEMPTS).where(_ATTEMPTS.c.slot == slot).order_by(_ATTEMPTS.c.number)
        return tuple(rows.attempt(row) for row in connection.execute(query))

    def add_slot(self, lease: Lease, slot: Slot, now: int) -> Slot:
        """Store a new slot with its first attempt."""
        try:
            with self._leading(lease) as connection:
                values = {
                    "chain_id": slot.chain_id,
                    "sender": slot.sender,
                    "nonce": slot.nonce,
                    "log_id": slot.log_id,
                    "opened": slot.opened,
                    **rows.slot_progress(slot, now),
                }
                result = connection.execute(insert(_SLOTS).values(values))
                number = cast(int, result.inserted_primary_key[0])  # type: ignore[index]
                connection.execute(insert(_ATTEMPTS).values(rows.attempt_values(number, 0, slot.newest)))
        except IntegrityError:
            raise AnchoringError(f"nonce {slot.nonce} of {slot.sender} is in use") from None
        return replace(slot, number=number)

    def add_attempt(self, lease: Lease, slot: Slot, attempt: Attempt, now: int) -> Slot:
        """Store one more attempt of an open slot."""
        count = len(slot.attempts)
        with self._leading(lease) as connection:
            touched = connection.execute(
                update(_SLOTS)
                .where(_SLOTS.c.number == slot.number, _SLOTS.c.closed.is_(None))
                .values(bumped=now)
            )
            if touched.rowcount != 1:
                raise AnchoringError(f"slot {slot.number} is closed")
            connection.execute(insert(_ATTEMPTS).values(rows.attempt_values(slot.number, count, attempt)))
        return with_attempt(slot, attempt, now)

    def save_slot(self, lease: Lease, slot: Slot, now: int) -> None:
        """Store a slot's progress; a final phase closes it."""
        with self._leading(lease) as connection:
            connection.execute(
                update(_SLOTS)
                .where(_SLOTS.c.number == slot.number, _SLOTS.c.closed.is_(None))
                .values(rows.slot_progress(slot, now))
            )

    # --- anchors

    def put_anchor(self, lease: Lease, anchor: AnchorOnChain, now: int) -> None:
        """Insert or replace one record."""
        values = rows.anchor_values(anchor, now)
        with self._leading(lease) as connection:
            if connection.execute(update(_ANCHORS).where(_place(anchor)).values(values)).rowcount == 0:
                connection.execute(insert(_ANCHORS).values(values))

    def newest(self, chain_id: int, registry: str, log_id: bytes) -> AnchorOnChain | None:
        """The largest anchor that is not orphaned."""
        found = self._of_log(chain_id, registry, log_id, _ANCHORS.c.size.desc(), limit=1)
        return found[0] if found else None

    def sent(self, tx: bytes) -> bool:
        """Whether this transaction is one of our attempts."""
        with self._engine.connect() as connection:
            query = select(_ATTEMPTS.c.slot).where(_ATTEMPTS.c.tx == tx).limit(1)
            return connection.execute(query).first() is not None

    def anchor(
        self, chain_id: int, registry: str, log_id: bytes, size: int, root: bytes
    ) -> AnchorOnChain | None:
        """The record of (size, root) unless it is orphaned."""
        row = _ANCHORS.c
        found = self._of_log(chain_id, registry, log_id, row.size, row.size == size, row.root == root)
        return found[0] if found else None

    def proven(self, chain_id: int, registry: str, limit: int = 20) -> Sequence[AnchorOnChain]:
        """Anchors that have a state proof, those proven at the newest blocks first."""
        row = _ANCHORS.c
        query = (
            select(_ANCHORS)
            .where(
                row.chain_id == chain_id, row.registry == registry, _STANDING, row.proof_block.is_not(None)
            )
            .order_by(row.proof_block.desc(), row.number.desc())
            .limit(limit)
        )
        return self._anchors(query)

    def newest_final(self, chain_id: int, registry: str, log_id: bytes) -> AnchorOnChain | None:
        """The largest anchor that is final."""
        final = _ANCHORS.c.state == AnchorState.FINAL.value
        found = self._of_log(chain_id, registry, log_id, _ANCHORS.c.size.desc(), final, limit=1)
        return found[0] if found else None

    def latest(
        self, chain_id: int, registry: str, log_id: bytes, limit: int, below: int | None = None
    ) -> list[AnchorOnChain]:
        """At most `limit` anchors that are not orphaned, smaller than `below`, the largest first."""
        size = _ANCHORS.c.size
        where = () if below is None else (size < below,)
        return self._of_log(chain_id, registry, log_id, size.desc(), *where, limit=limit)

    def above(self, chain_id: int, registry: str, log_id: bytes, size: int) -> Sequence[AnchorOnChain]:
        """All anchors larger than `size` that are not orphaned, ascending."""
        return self._of_log(chain_id, registry, log_id, _ANCHORS.c.size, _ANCHORS.c.size > size)

    def unsettled(self, chain_id: int, registry: str, limit: int = 100) -> Sequence[AnchorOnChain]:
        """Anchors that are not final yet or lack a final proof, oldest first."""
        anchor = _ANCHORS.c
        query = (
            select(_ANCHORS)
            .where(anchor.chain_id == chain_id, anchor.registry == registry, _STANDING)
            .where(or_(anchor.state == AnchorState.INCLUDED.value, anchor.proof_final.is_(False)))
            .order_by(anchor.number)
            .limit(limit)
        )
        return self._anchors(query)

    def anchors(self, log_id: bytes, after_size: int = 0, limit: int = 100) -> Sequence[AnchorOnChain]:
        """At most `limit` anchors of a log larger than `after_size` that are not orphaned, ascending."""
        anchor = _ANCHORS.c
        query = (
            select(_ANCHORS)
            .where(anchor.log_id == log_id, anchor.size > after_size, _STANDING)
            .order_by(anchor.size)
            .limit(limit)
        )
        return self._anchors(query)

    def earliest_covering(self, log_id: bytes, index: int) -> AnchorRecord | None:
        """The anchor of smallest size greater than `index`; its state proof once that is final."""
        found = self._reading.one(_COVERING, log_id, index, AnchorState.ORPHANED.value)
        return None if found is None else rows.covering(found)

    def _of_log(
        self, chain_id: int, registry: str, log_id: bytes, order: Any, *where: Any, limit: int | None = None
    ) -> list[AnchorOnChain]:
        anchor = _ANCHORS.c
        query = select(_ANCHORS).where(
            anchor.log_id == log_id,
            anchor.chain_id == chain_id,
            anchor.registry == registry,
            _STANDING,
            *where,
        )
        return self._anchors(query.order_by(order).limit(limit))

    def _anchors(self, query: Any) -> list[AnchorOnChain]:
        with self._engine.connect() as connection:
            return [rows.anchor(row) for row in connection.execute(query)]

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def _leading(self, lease: Lease) -> Iterator[Connection]:
        with self._writing() as connection:
            held = update(_LEASES).where(*_held(lease)).values(fence=lease.fence)
            if connection.execute(held).rowcount != 1:
                raise LeaseLost(f"{lease.holder} no longer holds the lease {lease.name}")
            yield connection


def _held(lease: Lease) -> tuple[Any, ...]:
    row = _LEASES.c
    return row.name == lease.name, row.holder == lease.holder, row.fence == lease.fence


def _place(anchor: AnchorOnChain) -> Any:
    row = _ANCHORS.c
    return and_(
        row.log_id == anchor.log_id,
        row.chain_id == anchor.chain_id,
        row.registry == anchor.registry,
        row.size == anchor.size,
        row.root == anchor.root,
    )
