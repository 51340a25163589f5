"""Due, Paid and what follows from them, transcribed from their definitions for trades of which everything is
shown; it shares no code with the rules. None is unknown; `Unknown` ends a verdict.
"""

from __future__ import annotations

from typing import Any

from service.core.times import parse_time
from service.profiles.giftcard.findings.model import Shown

TAU, POINT, H72 = 120_000, 300_000, 72 * 3_600_000
EVER = -(10**18)
Verdict = tuple[str, int | None]
"""T, F or U, and the amount of a T."""


class Unknown(Exception):
    pass


def interval(e: Shown) -> tuple[int, int, int]:
    """lo, hi, and the least that hi may be."""
    capture: Any = e.claims.get("capture", {})
    occurred = e.occurred
    if capture.get("mode") == "offline":
        if "sent_at" not in capture:
            return EVER, e.received, EVER
        occurred += e.received - parse_time(capture["sent_at"])
    occurred = min(e.received, occurred)
    hi = occurred if e.received - occurred <= POINT else e.received
    return occurred, hi, hi


def any3(values: list[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False


def after(lo: int, hi: int, least: int, most: int) -> bool | None:
    return True if lo > most + TAU else False if hi <= least + TAU else None


class Judge:
    """One fully shown trade at one time."""

    def __init__(self, entries: list[Shown], now: int) -> None:
        self.entries, self.now = entries, now
        self.ids: dict[str, Any] = {e.event: e for e in entries}

    def all(self, *types: str) -> list[Any]:
        return [e for e in self.entries if e.type in types]

    def accepted(self) -> Any:
        for a in reversed(self.all("acceptance")):
            lo, hi, _ = interval(a)
            deeds = self.all("handover", "payout")
            if any(e.seq > a.seq for e in deeds):
                return a
            ratified = None if any(interval(e)[1] > lo for e in deeds) else False
            quote = self.ids[a.claims["quote"]["event"]]
            reasons: list[bool | None] = []
            if (until := quote.claims.get("terms", {}).get("valid_until")) is not None:
                reasons.append(after(lo, hi, parse_time(until), parse_time(until)))
            for r in self.all("quote_revision"):
                replaces = r.claims["revises"]["event"] == quote.event and r.claims["cause"] != "inspection"
                if r.seq < a.seq and replaces:
                    reasons.append(True if interval(r)[1] <= lo else None)
            invalid = any3(reasons)
            if invalid is False:
                return a
            if invalid is None or ratified is None:
                raise Unknown
        return None

    def quoted(self, name: str, quote: Any = None) -> Any:
        """A claim of Q; of a revision without it the claim of what it revises."""
        quote = quote or self.ids[self.accepted().claims["quote"]["event"]]
        if name not in quote.claims and quote.type == "quote_revision":
            return self.quoted(name, self.ids[quote.claims["revises"]["event"]])
        return quote.claims.get(name)

    def lines(self) -> list[Any]:
        a = self.accepted()
        items = self.ids[a.claims["quote"]["event"]].claims["items"]
        chosen = [(type(x), x) for x in a.claims.get("items", [i["line"] for i in items])]
        return [i for i in items if (type(i["line"]), i["line"]) in chosen]

    def due(self) -> tuple[int, int]:
        """Due, and what was taken without support."""
        a = self.accepted()
        if a is None:
            return 0, 0
        cancellations = self.all("cancellation")
        if any(c.seq > a.seq for c in cancellations):
            return 0, 0
        if any(interval(c)[1] > interval(a)[0] for c in cancellations):
            raise Unknown
        quote = self.ids[a.claims["quote"]["event"]]
        left = {c["code"]: dict(c) for c in self.quoted("conditions") or []}
        total = unsupported = 0
        for item in self.lines():
            told = [
                (e, i) for e in self.all("inspection") for i in e.claims["items"] if i["line"] == item["line"]
            ]
            if not told:
                total += item["net"]
                continue
            inspection, found = told[-1]
            by_revision = quote.type == "quote_revision" and quote.claims["cause"] == "inspection"
            settled = by_revision and inspection.seq < a.seq
            worth, lost = (item["net"], 0) if settled else self.worth(item, found)
            total, unsupported = total + worth, unsupported + lost
            for deduction in found.get("deductions", []):
                allowed = self.allowed(deduction, found, left.get(deduction["code"]))
                total -= allowed
                unsupported += deduction["amount"] - allowed
        return max(0, total), unsupported

    def worth(self, item: Any, found: Any) -> tuple[int, int]:
        """What is left of a line, and what was taken without a reading."""
        net, read = item["net"], "reading" in found
        if found["outcome"] == "pass":
            return net, 0
        policy = self.quoted("on_balance_mismatch")
        if found["outcome"] == "balance_short" and policy != "reject":
            if policy != "pro_rata" or (read and "balance_found" not in found):
                raise Unknown
            whole = item.get("balance", item["face"])
            part = min(net, net * found["balance_found"] // whole) if "balance_found" in found else net
            return (part, 0) if read else (net, net - part)
        return (0, 0) if read else (net, net)

    @staticmethod
    def allowed(deduction: Any, found: Any, condition: Any) -> int:
        if condition is None:
            return 0
        met = "evidence" in deduction or condition["evidence"] == "none"
        if not met and not (condition["evidence"] == "reading" and "reading" in found):
            return 0
        if condition.get("cap") is None:
            return int(deduction["amount"])
        granted = min(deduction["amount"], condition["cap"])
        condition["cap"] -= granted
        return int(granted)

    def legs(self) -> dict[Any, list[Any]]:
        """(payout, attempt, leg) → (entry, state, leg), late reports of an earlier state left out."""
        found: dict[Any, list[Any]] = {}
        for e in self.all("payout"):
            for leg in e.claims["legs"]:
                steps = found.setdefault((e.claims["payout"], e.claims.get("attempt", 1), leg["leg"]), [])
                steps.append((e, e.claims["state"], leg))
        for steps in found.values():
            self.last(steps)
        return found

    @staticmethod
    def last(steps: list[Any]) -> Any:
        final, doubt = steps[0], False
        for step in steps[1:]:
            if final[1] == "succeeded" and step[1] in ("failed", "cancelled"):
                failed, done = interval(step[0]), interval(final[0])
                if failed[1] >= done[0]:  # else it failed before
                    final, doubt = step, failed[0] < done[1]
            elif final[1] != "succeeded" or step[1] in ("succeeded", "reversed"):
                final, doubt = step, doubt and step[1] not in ("succeeded", "reversed")
        if doubt:
            raise Unknown
        return final

    def states(self) -> set[str]:
        return {self.last(steps)[1] for steps in self.legs().values()}

    def arrived(self) -> dict[Any, Any]:
        return {key: s for key, s in self.legs().items() if self.last(s)[1] == "succeeded"}

    def worth_of(self, legs: dict[Any, Any]) -> int:
        last = [self.last(steps)[2] for steps in legs.values()]
        if not last:
            return 0
        a = self.accepted()
        if a is None:
            raise Unknown
        money = sum(leg["amount"] for leg in last if leg["channel"] != "points")
        units = sum(leg["amount"] for leg in last if leg["channel"] == "points")
        points = self.ids[a.claims["quote"]["event"]].claims["offer"].get("points")
        if points and a.claims.get("points_opt_in"):
            money += min(units, points["units"]) * points["fen_per_100"] // 100
        return int(money)

    def gap(self) -> int:
        due, _ = self.due()
        return due - self.worth_of(self.arrived()) if due else 0

    def deadline(self) -> tuple[int, int] | None:
        """The earliest and the latest that D may be, without what attempts add."""
        a = self.accepted()
        if a is None:
            return None
        terms = self.quoted("terms")
        clock = (terms or {}).get("payout_clock")
        if clock is None:
            raise Unknown
        allowed, limit = clock["seconds"] * 1000, None
        missing = {(type(i["line"]), i["line"]) for i in self.lines()}
        for e in [a] if clock["start"] == "acceptance" else self.all(clock["start"]):
            items = e.claims.get("items") if e.type != "acceptance" else None
            named = [i["line"] if isinstance(i, dict) else i for i in items or []]
            missing = missing - {(type(x), x) for x in named} if items is not None else set()
            lo, hi, least = interval(e)
            if not missing and (limit is None or lo <= limit[1] + TAU):
                limit = (
                    max(least + allowed, limit[0] if limit else EVER),
                    max(hi + allowed, limit[1] if limit else EVER),
                )
        if limit is None:
            return None
        for e in self.all("review"):
            if e.claims["kind"] in terms["tolled_by"]:
                spent = parse_time(e.claims.get("finished", "9999-01-01T00:00:00.000Z"))
                length = min(H72, max(0, spent - parse_time(e.claims["started"])))
                limit = limit[0] + (length if "finished" in e.claims else 0), limit[1] + length
        return limit

    def waited(self, steps: list[Any]) -> tuple[int, int]:
        least = most = 0
        for place, (e, state, _) in enumerate(steps):
            if state == "awaiting_payee":
                lo, hi, _ = interval(e)
                end = interval(steps[place + 1][0]) if place + 1 < len(steps) else None
                least += max(0, end[0] - hi) if end else 0
                most += max(0, (end[1] if end else self.now) - lo)
        return least, most

    def waits(self, legs: dict[Any, Any]) -> tuple[int, int]:
        """Legs of one attempt wait side by side."""
        spent = [(key[:2], self.waited(steps)) for key, steps in legs.items()]
        tries = dict.fromkeys(key for key, _ in spent)
        least, most = ([max(w[n] for k, w in spent if k == key) for key in tries] for n in (0, 1))
        return sum(least), sum(most)

    def overdue(self) -> bool | None:
        limit = self.deadline()
        if limit is None:
            return False
        ended = {k: s for k, s in self.legs().items() if self.last(s)[1] in ("failed", "cancelled")}
        least, most = self.waits(ended)
        return after(self.now, self.now, limit[0] + least, limit[1] + most)

    def final(self) -> bool:
        """Whether a report of a success that stands said so."""
        for steps in self.arrived().values():
            run = steps[self.run_from(steps) :]
            told = [e for e, state, _ in run if state == "succeeded"]
            if any(e.claims.get("final") for e in (told[0], told[-1])):
                return True
        return False

    @staticmethod
    def run_from(steps: list[Any]) -> int:
        ends = [n for n, step in enumerate(steps) if step[1] in ("failed", "cancelled", "reversed")]
        return ends[-1] + 1 if ends else 0

    # The verdicts

    def payout_short(self) -> Verdict:
        if not self.legs() or (gap := self.gap()) <= 0:
            return "F", None
        if self.states() & {"initiated", "awaiting_payee", "processing"}:
            return "U", None
        if self.final():
            return "T", gap
        return {True: ("T", gap), False: ("F", None), None: ("U", None)}[self.overdue()]

    def payout_missing(self) -> Verdict:
        if self.states() & {"succeeded", "awaiting_payee", "processing"}:
            return "F", None
        due, _ = self.due()
        if not due:
            return "F", None
        return {True: ("T", due), False: ("F", None), None: ("U", None)}[self.overdue()]

    def payout_duplicate(self) -> Verdict:
        money = {k: s for k, s in self.arrived().items() if self.last(s)[2]["channel"] != "points"}
        legs = [(payout, leg) for payout, _, leg in money]
        total = sum(self.last(steps)[2]["amount"] for steps in money.values())
        if len(set(legs)) == len(legs):
            return "F", None
        if self.accepted() is None:
            raise Unknown
        due, _ = self.due()
        return ("T", total - due) if total > due else ("F", None)

    def payout_late(self) -> Verdict:
        arrived = self.arrived()
        if not arrived or not self.due()[0] or (limit := self.deadline()) is None:
            return "F", None
        late = {}
        for key, steps in arrived.items():
            start = self.run_from(steps)
            earlier = {
                k: s
                for k, s in self.legs().items()
                if (k[0] == key[0] and k[1] < key[1])
                or (
                    k[0] != key[0]
                    and self.last(s)[1] in ("failed", "cancelled")
                    and self.last(s)[0].seq < steps[0][0].seq
                )
            }
            waits, own = self.waits(earlier), self.waited(steps[:start])
            timed = [
                min(parse_time(leg["channel_time"]), e.received)
                for e, _, leg in steps[start:]
                if "channel_time" in leg
            ]
            lo, hi, _ = (min(timed), min(timed), 0) if timed else interval(steps[start][0])
            late[key] = after(lo, hi, limit[0] + waits[0] + own[0], limit[1] + waits[1] + own[1])
        due, _ = self.due()
        if self.worth_of({k: arrived[k] for k in late if late[k] is False}) >= due:
            return "F", None
        if self.worth_of({k: arrived[k] for k in late if late[k] is not True}) >= due:
            return "U", None
        return ("T" if True in late.values() else "U" if None in late.values() else "F"), None

    def deduction_unsupported(self) -> Verdict:
        if self.accepted() is None:
            return "F", None
        due, unsupported = self.due()
        if not due or not unsupported or self.gap() <= 0:
            return "F", None
        if self.states() & {"initiated", "awaiting_payee", "processing"}:
            return "U", None
        if self.final() or (self.arrived() and not (self.quoted("terms") or {}).get("payout_clock")):
            return "T", unsupported
        return {True: ("T", unsupported), False: ("F", None), None: ("U", None)}[self.overdue()]


RULES = ("payout_short", "payout_missing", "payout_late", "payout_duplicate", "deduction_unsupported")


def judge(entries: list[Shown], now: int) -> dict[str, Verdict]:
    """What each of `RULES` says of the trade."""
    told = {}
    for code in RULES:
        try:
            told[code] = getattr(Judge(entries, now), code)()
        except Unknown:
            told[code] = ("U", None)
    return told
