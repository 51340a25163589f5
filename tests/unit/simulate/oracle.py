"""A small judge written from the definitions of the findings, to hold the simulator against; it knows
nothing of its code.

Kleene logic is kept where it matters: None is "insufficient". Only rules that can be told from one trade's
events (and a second trade with the same card) are here; `judge` gives the proved ones with their amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.core.times import parse_time

TAU = 120_000
POINT = 300_000
H72 = 72 * 3_600_000
BREACHES = frozenset(
    {
        "payout_short",
        "payout_missing",
        "payout_late",
        "deduction_unsupported",
        "fee_undisclosed",
        "revision_unaccepted",
        "headline_gap",
        "acceptance_invalid",
        "terms_differ",
        "wrong_payee",
        "ack_differs",
        "consent_invalid",
        "card_twice",
        "lineage_unbalanced",
        "escrow_early",
        "cover_missing",
        "refund_due",
        "card_kept_unpaid",
        "review_missing",
        "answer_late",
        "award_unpaid",
    }
)


@dataclass(frozen=True)
class Seen:
    """One recorded event: what was claimed, and when it arrived."""

    id: str
    type: str
    claims: Mapping[str, Any]
    occurred: int
    received: int
    order: int

    @property
    def interval(self) -> tuple[int, int]:
        capture = self.claims.get("capture", {})
        shift = 0
        if capture.get("mode") == "offline":
            shift = self.received - parse_time(capture["sent_at"])
        moment = min(self.received, self.occurred + shift)
        return (moment, moment) if self.received - moment <= POINT else (moment, self.received)

    @property
    def lo(self) -> int:
        return self.interval[0]

    @property
    def hi(self) -> int:
        return self.interval[1]


def seen(events: Iterable[tuple[Mapping[str, Any], int]]) -> list[Seen]:
    """(event, received ms) pairs in order of arrival."""
    return [
        Seen(e["event"], e["type"], e["claims"], parse_time(e["occurred"]), received, order)
        for order, (e, received) in enumerate(events)
    ]


def after(event: Seen, deadline: int) -> bool | None:
    """After D: T if lo > D + τ, F if hi ≤ D + τ, else U."""
    if event.lo > deadline + TAU:
        return True
    return False if event.hi <= deadline + TAU else None


class Case:
    """One trade under judgement."""

    def __init__(self, events: list[Seen], tariffs: list[Seen], twin: Sequence[Seen], now: int) -> None:
        self.events, self.tariffs, self.twin, self.now = events, tariffs, twin, now
        self.quotes = {e.id: e for e in events if e.type in ("quote", "quote_revision")}
        self.accepted = self._binding()
        self.quote = self.quotes[self.accepted.claims["quote"]["event"]] if self.accepted else None
        self.handover = self.first("handover")
        self.inspection = self.last("inspection")
        self.legs = self._legs()
        self.paid = self._paid()
        self.due = self._due()
        self.deadline = self._deadline()

    def all(self, type: str) -> list[Seen]:
        return [e for e in self.events if e.type == type]

    def first(self, type: str) -> Seen | None:
        return next(iter(self.all(type)), None)

    def last(self, type: str) -> Seen | None:
        return next(reversed(self.all(type)), None)

    def _invalid(self, acceptance: Seen) -> bool:
        if any(e.order > acceptance.order and e.type in ("handover", "payout") for e in self.events):
            return False
        quote = self.quotes[acceptance.claims["quote"]["event"]]
        if after(acceptance, parse_time(quote.claims["terms"]["valid_until"])):
            return True
        return any(
            e.type == "quote_revision"
            and e.claims["cause"] != "inspection"
            and e.claims["revises"]["event"] == quote.id
            and e.order < acceptance.order
            for e in self.events
        )

    def _binding(self) -> Seen | None:
        return next((a for a in reversed(self.all("acceptance")) if not self._invalid(a)), None)

    def _lines(self) -> list[dict[str, Any]]:
        assert self.quote and self.accepted
        chosen = self.accepted.claims.get("items")
        return [i for i in self.quote.claims["items"] if chosen is None or i["line"] in chosen]

    def _legs(self) -> dict[tuple[str, Any], list[tuple[Seen, dict[str, Any]]]]:
        legs: dict[tuple[str, Any], list[tuple[Seen, dict[str, Any]]]] = {}
        for e in self.all("payout"):
            for leg in e.claims["legs"]:
                legs.setdefault((e.claims["payout"], leg["leg"]), []).append((e, leg))
        return legs

    def succeeded(self) -> list[tuple[Seen, dict[str, Any]]]:
        return [states[-1] for states in self.legs.values() if states[-1][0].claims["state"] == "succeeded"]

    def _paid(self) -> int:
        money = sum(leg["amount"] for _, leg in self.succeeded() if leg["kind"] == "money")
        if self.accepted and self.accepted.claims.get("points_opt_in") and self.quote:
            offered = self.quote.claims["offer"]["points"]
            units = sum(leg["amount"] for _, leg in self.succeeded() if leg["kind"] == "points")
            money += min(units, offered["units"]) * offered["fen_per_100"] // 100
        return money

    def found(self, line: Any) -> dict[str, Any] | None:
        if self.inspection is None:
            return None
        return next((i for i in self.inspection.claims["items"] if i["line"] == line), None)

    def allowed(self) -> tuple[int, int]:
        """(deductions taken, deductions allowed) over the accepted lines."""
        assert self.quote
        left = {c["code"]: (c["cap"], c["evidence"]) for c in self.quote.claims["conditions"]}
        taken = allowed = 0
        for item in self._lines():
            for deduction in (self.found(item["line"]) or {}).get("deductions", []):
                taken += deduction["amount"]
                if deduction["code"] in left:
                    cap, evidence = left[deduction["code"]]
                    met = evidence != "photo" or "evidence" in deduction
                    share = (
                        min(deduction["amount"], deduction["amount"] if cap is None else cap) if met else 0
                    )
                    allowed += share
                    left[deduction["code"]] = (cap if cap is None else cap - share, evidence)
        return taken, allowed

    def _due(self) -> int | None:
        if not self.quote:
            return None
        total = 0
        policy = self.quote.claims["on_balance_mismatch"]
        for item in self._lines():
            verdict = self.found(item["line"])
            net = item["net"]
            if verdict and "reading" in verdict:
                if verdict["outcome"] == "balance_short":
                    if policy == "requote":
                        return None
                    base = item.get("balance", item["face"])
                    net = 0 if policy == "reject" else net * verdict["balance_found"] // base
                elif verdict["outcome"] != "pass":
                    net = 0
            total += net
        return total - self.allowed()[1]

    def _deadline(self) -> int | None:
        if not self.quote:
            return None
        clock = self.quote.claims["terms"]["payout_clock"]
        event = {"acceptance": self.accepted, "handover": self.handover, "inspection": self.inspection}[
            clock["start"]
        ]
        if event is None:
            return None
        tolled = 0
        for review in self.all("review"):
            if review.claims["kind"] in self.quote.claims["terms"]["tolled_by"]:
                spent = parse_time(review.claims["finished"]) - parse_time(review.claims["started"])
                tolled += min(spent, H72)
        return event.hi + clock["seconds"] * 1000 + tolled

    def overdue(self) -> bool:
        return self.deadline is not None and self.now > self.deadline + TAU


def judge(
    events: list[Seen], *, tariffs: list[Seen], twin: Sequence[Seen] = (), now: int
) -> dict[str, int | None]:
    """The proved findings of one trade: code → amount in fen, or None where the rule has none."""
    case = Case(events, tariffs, twin, now)
    proved: dict[str, int | None] = {}
    for rule in (
        _money,
        _late,
        _promise,
        _acceptance,
        _payees,
        _cards,
        _safeguards,
        _returns,
        _reviews,
        _disputes,
        _notes,
    ):
        proved.update(rule(case))
    return proved


def _money(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    if c.due is None:
        return proved
    gap = c.due - c.paid
    is_open = any(
        s[-1][0].claims["state"] in ("initiated", "processing", "awaiting_payee") for s in c.legs.values()
    )
    final = any(e.claims["final"] for e, _ in c.succeeded())
    if gap > 0 and not is_open and (final or (c.legs and c.overdue())):
        proved["payout_short"] = gap
    alive = any(
        s[-1][0].claims["state"] in ("succeeded", "processing", "awaiting_payee") for s in c.legs.values()
    )
    if c.due > 0 and c.overdue() and not alive:
        proved["payout_missing"] = c.due
    taken, allowed = c.allowed()
    unread = sum(
        item["net"]
        for item in c._lines()
        if (v := c.found(item["line"]))
        and v["outcome"] not in ("pass", "balance_short")
        and "reading" not in v
    )
    if taken - allowed + unread > 0 and gap > 0:
        proved["deduction_unsupported"] = taken - allowed + unread
    listed = {fee["code"] for fee in c.quote.claims["offer"]["fees"]} if c.quote else set()
    fees = [
        d for i in (c.inspection.claims["items"] if c.inspection else []) for d in i.get("deductions", [])
    ]
    extra = sum(fee["amount"] for fee in fees if fee["code"].endswith("_fee") and fee["code"] not in listed)
    if extra:
        proved["fee_undisclosed"] = extra
    for revision in c.all("quote_revision"):
        taken_up = any(a.claims["quote"]["event"] == revision.id for a in c.all("acceptance"))
        later = c.accepted is not None and revision.order > c.accepted.order
        if later and not taken_up and c.succeeded() and c.paid <= revision.claims["offer"]["net"] < c.due:
            proved["revision_unaccepted"] = gap
    acks = [e for e in c.all("payout_ack") if e.claims["amount"] != c.paid]
    if acks:
        proved["ack_differs"] = c.paid - acks[-1].claims["amount"]
    attempts = [
        {e.claims["attempt"] for e, _ in states if e.claims["state"] == "succeeded"}
        for states in c.legs.values()
    ]
    total = sum(
        leg["amount"] * len(tried)
        for (states, tried) in zip(c.legs.values(), attempts, strict=True)
        for _, leg in states[-1:]
        if leg["kind"] == "money"
    )
    if total > c.due and any(len(tried) > 1 for tried in attempts):
        proved["payout_duplicate"] = total - c.due
    return proved


def _late(c: Case) -> dict[str, int | None]:
    if c.deadline is None:
        return {}
    for states in c.legs.values():
        if states[-1][0].claims["state"] != "succeeded":
            continue
        attempt = states[-1][0].claims["attempt"]
        waited = 0
        for tried in range(1, attempt):
            steps = [e for e, _ in states if e.claims["attempt"] == tried]
            waiting = [i for i, e in enumerate(steps) if e.claims["state"] == "awaiting_payee"]
            waited += sum(steps[i + 1].lo - steps[i].hi for i in waiting if i + 1 < len(steps))
        start, _ = next((e, leg) for e, leg in states if e.claims["attempt"] == attempt)
        timed = next((leg for _, leg in states if "channel_evidence" in leg and leg is states[-1][1]), None)
        if timed:
            if parse_time(timed["channel_time"]) > c.deadline + waited + TAU:
                return {"payout_late": None}
        elif after(start, c.deadline + waited):
            return {"payout_late": None}
    return {}


def _promise(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    if not c.quote or not c.accepted:
        return proved
    offer, lines = c.quote.claims["offer"], c._lines()
    base = sum(i["face"] if offer["rate_base"] == "face" else i.get("balance", i["face"]) for i in lines)
    rates = [offer["headline_rate_bp"]]
    for tariff in c.tariffs:
        if parse_time(tariff.claims["from"]) <= c.quote.lo < parse_time(tariff.claims["to"]):
            wanted = {(i["brand"], i["kind"]) for i in lines}
            rates += [b["rate_bp"] for b in tariff.claims["brands"] if (b["brand"], b["kind"]) in wanted]
    gap = base * max(rates) // 10_000 - c.accepted.claims["amount"]
    if gap > len(lines):
        proved["headline_gap"] = gap
    items = c.quote.claims["items"]
    whole = sum(i["face"] if offer["rate_base"] == "face" else i.get("balance", i["face"]) for i in items)
    fees = sum(fee["amount"] for fee in offer["fees"] if fee["payer"] == "user")
    exact = offer["gross"] - fees == offer["net"] == sum(i["net"] for i in items)
    if not exact or abs(offer["gross"] * 10_000 - whole * offer["headline_rate_bp"]) > len(items) * 10_000:
        proved["quote_arithmetic"] = None
    caps = {x["code"]: x["cap"] for x in c.quote.claims["conditions"]}
    others = [cap for code, cap in caps.items() if code != "balance_short"]
    if None in caps.values() or "other" in caps or sum(others) * 10 > offer["net"]:
        proved["illusory_promise"] = None
    if c.accepted.claims["presented"]["digest"] != c.quote.claims["presented"]["digest"]:
        proved["terms_differ"] = None
    if c.accepted.claims["amount"] != sum(i["net"] for i in lines):
        proved["amount"] = None  # not a finding: the simulator's own sums would be wrong
    return proved


def _acceptance(c: Case) -> dict[str, int | None]:
    acceptances = c.all("acceptance")
    proved: dict[str, int | None] = {}
    if acceptances and c.accepted is None:
        proved["acceptance_invalid"] = None
    for acceptance in acceptances:
        consent = acceptance.claims["consent"]
        if consent["method"] == "eip712":
            proved["consent_invalid"] = (
                None  # no honest trade here signs with a wallet before the log is known
            )
    return proved


def _payees(c: Case) -> dict[str, int | None]:
    if not c.accepted:
        return {}
    agreed = {(s["channel"], s["payee"]) for s in c.accepted.claims["settlement"]}
    agreed |= {
        (e.claims["channel"], e.claims["payee"])
        for e in c.all("channel_change")
        if e.claims.get("consent", {}).get("method", "none") != "none"
    }
    paid = {(leg["channel"], leg["payee"]) for _, leg in c.succeeded() if leg["kind"] == "money"}
    return {} if paid <= agreed else {"wrong_payee": None}


def _custody(events: Sequence[Seen], value: str) -> tuple[int, int] | None:
    """[latest start, earliest end) for sure; None when the card was never handed over."""
    handover = next((e for e in events if e.type == "handover"), None)
    if handover is None:
        return None
    ends = [
        e.lo
        for e in events
        if e.type == "refund" and e.claims["kind"] == "card" and e.claims["state"] == "succeeded"
    ]
    for e in events:
        if e.type == "lineage" and value in {i["fingerprint"]["value"] for i in e.claims["inputs"]}:
            ends.append(e.lo)  # noqa: PERF401
    return handover.hi, min(ends, default=2**62)


def _cards(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    for e in c.all("lineage"):
        inputs, outputs = (sum(x["value"] for x in e.claims[side]) for side in ("inputs", "outputs"))
        if difference := inputs - outputs - e.claims["fee"] - e.claims["residue"]:
            proved["lineage_unbalanced"] = abs(difference)
    if c.twin:
        values = {i["fingerprint"]["value"] for e in c.events if e.type == "quote" for i in e.claims["items"]}
        same = {i["fingerprint"]["value"] for e in c.twin if e.type == "quote" for i in e.claims["items"]}
        for value in values & same:
            mine, theirs = _custody(c.events, value), _custody(c.twin, value)
            if mine and theirs and min(mine[1], theirs[1], c.now) - max(mine[0], theirs[0]) > TAU:
                proved["card_twice"] = None
    if c.handover and c.all("acceptance") and c.handover.hi < c.all("acceptance")[0].lo:
        proved["handover_before_acceptance"] = None
    return proved


def _safeguards(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    for e in c.all("escrow"):
        if e.claims["state"] in ("released", "part_released"):
            wanted = {"inspection_pass": "inspection", "ack": "payout_ack", "award": "dispute_award"}
            met = c.first(wanted[e.claims["condition"]["code"]])
            if met is None or e.hi < met.lo:
                proved["escrow_early"] = None
    if c.quote and c.handover:
        for offered in c.quote.claims.get("coverage_offered", []):
            bound = [
                e
                for e in c.all("coverage")
                if e.claims["state"] == "bound" and e.claims["kind"] == offered["kind"]
            ]
            if not bound or bound[0].lo > c.handover.hi + TAU or bound[0].claims["limit"] < (c.due or 0):
                proved["cover_missing"] = None
    return proved


def _returns(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    verdicts = c.inspection.claims["items"] if c.inspection else []
    rejected = [v for v in verdicts if v["outcome"] not in ("pass", "balance_short")]
    cards = [e for e in c.all("refund") if e.claims["kind"] == "card"]
    back = next((e for e in cards if e.claims["state"] == "succeeded"), None)
    trigger = c.inspection if rejected else c.last("cancellation")
    if trigger and c.handover:
        within = (c.quote or c.first("quote")).claims.get("on_reject", {}).get("return_within")  # type: ignore[union-attr]
        limits = [parse_time(e.claims["due_at"]) for e in cards if "on_reject" in c.events[0].claims]
        if within is not None:
            limits.append(trigger.hi + within * 1000)
        if limits and (after(back, max(limits)) if back else c.now > max(limits) + TAU):
            proved["refund_due"] = None
    if c.handover and c.overdue() and not c.succeeded() and not back:
        proved["card_kept_unpaid"] = None
    money = [e for e in c.all("refund") if e.claims["kind"] == "money"]
    for refund in {e.claims["refund"] for e in money}:
        states = [e for e in money if e.claims["refund"] == refund]
        done = next((e for e in states if e.claims["state"] == "succeeded"), None)
        if done is None or after(done, parse_time(states[0].claims["due_at"])):
            proved["refund_due"] = None
    return proved


def _reviews(c: Case) -> dict[str, int | None]:
    if not c.quote or not c.tariffs or not c.legs:
        return {}
    threshold = c.tariffs[0].claims["review_threshold"]
    faces = sum(i["face"] for i in c._lines())
    cumulative = [e.claims["cumulative"]["amount"] for e in c.all("review") if "cumulative" in e.claims]
    # Judged twice: by what the cards are worth and by what is paid, so that either reading of "single" is
    # satisfied.
    if (
        max(c.accepted.claims["amount"] if c.accepted else 0, *cumulative, 0) < threshold
        and faces < threshold
    ):
        return {}
    first = c.all("payout")[0]
    for e in c.all("review"):
        passed = e.claims["kind"] == "large_amount" and e.claims["outcome"] == "pass"
        if passed and parse_time(e.claims["finished"]) <= first.lo + TAU:
            return {}
    return {"review_missing": None}


def _disputes(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    for opened in c.all("dispute_opened"):
        answers = [e for e in c.all("dispute_answer") if e.claims["dispute"] == opened.claims["dispute"]]
        good = [
            e
            for e in answers
            if e.claims["kind"] == "substantive" and "position" in e.claims and e.claims["reasons"][0]["refs"]
        ]
        limit = opened.received + H72
        if good[0].received > limit if good else c.now > limit + TAU:
            proved["answer_late"] = None
    for award in c.all("dispute_award"):
        if award.claims["binding"] and award.claims["outcome"] == "for_user":
            paid = [e for e in c.all("payout") if e.order > award.order and e.claims["state"] == "succeeded"]
            total = sum(leg["amount"] for e in paid for leg in e.claims["legs"])
            if c.now > parse_time(award.claims["pay_by"]) + TAU and total < award.claims["amount"]:
                proved["award_unpaid"] = award.claims["amount"]
    return proved


def _notes(c: Case) -> dict[str, int | None]:
    proved: dict[str, int | None] = {}
    down = [e for e in c.all("quote_revision") if _lower(c, e)]
    if len(down) >= 2:
        proved["revisions_repeated"] = None
    for e in down:
        if c.handover and e.order > c.handover.order and e.claims["cause"] != "inspection":
            proved["revision_after_handover"] = None
    opened = c.first("dispute_opened")
    if opened and any(e.order > opened.order and "consent" in e.claims for e in c.events):
        proved["late_signature"] = None
    if any(e.occurred > e.received + 100_000 for e in c.events):
        proved["claimed_after_anchor"] = None
    quotes = c.all("quote")
    if quotes and quotes[0].claims.get("receipt_delivery", {}).get("method", "none") == "none":
        proved["receipt_not_delivered"] = None
    if any(e.hi - e.lo > POINT for e in c.events):
        proved["late_recorded"] = None
    return proved


def _lower(c: Case, revision: Seen) -> bool:
    before = c.quotes[revision.claims["revises"]["event"]]
    return bool(revision.claims["offer"]["net"] < before.claims["offer"]["net"])
