"""Entries of one trade for tests of cases: each told in one line."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from service.profiles.giftcard.findings.model import Promise, Shown

HOUR = 3_600_000
START = 1_800_000_000_000


class Told:
    """Collects entries; each call adds one, an hour after the one before unless told otherwise."""

    def __init__(self) -> None:
        self.entries: list[Shown] = []
        self.now = START

    def add(self, event_type: str, after: int = HOUR, **claims: Any) -> Shown:
        """An entry of this type with these claims."""
        self.now += after
        seq = len(self.entries)
        name = f"e{seq}"
        entry = Shown(
            index=seq,
            leaf=sha256(b"leaf" + name.encode()).digest(),
            digest=sha256(name.encode()).digest(),
            seq=seq,
            prev=None,
            event=name,
            trade="t",
            type=event_type,
            occurred=self.now,
            received=self.now,
            claims=claims,
            withheld=0,
            promise=Promise(0, b"", 0, 0, via=False),
        )
        self.entries.append(entry)
        return entry

    def opened(self, dispute: str = "d", by: str = "user", code: str = "late", **claims: Any) -> Shown:
        return self.add("dispute_opened", dispute=dispute, by=by, claim={"code": code, "text": "x"}, **claims)

    def answer(self, kind: str, dispute: str = "d", **claims: Any) -> Shown:
        return self.add("dispute_answer", dispute=dispute, kind=kind, **claims)

    def to_the_point(self, dispute: str = "d", **claims: Any) -> Shown:
        reasons = [{"refs": [{"event": "e0"}]}]
        return self.answer("substantive", dispute, position="part", reasons=reasons, **claims)

    def evidence(self, by: str = "user", dispute: str = "d", **claims: Any) -> Shown:
        return self.add("dispute_evidence", dispute=dispute, by=by, **claims)

    def award(self, outcome: str, dispute: str = "d", **claims: Any) -> Shown:
        return self.add("dispute_award", dispute=dispute, outcome=outcome, **claims)

    def payout(self, amount: int, leg: object = 1, payout: str = "p", **claims: Any) -> Shown:
        legs = [{"leg": leg, "channel": "alipay", "amount": amount, "kind": "money", "currency": "CNY"}]
        return self.add("payout", payout=payout, state="succeeded", legs=legs, **claims)
