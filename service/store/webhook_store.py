"""The durable `WebhookStore`, on SQLite or PostgreSQL: one transaction a call, guards stand in the SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from service.access.ports import Tenant
from service.store.webhook_rows import (
    DELIVERIES,
    ENDPOINTS,
    MESSAGES,
    PENDING,
    SEPARATOR,
    WATCHES,
    delivery_of,
    delivery_query,
    endpoint_of,
    of_tenant,
)
from service.webhooks.ports import (
    TOLD_ONCE,
    Changes,
    Delivery,
    DeliveryState,
    Due,
    Endpoint,
    Message,
    Watched,
)

_PRUNED_AT_ONCE = 500


class SqlWebhookStore:
    """Endpoints, outbox, deliveries and watches. `random(n)` gives n random bytes, for deliveries' ids."""

    def __init__(self, engine: Engine, random: Callable[[int], bytes]) -> None:
        self._engine = engine
        self._random = random
        self._insert: Any = postgres_insert if engine.dialect.name == "postgresql" else sqlite_insert

    # --- endpoints

    def add(self, endpoint: Endpoint, most: int) -> bool:
        """Store a new endpoint, unless the tenant has as many as it may."""
        tenant = endpoint.tenant
        values = {
            "id": endpoint.id,
            "platform": tenant.platform,
            "mode": tenant.mode,
            "url": endpoint.url,
            "events": SEPARATOR.join(endpoint.events),
            "description": endpoint.description,
            "secret": endpoint.secret,
            "created_at": endpoint.created_at,
        }
        with self._writing() as connection:
            # Holding those there are keeps out another that would be the last to fit, too.
            connection.execute(select(ENDPOINTS.c.number).where(of_tenant(tenant)).with_for_update())
            count = select(func.count()).select_from(ENDPOINTS).where(of_tenant(tenant))
            if connection.execute(count).scalar_one() >= most:
                return False
            connection.execute(insert(ENDPOINTS).values(values))
            return True

    def endpoints(self, tenant: Tenant) -> Sequence[Endpoint]:
        """The tenant's endpoints, oldest first."""
        with self._engine.connect() as connection:
            query = select(ENDPOINTS).where(of_tenant(tenant)).order_by(ENDPOINTS.c.number)
            return [endpoint_of(row) for row in connection.execute(query)]

    def endpoint(self, tenant: Tenant, endpoint: str) -> Endpoint | None:
        """One of the tenant's endpoints."""
        with self._engine.connect() as connection:
            query = select(ENDPOINTS).where(of_tenant(tenant), ENDPOINTS.c.id == endpoint)
            row = connection.execute(query).first()
            return None if row is None else endpoint_of(row)

    def change(self, tenant: Tenant, endpoint: str, changes: Changes) -> Endpoint | None:
        """Change members of an endpoint, and no others: somebody else may be changing those."""
        values: dict[str, Any] = {}
        if changes.url is not None:
            values["url"] = changes.url
        if changes.events is not None:
            values["events"] = SEPARATOR.join(changes.events)
        if changes.description is not None:
            values["description"] = changes.description
        if changes.enabled is True:
            values |= {"disabled": None, "failing_since": None}
        return self._updated(tenant, endpoint, values, off=changes.enabled is False)

    def rotate(self, tenant: Tenant, endpoint: str, secret: bytes, until: int) -> Endpoint | None:
        """Give an endpoint a new secret and keep the one it has as the old one."""
        values = {"secret": secret, "old_secret": ENDPOINTS.c.secret, "old_until": until}
        return self._updated(tenant, endpoint, values)

    def _updated(
        self, tenant: Tenant, endpoint: str, values: dict[str, Any], *, off: bool = False
    ) -> Endpoint | None:
        mine = and_(of_tenant(tenant), ENDPOINTS.c.id == endpoint)
        with self._writing() as connection:
            if values:
                connection.execute(update(ENDPOINTS).where(mine).values(values))
            row = connection.execute(select(ENDPOINTS).where(mine)).first()
            if row is not None and off:
                self._disable(connection, endpoint, "by the platform")
                row = connection.execute(select(ENDPOINTS).where(mine)).one()
            return None if row is None else endpoint_of(row)

    def remove(self, tenant: Tenant, endpoint: str) -> bool:
        """Delete an endpoint with its deliveries."""
        with self._writing() as connection:
            query = select(ENDPOINTS.c.number).where(of_tenant(tenant), ENDPOINTS.c.id == endpoint)
            number = connection.execute(query).scalar_one_or_none()
            if number is None:
                return False
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.endpoint == number))
            connection.execute(delete(ENDPOINTS).where(ENDPOINTS.c.number == number))
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
            query = select(ENDPOINTS).where(of_tenant(message.tenant), ENDPOINTS.c.disabled.is_(None))
            found = connection.execute(query.order_by(ENDPOINTS.c.number)).all()
            to = [
                row
                for row in found
                if (row.id == only if only is not None else message.type in row.events.split(SEPARATOR))
            ]
            number = self._add_message(connection, message) if to else None
            if number is None:
                return []
            rows = [self._new_delivery(number, row.number, message.created_at) for row in to]
            connection.execute(insert(DELIVERIES), rows)
            return [row["id"] for row in rows]

    def _known(self, message: Message) -> bool:
        tenant, row = message.tenant, MESSAGES.c
        same = (row.platform == tenant.platform, row.mode == tenant.mode, row.key == message.key)
        with self._engine.connect() as connection:
            return connection.execute(select(row.number).where(*same)).first() is not None

    def _add_message(self, connection: Connection, message: Message) -> int | None:
        tenant = message.tenant
        values = {"id": message.id, "platform": tenant.platform, "mode": tenant.mode, "type": message.type}
        values |= {"key": message.key, "payload": message.payload, "created_at": message.created_at}  # type: ignore[dict-item]
        adding = self._insert(MESSAGES).values(values).on_conflict_do_nothing()
        number: int | None = connection.execute(adding.returning(MESSAGES.c.number)).scalar_one_or_none()
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
        query = delivery_query().where(of_tenant(tenant), ENDPOINTS.c.id == endpoint)
        if before is not None:
            query = query.where(DELIVERIES.c.number < before)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(DELIVERIES.c.number.desc()).limit(limit))
            return [delivery_of(row) for row in found]

    def replay(self, tenant: Tenant, endpoint: str, delivery: str, now: int) -> Delivery | None:
        """Make a finished delivery pending again."""
        query = delivery_query().where(
            of_tenant(tenant), ENDPOINTS.c.id == endpoint, DELIVERIES.c.id == delivery
        )
        again = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_at": now, "finished_at": None}
        with self._writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            ready = update(DELIVERIES).where(DELIVERIES.c.number == row.number, ~PENDING)
            connection.execute(ready.values(again))
            return delivery_of(connection.execute(query).one())

    def claim(self, now: int, until: int, limit: int, each: int, each_tenant: int) -> Sequence[Due]:
        """Take due deliveries, one tenant's after another's, oldest first, and no more than `each` of an
        endpoint and `each_tenant` of a tenant at once.
        """
        rows = self._due(now, each, each_tenant)
        taken: list[Row[Any]] = []
        if not rows:
            return []  # without waiting for the write lock
        with self._writing() as connection:
            busy = self._in_flight(connection, now)
            for row in rows:
                tenant = (row.platform, row.mode)
                if len(taken) >= limit or busy[row.endpoint] >= each or busy[tenant] >= each_tenant:
                    continue
                mine = update(DELIVERIES).where(
                    DELIVERIES.c.number == row.number, PENDING, DELIVERIES.c.claimed == row.claimed
                )
                if connection.execute(mine.values(claimed=until)).rowcount == 1:
                    busy.update((row.endpoint, tenant))
                    taken.append(row)
            endpoints = self._endpoints_at(connection, [row.endpoint for row in taken])
        return [Due(delivery_of(row), endpoints[row.endpoint], row.payload, until) for row in taken]

    def _due(self, now: int, each: int, each_tenant: int) -> Sequence[Row[Any]]:
        """The oldest due deliveries: at most `each` of one endpoint and `each_tenant` of one tenant beyond
        those taken already, and of all tenants the oldest first, then the second, and so on.
        """
        row, of = DELIVERIES.c, ENDPOINTS.c
        order = (row.next_at, row.number)
        rank = func.row_number().over(partition_by=row.endpoint, order_by=order)
        due = (
            select(row.number, row.next_at, of.platform, of.mode, rank.label("rank"))
            .select_from(DELIVERIES.join(ENDPOINTS, of.number == row.endpoint))
            .where(PENDING, row.next_at <= now, row.claimed <= now, of.disabled.is_(None))
            .subquery()
        )
        turn = func.row_number().over(
            partition_by=(due.c.platform, due.c.mode), order_by=(due.c.next_at, due.c.number)
        )
        turns = select(due.c.number, turn.label("turn")).where(due.c.rank <= each).subquery()
        query = (
            delivery_query(MESSAGES.c.payload, of.platform, of.mode)
            .join(turns, turns.c.number == row.number)
            .where(turns.c.turn <= each_tenant)
            .order_by(turns.c.turn, *order)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    @staticmethod
    def _in_flight(connection: Connection, now: int) -> Counter[Any]:
        """How many deliveries are taken, by endpoint and by tenant."""
        taken = DELIVERIES.join(ENDPOINTS, ENDPOINTS.c.number == DELIVERIES.c.endpoint)
        query = select(DELIVERIES.c.endpoint, ENDPOINTS.c.platform, ENDPOINTS.c.mode, func.count())
        query = query.select_from(taken).where(PENDING, DELIVERIES.c.claimed > now)
        busy: Counter[Any] = Counter()
        for endpoint, platform, mode, count in connection.execute(
            query.group_by(*query.selected_columns[:3])
        ):
            busy[endpoint] += count
            busy[platform, mode] += count
        return busy

    @staticmethod
    def _endpoints_at(connection: Connection, numbers: Sequence[int]) -> dict[int, Endpoint]:
        found = connection.execute(select(ENDPOINTS).where(ENDPOINTS.c.number.in_(numbers)))
        return {row.number: endpoint_of(row) for row in found}

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
                healed = update(ENDPOINTS).where(ENDPOINTS.c.id == due.endpoint.id)
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
                ill = update(ENDPOINTS).where(
                    ENDPOINTS.c.id == due.endpoint.id, ENDPOINTS.c.failing_since.is_(None)
                )
                connection.execute(ill.values(failing_since=now))

    @staticmethod
    def _settle(connection: Connection, due: Due, values: dict[str, Any]) -> bool:
        mine = update(DELIVERIES).where(
            DELIVERIES.c.number == due.delivery.number, PENDING, DELIVERIES.c.claimed == due.claimed
        )
        settled = {**values, "claimed": 0, "attempts": due.delivery.attempts + 1}
        return connection.execute(mine.values(settled)).rowcount == 1

    def disable(self, endpoint: str, reason: str) -> None:
        """Send nothing more to an endpoint."""
        with self._writing() as connection:
            self._disable(connection, endpoint, reason)

    @staticmethod
    def _disable(connection: Connection, endpoint: str, reason: str) -> None:
        disabled = update(ENDPOINTS).where(ENDPOINTS.c.id == endpoint, ENDPOINTS.c.disabled.is_(None))
        connection.execute(disabled.values(disabled=reason))
        number = select(ENDPOINTS.c.number).where(ENDPOINTS.c.id == endpoint).scalar_subquery()
        waiting = update(DELIVERIES).where(DELIVERIES.c.endpoint == number, PENDING)
        connection.execute(waiting.values(state=DeliveryState.FAILED.value, failure="endpoint disabled"))

    def prune(self, before: int) -> None:
        """Delete old messages that are through with; of those told once the key stays."""
        row = MESSAGES.c
        open_ = select(DELIVERIES.c.message).where(PENDING, DELIVERIES.c.message == row.number)
        once = row.type.in_([each.value for each in TOLD_ONCE])
        query = select(row.number).where(
            row.created_at < before, ~open_.exists(), ~once | (func.length(row.payload) > 0)
        )
        with self._writing() as connection:
            numbers = connection.execute(query.limit(_PRUNED_AT_ONCE)).scalars().all()
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.message.in_(numbers)))
            connection.execute(delete(MESSAGES).where(row.number.in_(numbers), ~once))
            connection.execute(update(MESSAGES).where(row.number.in_(numbers)).values(payload=b""))

    # --- watches

    def watch(self, log_id: bytes, trades: Sequence[str], at: int) -> None:
        """Have these trades looked at again."""
        if not trades:
            return
        rows = [{"log_id": log_id, "trade": trade, "at": at, "marked": 0} for trade in trades]
        adding = self._insert(WATCHES)
        again = {"at": adding.excluded.at, "marked": WATCHES.c.marked + 1}
        with self._writing() as connection:
            connection.execute(
                adding.on_conflict_do_update(index_elements=["log_id", "trade"], set_=again), rows
            )

    def watched(self, until: int, limit: int) -> Sequence[Watched]:
        """Trades to be looked at by now."""
        query = select(WATCHES).where(WATCHES.c.at <= until).order_by(WATCHES.c.at).limit(limit)
        with self._engine.connect() as connection:
            return [Watched(row.log_id, row.trade, row.at, row.marked) for row in connection.execute(query)]

    def looked(self, watched: Watched, again: int | None) -> None:
        """The trade was looked at, unless it was marked anew in the meantime."""
        row = WATCHES.c
        same = and_(row.log_id == watched.log_id, row.trade == watched.trade, row.marked == watched.marked)
        with self._writing() as connection:
            if again is None:
                connection.execute(delete(WATCHES).where(same))
            else:
                connection.execute(update(WATCHES).where(same).values(at=again))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection
