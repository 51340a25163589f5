"""Stores of shares, grants and access records in memory, and a room over them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.access.callers import Callers
from service.access.links import Links
from service.access.ports import AccessRecord, Grant, GrantId, Share, ShareId, ShareSession, Tenant
from service.access.room import AccessRoom, open_room
from tests.unit.access.fakes import Times

PEPPER = bytes(range(32))


class MemoryShares:
    """A ShareStore in memory that counts look-ups."""

    def __init__(self) -> None:
        self.rows: list[Share] = []
        self.sessions: dict[bytes, ShareSession] = {}
        self.attempts: dict[tuple[int, bytes], int] = {}
        self.lookups = 0

    def add_share(self, share: Share) -> None:
        self.rows.append(replace(share, number=len(self.rows) + 1))

    def share_by_token(self, token_print: bytes) -> tuple[Share, int] | None:
        self.lookups += 1
        for row in self.rows:
            if row.token_print == token_print:
                return row, row.expires_at
        opened = self.sessions.get(token_print)
        row = next((each for each in self.rows if opened and each.id == opened.share), None)  # type: ignore[assignment]
        return None if opened is None else (row, min(opened.expires_at, row.expires_at))

    def share_by_code(self, code_print: bytes) -> Share | None:
        self.lookups += 1
        return next((row for row in self.rows if row.code_print == code_print), None)

    def add_session(self, opened: ShareSession, now: int) -> None:
        self.sessions = {key: each for key, each in self.sessions.items() if each.expires_at > now}
        self.sessions[opened.token_print] = opened

    def shares(self, tenant: Tenant, trade: str, after: int, limit: int) -> Sequence[Share]:
        mine = [row for row in self.rows if (row.tenant, row.trade) == (tenant, trade) and row.number > after]
        return mine[:limit]

    def revoke_share(self, tenant: Tenant, share: ShareId, at: int) -> Share | None:
        for place, row in enumerate(self.rows):
            if (row.tenant, row.id) == (tenant, share):
                self.rows[place] = replace(row, revoked_at=row.revoked_at or at)
                return self.rows[place]
        return None

    def count_attempt(self, minute: int, who: Sequence[bytes], by: int) -> Sequence[int]:
        for each in who:
            self.attempts[minute, each] = self.attempts.get((minute, each), 0) + by
        return [self.attempts[minute, each] for each in who]


class MemoryGrants:
    """A GrantStore in memory."""

    def __init__(self) -> None:
        self.rows: list[Grant] = []

    def add_grant(self, grant: Grant) -> None:
        self.rows.append(replace(grant, number=len(self.rows) + 1))

    def grant_by_token(self, token_print: bytes) -> Grant | None:
        return next((row for row in self.rows if row.token_print == token_print), None)

    def grants(self, tenant: Tenant, dispute: str, after: int, limit: int) -> Sequence[Grant]:
        mine = [row for row in self.rows if (row.tenant, row.dispute) == (tenant, dispute)]
        return [row for row in mine if row.number > after][:limit]

    def revoke_grant(self, tenant: Tenant, dispute: str, grant: GrantId, at: int) -> Grant | None:
        for place, row in enumerate(self.rows):
            if (row.tenant, row.dispute, row.id) == (tenant, dispute, grant):
                self.rows[place] = replace(row, revoked_at=row.revoked_at or at)
                return self.rows[place]
        return None


class MemoryRecords:
    """A RecordStore in memory; `broken` makes writing fail."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, int], AccessRecord] = {}
        self.writes = 0
        self.broken = False

    def add_records(self, records: Sequence[AccessRecord]) -> None:
        if self.broken:
            raise OSError("no database")
        self.writes += 1
        for each in records:
            self.rows.setdefault((each.holder_id, each.kind, each.minute), each)

    def records(
        self, tenant: Tenant, trade: str | None, dispute: str | None, after: int, limit: int
    ) -> Sequence[AccessRecord]:
        return list(self.rows.values())


class Disputes:
    """A DisputeDirectory: what is in `trades` by log id and dispute."""

    def __init__(self, trades: Mapping[tuple[bytes, str], str] | None = None) -> None:
        self.trades = dict(trades or {})

    def trade_of(self, log_id: bytes, dispute: str) -> str | None:
        return self.trades.get((log_id, dispute))


class Stores:
    """The stores of a room and the clocks it goes by."""

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        self.shares = MemoryShares()
        self.grants = MemoryGrants()
        self.records = MemoryRecords()
        self.disputes = Disputes()

    def room(self) -> AccessRoom:
        """A room over these stores; several may share them, as processes do."""
        return open_room(
            self.shares,
            self.grants,
            self.records,
            PEPPER,
            links=Links(lambda: "https://tally.example/"),
            disputes=self.disputes,
            callers=Callers(),
            clock_ms=self.times.ms,
            monotonic=self.times.monotonic,
            random=os.urandom,
        )
