"""The durable `WebhookStore`, on SQLite or PostgreSQL: one transaction a call, guards stand in the SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, Select, Table, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from service.access.ports import Mode, Tenant
from service.store.webhook_tables import (
    WebhookDeliveryRow,
    WebhookEndpointRow,
    WebhookMessageRow,
    WebhookWatchRow,
)
from service.webhooks.ports import Delivery, DeliveryState, Due, Endpoint, Message, Watched


def _table(row: type[object]) -> Table:
    return cast(Table, row.__dict__["__table__"])


_ENDPOINTS, _MESSAGES = _table(WebhookEndpointRow), _table(WebhookMessageRow)
_DELIVERIES, _WATCHES = _table(WebhookDeliveryRow), _table(WebhookWatchRow)
_PENDING = _DELIVERIES.c.state == DeliveryState.PENDING.value
_JOINED = _DELIVERIES.join(_MESSAGES, _MESSAGES.c.number == _DELIVERIES.c.message).join(
    _ENDPOINTS, _ENDPOINTS.c.number == _DELIVERIES.c.endpoint
)
_PRUNED_AT_ONCE = 500
_SEPARATOR = " "


def _of(tenant: Tenant) -> Any:
    return and_(_ENDPOINTS.c.platform == tenant.platform, _ENDPOINTS.c.mode == tenant.mode)


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        tenant=Tenant(row.platform, cast(Mode, row.mode)),
        url=row.url,
        events=tuple(row.events.split(_SEPARATOR)),
        description=row.description,
        secret=row.secret,
        created_at=row.created_at,
        old_secret=row.old_secret,
        old_until=row.old_until,
        disabled=row.disabled,
        failing_since=row.failing_since,
    )


def _endpoint_values(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "url": endpoint.url,
        "events": _SEPARATOR.join(endpoint.events),
        "description": endpoint.description,
        "secret": endpoint.secret,
        "old_secret": endpoint.old_secret,
        "old_until": endpoint.old_until,
        "disabled": endpoint.disabled,
        "failing_since": endpoint.failing_since,
    }


def _delivery_query(*more: Any) -> Select[Any]:
    shown = (_DELIVERIES, _ENDPOINTS.c.id.label("endpoint_id"), _MESSAGES.c.id.label("message_id"))
    return select(*shown, _MESSAGES.c.type, *more).select_from(_JOINED)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        number=row.number,
        endpoint=row.endpoint_id,
        message=row.message_id,
        type=row.type,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        status=row.status,
        failure=row.failure,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


class SqlWebhookStore:
    """Endpoints, outbox, deliveries and watches. `random(n)` gives n random bytes, for deliveries' ids."""

    def __init__(self, engine: Engine, random: Callable[[int], bytes]) -> None:
        self._engine = engine
        self._random = random
        self._insert: Any = postgres_insert if engine.dialect.name == "postgresql" else sqlite_insert

    # --- endpoints

    def add(self, endpoint: Endpoint) -> None:
        """Store a new endpoint."""
        tenant = endpoint.tenant
        fixed = {"id": endpoint.id, "platform": tenant.platform, "mode": tenant.mode}
        values = {**fixed, "created_at": endpoint.created_at, **_endpoint_values(endpoint)}
        with self._writing() as connection:
            connection.execute(insert(_ENDPOINTS).values(values))

    def endpoints(self, tenant: Tenant) -> Sequence[Endpoint]:
        """The tenant's endpoints, oldest first."""
        with self._engine.connect() as connection:
            query = select(_ENDPOINTS).where(_of(tenant)).order_by(_ENDPOINTS.c.number)
            return [_endpoint(row) for row in connection.execute(query)]

    def endpoint(self, tenant: Tenant, endpoint: str) -> Endpoint | None:
        """One of the tenant's endpoints."""
        with self._engine.connect() as connection:
            query = select(_ENDPOINTS).where(_of(tenant), _ENDPOINTS.c.id == endpoint)
            row = connection.execute(query).first()
            return None if row is None else _endpoint(row)

    def change(self, endpoint: Endpoint) -> bool:
        """Store everything of an endpoint but id, tenant and creation."""
        with self._writing() as connection:
            changed = update(_ENDPOINTS).where(_of(endpoint.tenant), _ENDPOINTS.c.id == endpoint.id)
            return connection.execute(changed.values(_endpoint_values(endpoint))).rowcount == 1

    def remove(self, tenant: Tenant, endpoint: str) -> bool:
        """Delete an endpoint with its deliveries."""
        with self._writing() as connection:
            query = select(_ENDPOINTS.c.number).where(_of(tenant), _ENDPOINTS.c.id == endpoint)
            number = connection.execute(query).scalar_one_or_none()
            if number is None:
                return False
            connection.execute(delete(_DELIVERIES).where(_DELIVERIES.c.endpoint == number))
            connection.execute(delete(_ENDPOINTS).where(_ENDPOINTS.c.number == number))
            return True

    def wanted(self, tenant: Tenant) -> frozenset[str]:
        """The event types that some enabled endpoint wants."""
        enabled = (each for each in self.endpoints(tenant) if each.disabled is None)
        return frozenset(event for each in enabled for event in each.events)

    # --- messages and deliveries

    def put(self, message: Message, only: str | None = None) -> Sequence[str]:
        """Store a message with its deliveries, once. A repeat costs one read."""
        if self._known(message):
            return []
        with self._writing() as connection:
            query = select(_ENDPOINTS).where(_of(message.tenant), _ENDPOINTS.c.disabled.is_(None))
            found = connection.execute(query.order_by(_ENDPOINTS.c.number)).all()
            to = [
                row
                for row in found
                if (row.id == only if only is not None else message.type in row.events.split(_SEPARATOR))
            ]
            number = self._add_message(connection, message) if to else None
            if number is None:
                return []
            rows = [self._new_delivery(number, row.number, message.created_at) for row in to]
            connection.execute(insert(_DELIVERIES), rows)
            return [row["id"] for row in rows]

    def _known(self, message: Message) -> bool:
        tenant, row = message.tenant, _MESSAGES.c
        same = (row.platform == tenant.platform, row.mode == tenant.mode, row.key == message.key)
        with self._engine.connect() as connection:
            return connection.execute(select(row.number).where(*same)).first() is not None

    def _add_message(self, connection: Connection, message: Message) -> int | None:
        tenant = message.tenant
        values = {"id": message.id, "platform": tenant.platform, "mode": tenant.mode, "type": message.type}
        values |= {"key": message.key, "payload": message.payload, "created_at": message.created_at}  # type: ignore[dict-item]
        adding = self._insert(_MESSAGES).values(values).on_conflict_do_nothing()
        number: int | None = connection.execute(adding.returning(_MESSAGES.c.number)).scalar_one_or_none()
        return number

    def _new_delivery(self, message: int, endpoint: int, now: int) -> dict[str, Any]:
        return {
            "id": "del_" + self._random(12).hex(),
            "message": message,
            "endpoint": endpoint,
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "next_at": now,
            "claimed": 0,
            "created_at": now,
        }

    def deliveries(self, tenant: Tenant, endpoint: str, before: int | None, limit: int) -> Sequence[Delivery]:
        """An endpoint's deliveries, newest first."""
        query = _delivery_query().where(_of(tenant), _ENDPOINTS.c.id == endpoint)
        if before is not None:
            query = query.where(_DELIVERIES.c.number < before)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(_DELIVERIES.c.number.desc()).limit(limit))
            return [_delivery(row) for row in found]

    def replay(self, tenant: Tenant, endpoint: str, delivery: str, now: int) -> Delivery | None:
        """Make a finished delivery pending again."""
        query = _delivery_query().where(
            _of(tenant), _ENDPOINTS.c.id == endpoint, _DELIVERIES.c.id == delivery
        )
        again = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_at": now, "finished_at": None}
        with self._writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            ready = update(_DELIVERIES).where(_DELIVERIES.c.number == row.number, ~_PENDING)
            connection.execute(ready.values(again))
            return _delivery(connection.execute(query).one())

    def claim(self, now: int, until: int, limit: int, each: int) -> Sequence[Due]:
        """Take due deliveries, oldest first, and no more than `each` of an endpoint at once."""
        rows = self._due(now, limit, each)
        taken: list[Row[Any]] = []
        if not rows:
            return []  # without waiting for the write lock
        with self._writing() as connection:
            busy = Counter(self._in_flight(connection, now))
            for row in rows:
                if busy[row.endpoint] >= each:
                    continue
                mine = update(_DELIVERIES).where(
                    _DELIVERIES.c.number == row.number, _PENDING, _DELIVERIES.c.claimed == row.claimed
                )
                if connection.execute(mine.values(claimed=until)).rowcount == 1:
                    busy[row.endpoint] += 1
                    taken.append(row)
            endpoints = self._endpoints_at(connection, [row.endpoint for row in taken])
        return [Due(_delivery(row), endpoints[row.endpoint], row.payload, until) for row in taken]

    def _due(self, now: int, limit: int, each: int) -> Sequence[Row[Any]]:
        """The oldest due deliveries; at most `each` of one endpoint, so that no other waits for it."""
        row = _DELIVERIES.c
        rank = func.row_number().over(partition_by=row.endpoint, order_by=(row.next_at, row.number))
        due = select(row.number, rank.label("rank")).where(_PENDING, row.next_at <= now, row.claimed <= now)
        ranked = due.subquery()
        query = (
            _delivery_query(_MESSAGES.c.payload)
            .join(ranked, ranked.c.number == row.number)
            .where(ranked.c.rank <= each, _ENDPOINTS.c.disabled.is_(None))
            .order_by(row.next_at, row.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    @staticmethod
    def _in_flight(connection: Connection, now: int) -> dict[int, int]:
        query = select(_DELIVERIES.c.endpoint, func.count()).where(_PENDING, _DELIVERIES.c.claimed > now)
        return {row[0]: row[1] for row in connection.execute(query.group_by(_DELIVERIES.c.endpoint))}

    @staticmethod
    def _endpoints_at(connection: Connection, numbers: Sequence[int]) -> dict[int, Endpoint]:
        found = connection.execute(select(_ENDPOINTS).where(_ENDPOINTS.c.number.in_(numbers)))
        return {row.number: _endpoint(row) for row in found}

    def delivered(self, due: Due, status: int, now: int) -> None:
        """It arrived; its endpoint is in order."""
        values = {
            "state": DeliveryState.DELIVERED.value,
            "finished_at": now,
            "status": status,
            "failure": None,
        }
        with self._writing() as connection:
            if self._settle(connection, due, values):
                healed = update(_ENDPOINTS).where(_ENDPOINTS.c.id == due.endpoint.id)
                connection.execute(healed.values(failing_since=None))

    def failed(self, due: Due, status: int | None, failure: str, now: int, next_at: int | None) -> None:
        """It did not arrive: again later, or given up."""
        values: dict[str, Any] = {"status": status, "failure": failure}
        if next_at is None:
            values |= {"state": DeliveryState.FAILED.value, "finished_at": now}
        else:
            values |= {"next_at": next_at}
        with self._writing() as connection:
            if self._settle(connection, due, values):
                ill = update(_ENDPOINTS).where(
                    _ENDPOINTS.c.id == due.endpoint.id, _ENDPOINTS.c.failing_since.is_(None)
                )
                connection.execute(ill.values(failing_since=now))

    @staticmethod
    def _settle(connection: Connection, due: Due, values: dict[str, Any]) -> bool:
        mine = update(_DELIVERIES).where(
            _DELIVERIES.c.number == due.delivery.number, _PENDING, _DELIVERIES.c.claimed == due.claimed
        )
        settled = {**values, "claimed": 0, "attempts": due.delivery.attempts + 1}
        return connection.execute(mine.values(settled)).rowcount == 1

    def disable(self, endpoint: str, reason: str) -> None:
        """Send nothing more to an endpoint."""
        with self._writing() as connection:
            connection.execute(
                update(_ENDPOINTS)
                .where(_ENDPOINTS.c.id == endpoint, _ENDPOINTS.c.disabled.is_(None))
                .values(disabled=reason)
            )
            number = select(_ENDPOINTS.c.number).where(_ENDPOINTS.c.id == endpoint).scalar_subquery()
            waiting = update(_DELIVERIES).where(_DELIVERIES.c.endpoint == number, _PENDING)
            connection.execute(waiting.values(state=DeliveryState.FAILED.value, failure="endpoint disabled"))

    def prune(self, before: int) -> None:
        """Delete old messages that are through with."""
        open_ = select(_DELIVERIES.c.message).where(_PENDING, _DELIVERIES.c.message == _MESSAGES.c.number)
        query = select(_MESSAGES.c.number).where(_MESSAGES.c.created_at < before, ~open_.exists())
        with self._writing() as connection:
            numbers = connection.execute(query.limit(_PRUNED_AT_ONCE)).scalars().all()
            connection.execute(delete(_DELIVERIES).where(_DELIVERIES.c.message.in_(numbers)))
            connection.execute(delete(_MESSAGES).where(_MESSAGES.c.number.in_(numbers)))

    # --- watches

    def watch(self, log_id: bytes, trades: Sequence[str], at: int) -> None:
        """Have these trades looked at again."""
        if not trades:
            return
        rows = [{"log_id": log_id, "trade": trade, "at": at, "marked": 0} for trade in trades]
        adding = self._insert(_WATCHES)
        again = {"at": adding.excluded.at, "marked": _WATCHES.c.marked + 1}
        with self._writing() as connection:
            connection.execute(
                adding.on_conflict_do_update(index_elements=["log_id", "trade"], set_=again), rows
            )

    def watched(self, until: int, limit: int) -> Sequence[Watched]:
        """Trades to be looked at by now."""
        query = select(_WATCHES).where(_WATCHES.c.at <= until).order_by(_WATCHES.c.at).limit(limit)
        with self._engine.connect() as connection:
            return [Watched(row.log_id, row.trade, row.at, row.marked) for row in connection.execute(query)]

    def looked(self, watched: Watched, again: int | None) -> None:
        """The trade was looked at, unless it was marked anew in the meantime."""
        row = _WATCHES.c
        same = and_(row.log_id == watched.log_id, row.trade == watched.trade, row.marked == watched.marked)
        with self._writing() as connection:
            if again is None:
                connection.execute(delete(_WATCHES).where(same))
            else:
                connection.execute(update(_WATCHES).where(same).values(at=again))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection
