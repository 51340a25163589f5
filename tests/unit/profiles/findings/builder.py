"""Synthetic trades for the rules' tests: say what happened and when, hide what is to be hidden, ask one rule.

    trade = Trade()
    trade.quote(); trade.accept(at=10); trade.hand_over(at=20); trade.inspect(at=30); trade.pay(at=40)
    assert trade.ask(payout_short.RULE, now=100).truth is Truth.NOT_PROVED

Times are seconds after START. The plain trade: one card, face 100.00, at 92 %, paid within an hour of its
handover.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from typing import Any

from service.core.times import format_time
from service.profiles.giftcard.check import check_event
from service.profiles.giftcard.findings.corrections import worlds
from service.profiles.giftcard.findings.evaluation import findings_of
from service.profiles.giftcard.findings.model import (
    Anchored,
    Finding,
    KeyValidity,
    Promise,
    Sealed,
    Shown,
    TradeView,
    Truth,
)
from service.profiles.giftcard.findings.rule import Rule

START = 1_790_000_000_000
HOUR = 3600
NET = 9_200
PAYEE = "0x" + "aa" * 32
OTHER_PAYEE = "0x" + "bb" * 32
READING = "0x" + "cc" * 32
PHOTO = "0x" + "dd" * 32
PAGE = "0x" + "ee" * 32
CARD = "0x" + "11" * 32

Claims = dict[str, Any]


def time(seconds: float) -> str:
    """So many seconds after START, as events write it."""
    return format_time(ms(seconds))


def ms(seconds: float) -> int:
    """So many seconds after START, in ms since 1970."""
    return START + round(seconds * 1000)


def merged(claims: Mapping[str, Any], changes: Mapping[str, Any]) -> Claims:
    """`claims` with `changes`: objects member by member, everything else replaced, None removes."""
    result = deepcopy(dict(claims))
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def item(line: int = 1, net: int = NET, face: int = 10_000, **more: Any) -> Claims:
    """One card of a quote."""
    return {"line": line, "brand": "沃嘉购物卡", "face": face, "net": net, "kind": "code", **more}


def quote_claims(*items: Claims) -> Claims:
    """A sound quote for the cards, by default for one."""
    items = items or (item(),)
    net = sum(each["net"] for each in items)
    return {
        "items": list(items),
        "offer": {
            "currency": "CNY",
            "net": net,
            "gross": net,
            "fees": [],
            "headline_rate_bp": 9_200,
            "rate_base": "face",
        },
        "terms": {
            "valid_until": time(HOUR),
            "payout_clock": {"start": "handover", "seconds": HOUR},
            "tolled_by": ["awaiting_payee", "large_amount"],
            "text": "0x" + "01" * 32,
        },
        "conditions": [
            {"code": "damaged", "cap": 300, "evidence": "photo"},
            {"code": "expired", "cap": 200, "evidence": "reading"},
        ],
        "on_balance_mismatch": "pro_rata",
        "presented": {"digest": PAGE},
    }


class Trade:
    """A trade being written down. `context`, `foreign`, `keys` and `sealed` go into the view as they are."""

    def __init__(self, trade: str = "t-1") -> None:
        self.trade = trade
        self.entries: list[Shown] = []
        self.context: tuple[Shown, ...] = ()
        self.foreign: tuple[Shown, ...] = ()
        self.keys: tuple[KeyValidity, ...] | None = None
        self.sealed: tuple[Sealed, ...] = ()
        self.first_index = 100

    def say(
        self,
        type: str,
        claims: Claims,
        *,
        at: float = 0,
        received: float | None = None,
        event: str | None = None,
        **changes: Any,
    ) -> str:
        """Record an event that occurs `at` and arrives at `received` (by default at once); gives its id."""
        seq = len(self.entries)
        event = event or f"{type}-{seq}"
        claims = merged(claims, changes)
        check_event(
            {"event": event, "trade": self.trade, "type": type, "occurred": time(at), "claims": claims},
            poster="service" if type == "erasure" else "platform",
        )
        arrival = ms(at if received is None else received)
        leaf = sha256(f"leaf/{self.trade}/{event}".encode()).digest()
        index = self.first_index + seq
        self.entries.append(
            Shown(
                index=index,
                leaf=leaf,
                digest=sha256(f"digest/{self.trade}/{event}".encode()).digest(),
                seq=seq,
                prev=self.entries[-1].leaf if self.entries else None,
                event=event,
                trade=self.trade,
                type=type,
                occurred=ms(at),
                received=arrival,
                claims=claims,
                withheld=0,
                promise=Promise(index + 1, leaf, arrival // 1000, arrival // 1000 + 600, via=False),
                anchor=Anchored(
                    index + 1,
                    leaf,
                    proved=True,
                    timestamp=arrival // 1000 + 30,
                    block_number=1000 + seq,
                    block_hash=leaf,
                    prev_size=index,
                    prev_timestamp=arrival // 1000 - 30,
                    prev_signed_at=arrival // 1000 - 30,
                    final=True,
                ),
            )
        )
        return event

    def quote(self, *items: Claims, at: float = 0, received: float | None = None, **changes: Any) -> str:
        """A sound quote with `changes`."""
        return self.say("quote", quote_claims(*items), at=at, received=received, **changes)

    def revise(
        self,
        *items: Claims,
        at: float = 5,
        received: float | None = None,
        cause: str = "market",
        **changes: Any,
    ) -> str:
        """A sound revision of the first quote with `changes`."""
        claims = quote_claims(*items) | {"revises": {"event": self.first("quote")}, "cause": cause}
        return self.say("quote_revision", claims, at=at, received=received, **changes)

    def accept(
        self, at: float = 10, received: float | None = None, quote: str | None = None, **changes: Any
    ) -> str:
        """The acceptance of a quote (by default the last), for its whole price."""
        quote = quote or self.last("quote", "quote_revision")
        price = self.entry(quote).claims["offer"]
        assert isinstance(price, dict)
        claims = {
            "quote": {"event": quote},
            "amount": price["net"],
            "currency": "CNY",
            "settlement": [{"channel": "alipay", "payee": PAYEE, "share": price["net"]}],
            "presented": {"digest": PAGE},
            "consent": {"method": "sms_otp", "evidence": "0x" + "02" * 32},
        }
        return self.say("acceptance", claims, at=at, received=received, **changes)

    def hand_over(self, at: float = 20, received: float | None = None, **changes: Any) -> str:
        """The card's code is revealed."""
        return self.say("handover", {"mode": "code_revealed"}, at=at, received=received, **changes)

    def inspect(self, *items: Claims, at: float = 30, received: float | None = None, **changes: Any) -> str:
        """An inspection; by default line 1 passes."""
        found = items or ({"line": 1, "outcome": "pass", "reading": READING},)
        return self.say("inspection", {"items": list(found)}, at=at, received=received, **changes)

    def pay(
        self,
        amount: int = NET,
        *,
        at: float = 40,
        received: float | None = None,
        state: str = "succeeded",
        payout: str = "p1",
        leg: Claims | None = None,
        legs: list[Claims] | None = None,
        **changes: Any,
    ) -> str:
        """One state of a payout, by default of one leg that succeeds at once. `leg` changes that leg."""
        plain = {"leg": 1, "channel": "alipay", "amount": amount, "currency": "CNY", "payee": PAYEE}
        claims = {"payout": payout, "state": state, "legs": legs or [merged(plain, leg or {})]}
        return self.say("payout", claims, at=at, received=received, **changes)

    def hide(self, event: str, *names: str) -> None:
        """Withhold claims of an entry (by default all), as a holder or an erasure would."""
        entry = self.entry(event)
        names = names or tuple(entry.claims)
        kept = {name: value for name, value in entry.claims.items() if name not in names}
        gone = len(entry.claims) - len(kept)
        self.replace(event, claims=kept, withheld=entry.withheld + gone)

    def replace(self, event: str, **members: Any) -> None:
        """Change members of a recorded entry."""
        place = self.entries.index(self.entry(event))
        self.entries[place] = replace(self.entries[place], **members)

    def put(self, event: str, **claims: Any) -> None:
        """Set claims of a recorded entry."""
        self.replace(event, claims={**self.entry(event).claims, **claims})

    def drop(self, event: str) -> None:
        """Leave an entry out of the view: its place in the trade becomes a hole."""
        self.entries.remove(self.entry(event))

    def entry(self, event: str) -> Shown:
        """The entry with this id."""
        return next(each for each in self.entries if each.event == event)

    def first(self, type: str) -> str:
        """The first event of the type."""
        return next(each.event for each in self.entries if each.type == type)

    def last(self, *types: str) -> str:
        """The last event of the types."""
        return next(each.event for each in reversed(self.entries) if each.type in types)

    def view(self) -> TradeView:
        """What the rules look at."""
        return TradeView(
            log_id=b"\x07" * 32,
            origin="test.example/kaka",
            chain_id=31337,
            registry="0x" + "42" * 20,
            trade=self.trade,
            entries=tuple(self.entries),
            sealed=self.sealed,
            context=self.context,
            foreign=self.foreign,
            keys=self.keys,
        )

    def ask_all(self, rule: Rule, now: float) -> tuple[Finding, ...]:
        """Every result of one rule at `now` (seconds after START)."""
        return findings_of(rule, worlds(self.view(), ms(now)))

    def ask(self, rule: Rule, now: float) -> Finding:
        """The one result of one rule."""
        [result] = self.ask_all(rule, now)
        return result

    def truth(self, rule: Rule, now: float) -> Truth:
        """The truth of the one result of one rule."""
        return self.ask(rule, now).truth


def settled(amount: int = NET, **quote: Any) -> Trade:
    """The plain trade from quote to payout of `amount`, with changes to its quote."""
    trade = Trade()
    trade.quote(**quote)
    trade.accept()
    trade.hand_over()
    trade.inspect()
    trade.pay(amount, final=True)
    return trade
