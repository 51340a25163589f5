"""Trades as no simulator plays them: several quotes and acceptances, some lines only, claims left away,
offline clocks, legs that fail, come back and arrive twice. Every one of them passes the profile's checks.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.unit.profiles.findings.builder import (
    HOUR,
    OTHER_PAYEE,
    PAYEE,
    PHOTO,
    READING,
    START,
    Claims,
    Trade,
    ms,
    quote_claims,
    time,
)

LINES: tuple[int | str, ...] = (1, 2, "1")
_OUTCOMES = ("pass", "pass", "balance_short", "balance_short", "used", "damaged")
_STATES = ("initiated", "awaiting_payee", "processing", "succeeded", "succeeded", "succeeded", "failed")


class OddTrade:
    """One such trade; `trade` is what was recorded. The log's clock only goes forward."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.trade = rng, Trade()
        self.now = 0.0
        self.received = 0.0
        self.lines: list[int | str] = list(LINES[: rng.randint(1, 3)])
        self.quotes: list[str] = []
        self.points = rng.random() < 0.3
        self.policy = rng.choice(("pro_rata", "pro_rata", "reject", "requote", None))
        self.start = rng.choice(("acceptance", "handover", "handover", "inspection", None))

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def say(self, type: str, claims: Claims) -> str:
        """Record it at once, late, or from a device without network whose clock is wrong."""
        self.now += self.rng.choice((1, 30, 100, 121, 299, 1_000))
        at = self.now
        delay = self.rng.choice((0, 0, 0, 0, 60, 300, 301, 5_000))
        self.received = max(self.received, at + delay)
        if self.maybe(0.15):
            wrong = self.rng.choice((0, -4_000, 4_000))
            claims = claims | {"capture": {"mode": "offline"}}
            if self.maybe(0.8):
                claims["capture"]["sent_at"] = time(self.received + wrong)
            at += wrong
        elif self.maybe(0.2):
            claims = claims | {"capture": {"mode": "online"}}
        return self.trade.say(type, claims, at=at, received=self.received)

    def quote(self, revises: str | None = None) -> None:
        rng = self.rng
        items = []
        for line in self.lines:
            face = rng.choice((100, 10_000, 33_333))
            card = {
                "line": line,
                "brand": "沃嘉购物卡",
                "face": face,
                "net": face * rng.randint(85, 95) // 100,
            }
            items.append(card | ({"balance": face - rng.randint(0, 99)} if self.maybe(0.4) else {}))
        claims = quote_claims(*items)
        claims["conditions"] = [
            {"code": "damaged", "cap": rng.choice((0, 50, 5_000, None)), "evidence": "photo"},
            {"code": "expired", "evidence": rng.choice(("reading", "none", "third_party"))},
        ]
        terms = claims["terms"] | {"valid_until": time(self.now + rng.choice((50, 1_000, HOUR)))}
        terms["payout_clock"] = {"start": self.start or "handover", "seconds": rng.choice((0, 300, HOUR))}
        if self.start is None:
            del terms["payout_clock"]
        claims |= {"terms": terms, "on_balance_mismatch": self.policy}
        if self.policy is None:
            del claims["on_balance_mismatch"]
        if self.points:
            claims["offer"]["points"] = {"program": "积分", "units": 250, "fen_per_100": 99}
        for name in ("conditions", "presented", "terms"):
            if self.maybe(0.05):
                del claims[name]
        if revises is None:
            self.quotes.append(self.say("quote", claims))
            return
        claims |= {"revises": {"event": revises}, "cause": rng.choice(("market", "inspection"))}
        if self.maybe(0.3):  # an engineer who posts only what changed
            for name in {"conditions", "on_balance_mismatch", "terms"} & claims.keys():
                del claims[name]
        self.quotes.append(self.say("quote_revision", claims))

    def accept(self) -> None:
        rng, quote = self.rng, self.rng.choice((self.quotes[-1], *self.quotes))
        claims: Claims = {"quote": {"event": quote}, "amount": 9_200, "currency": "CNY"}
        if self.maybe(0.3):
            claims["items"] = rng.sample(self.lines, rng.randint(1, len(self.lines)))
        if self.maybe(0.5):
            claims["points_opt_in"] = self.maybe(0.7)
        if self.maybe(0.8):
            claims["settlement"] = [{"channel": "alipay", "payee": PAYEE}]
        self.say("acceptance", claims)

    def hand_over(self) -> None:
        some = {"items": self.rng.sample(self.lines, self.rng.randint(1, len(self.lines)))}
        self.say("handover", {"mode": "counter"} | (some if self.maybe(0.3) else {}))

    def inspect(self) -> None:
        rng, items = self.rng, []
        for line in self.lines:
            if self.maybe(0.2):
                continue
            found: Claims = {"line": line, "outcome": rng.choice(_OUTCOMES)}
            found |= {"reading": READING} if self.maybe(0.7) else {}
            found |= {"balance_found": rng.choice((0, 99, 5_000, 40_000))} if self.maybe(0.8) else {}
            if self.maybe(0.3):
                code = {"code": rng.choice(("damaged", "damaged", "expired", "x-other"))}
                taken = {"amount": rng.choice((1, 60, 700))} | (
                    {"evidence": PHOTO} if self.maybe(0.7) else {}
                )
                found["deductions"] = [code | taken] * rng.randint(1, 2)
            items.append(found)
        if items:
            self.say("inspection", {"items": items})

    def pay(self) -> None:
        """Some attempts of some payout, each a few states long."""
        rng, payout = self.rng, self.rng.choice(("p1", "p1", "p2"))
        numbered = self.maybe(0.7)
        for attempt in range(1, rng.randint(2, 3)):
            legs: list[Claims] = []
            for leg in range(1, rng.randint(2, 3)):
                points = self.maybe(0.2)
                paid: Claims = {"leg": leg, "channel": "points" if points else "alipay"}
                paid["amount"] = rng.choice((0, 100, 8_000, 9_200, 9_200, 20_000))
                paid |= {"payee": rng.choice((PAYEE, PAYEE, OTHER_PAYEE))} if self.maybe(0.8) else {}
                paid |= {"currency": "CNY"} if self.maybe(0.5) and not points else {}
                if self.maybe(0.2):
                    paid |= {"channel_time": time(self.now), "channel_evidence": PHOTO}
                legs.append(paid)
            states = [rng.choice(_STATES) for _ in range(rng.randint(1, 3))]
            for state in states + ["reversed"] * self.maybe(0.1):
                claims: Claims = {"payout": payout, "state": state, "legs": legs}
                claims |= {"attempt": attempt} if numbered else {}
                claims |= {"final": self.maybe(0.5)} if self.maybe(0.4) else {}
                self.say("payout", claims)

    def review(self) -> None:
        claims: Claims = {
            "kind": self.rng.choice(("large_amount", "anomaly")),
            "rule": "r",
            "outcome": "pass",
        }
        claims["started"] = time(self.now)
        if self.maybe(0.8):
            claims["finished"] = time(self.now + self.rng.choice((60, HOUR, 100 * HOUR)))
        self.say("review", claims)

    def cancel(self) -> None:
        self.say("cancellation", {"by": "user", "reason": "不卖了"})


def odd_trade(rng: Random) -> tuple[Trade, int]:
    """A trade, and when to judge it (ms)."""
    story = OddTrade(rng)
    story.quote()
    if story.maybe(0.3):
        story.quote(revises=story.quotes[0])
    steps: list[Any] = [story.accept, story.hand_over, story.inspect, story.pay]
    for extra, chance in (
        (story.accept, 0.2),
        (lambda: story.quote(revises=story.quotes[-1]), 0.2),
        (story.inspect, 0.2),
        (story.review, 0.3),
        (story.cancel, 0.08),
        (story.pay, 0.5),
    ):
        if story.maybe(chance):
            steps.insert(rng.randint(0, len(steps)), extra)
    for step in steps:
        if not story.maybe(0.06):
            step()
    end = ms(story.received)
    return story.trade, rng.choice((START, end, end + 60_000, end + HOUR * 1000, end + 10**9))
