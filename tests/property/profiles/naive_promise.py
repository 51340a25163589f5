"""What was promised, transcribed in the same way: price, acceptance, payee, revisions."""

from __future__ import annotations

from typing import Any

from service.profiles.giftcard.findings.model import Shown
from tests.property.profiles.naive_payment import Judge, Unknown, Verdict, after, any3, interval

TOLD = {True: ("T", None), False: ("F", None), None: ("U", None)}


class Promises(Judge):
    """One fully shown trade at one time, without tariffs."""

    def all_but(self, values: list[bool | None]) -> bool | None:
        """Kleene's *and*."""
        verdict = any3([None if value is None else not value for value in values])
        return None if verdict is None else not verdict

    def invalid(self, a: Any) -> bool | None:
        """The whole trade up to nothing but this acceptance, with what happened since."""
        others = [e for e in self.entries if e.type != "acceptance" or e.seq == a.seq]
        try:
            return Promises(others, self.now).accepted() is None
        except Unknown:
            return None

    def acceptance_invalid(self) -> Verdict:
        acceptances = self.all("acceptance")
        if not acceptances:
            return "F", None
        return TOLD[self.all_but([self.invalid(a) for a in acceptances])]

    def handover_before_acceptance(self) -> Verdict:
        given, accepted = self.all("handover"), self.all("acceptance")
        if not given:
            return "F", None
        if not accepted:
            raise Unknown
        moments = [interval(a) for a in accepted]
        return TOLD[
            any3(
                [
                    self.all_but([after(lo, hi, interval(h)[0], interval(h)[1]) for lo, hi, _ in moments])
                    for h in given
                ]
            )
        ]

    def at_issue(self) -> Any:
        a = self.accepted()
        quotes = self.all("quote", "quote_revision")
        return self.ids[a.claims["quote"]["event"]] if a else quotes[-1] if quotes else None

    def quote_arithmetic(self) -> Verdict:
        quote = self.at_issue()
        if quote is None:
            return "F", None
        offer, items = quote.claims["offer"], quote.claims["items"]
        base = sum(i["face"] for i in items)
        sums = offer["gross"] == offer["net"] == sum(i["net"] for i in items)
        off = abs(offer["gross"] * 10_000 - base * offer["headline_rate_bp"])
        return ("F" if sums and off <= len(items) * 10_000 else "T"), None

    def illusory_promise(self) -> Verdict:
        quote = self.at_issue()
        conditions = (self.quoted("conditions", quote) if quote else None) or []
        if any("cap" in c and c["cap"] is None for c in conditions):
            return "T", None
        caps = [c.get("cap") for c in conditions]
        if sum(cap for cap in caps if cap is not None) * 10 > (quote.claims["offer"]["net"] if quote else 0):
            return "T", None
        return ("U" if None in caps else "F"), None

    def headline_gap(self) -> Verdict:
        a = self.accepted()
        if a is None:
            return "F", None
        offer = self.ids[a.claims["quote"]["event"]].claims["offer"]
        base = sum(i["face"] for i in self.lines())
        gap = base * offer["headline_rate_bp"] // 10_000 - a.claims["amount"]
        return ("T", gap) if gap > len(self.lines()) else ("F", None)

    def wrong_payee(self) -> Verdict:
        """Amount: the largest transfer that went astray."""
        money = [self.last(s)[2] for s in self.arrived().values()]
        money = [leg for leg in money if leg["channel"] != "points"]
        if not money:
            return "F", None
        a = self.accepted()
        named = [x for x in self.all("acceptance") if a and x.seq <= a.seq and x.claims.get("settlement")]
        if not named:
            raise Unknown
        payee = named[-1].claims["settlement"][0]["payee"]
        wrong = [leg["amount"] for leg in money if leg.get("payee", payee) != payee]
        if wrong:
            return "T", max(wrong)
        return ("F" if all("payee" in leg for leg in money) else "U"), None

    def lowered(self, revision: Any) -> int:
        before = self.ids[revision.claims["revises"]["event"]]
        return int(before.claims["offer"]["net"] - revision.claims["offer"]["net"])

    def revisions_repeated(self) -> Verdict:
        down = [r for r in self.all("quote_revision") if self.lowered(r) > 0]
        lowest: dict[str, int] = {}
        for r in sorted(down, key=self.lowered):
            lowest[r.claims["revises"]["event"]] = self.lowered(r)
        return ("T", sum(lowest.values())) if len(down) > 1 else ("F", None)

    def revision_unaccepted(self) -> Verdict:
        a = self.accepted()
        later = [r for r in self.all("quote_revision") if a and r.seq > a.seq]
        if not later or not self.arrived():
            return "F", None
        taken_up = {x.claims["quote"]["event"] for x in self.all("acceptance")}
        chosen = {(type(i["line"]), i["line"]) for i in self.lines()}
        paid, found = self.worth_of(self.arrived()), False
        for r in later:
            items = r.claims["items"]
            net = sum(i["net"] for i in items if (type(i["line"]), i["line"]) in chosen)
            found |= r.event not in taken_up and paid <= net < self.due()[0]
        if not found:
            return "F", None
        short, _ = self.left_short()
        return short, self.gap() if short == "T" else None

    def left_short(self) -> Verdict:
        """Whether less than Due has arrived and no time is left."""
        if self.states() & {"initiated", "awaiting_payee", "processing"}:
            return "U", None
        if self.final() or not (self.quoted("terms") or {}).get("payout_clock"):
            return "T", None
        return TOLD[self.overdue()]

    def card_kept_unpaid(self) -> Verdict:
        given = self.all("handover")
        if not given:
            return "F", None
        a = self.accepted()
        if a is None or self.arrived():
            return "F", None
        if any(c.seq > a.seq for c in self.all("cancellation")) or self.all("inspection"):
            raise NotTranscribed
        every = {(type(i["line"]), i["line"]): i["net"] for i in self.lines()}
        named = [h.claims.get("items", [line for _, line in every]) for h in given]
        handed = {(type(line), line) for lines in named for line in lines} & every.keys()
        owed = sum(every[line] for line in handed)
        over = self.overdue()
        if over is False or not handed or not owed:
            return "F", None
        if over is None or self.states() & {"initiated", "awaiting_payee", "processing"}:
            return "U", None
        return "T", owed


class NotTranscribed(Exception):
    """The verdict rests on more than is written down here."""


RULES = (
    "acceptance_invalid",
    "handover_before_acceptance",
    "quote_arithmetic",
    "illusory_promise",
    "headline_gap",
    "wrong_payee",
    "revisions_repeated",
    "revision_unaccepted",
    "card_kept_unpaid",
)


def judge(entries: list[Shown], now: int) -> dict[str, Verdict]:
    """What each of `RULES` says of the trade; those not transcribed for such a trade are left out."""
    told = {}
    for code in RULES:
        try:
            told[code] = getattr(Promises(entries, now), code)()
        except Unknown:
            told[code] = ("U", None)
        except NotTranscribed:
            continue
    return told
