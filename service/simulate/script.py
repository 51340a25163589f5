"""What is going to happen in a trade: drawn first, then played. Messy life and cheats change the script or
the result.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal, get_args

from service.simulate.platforms import PlatformModel

Inspection = Literal["pass", "low_balance", "low_requote", "damaged", "reject_part", "reject_all"]
Payment = Literal[
    "plain",
    "wallet_cap",
    "payee_wait",
    "payee_retry",
    "resend",
    "channel_change",
    "duplicate_callback",
    "cure",
    "award_cure",
]
Transport = Literal["prompt", "outage", "wrong_clock", "import"]
Ending = Literal["full", "cancelled_before", "cancelled_after"]
Requote = Literal["none", "before", "after"]


@dataclass(frozen=True, slots=True)
class Script:
    """One trade's course. The defaults are a plain trade with nothing optional in it."""

    lines: int = 1
    large: bool = False
    points: bool = False
    odd: bool = False
    part: bool = False
    requote: Requote = "none"
    drops: int = 1
    late_acceptance: bool = False
    inspection: Inspection = "pass"
    payment: Payment = "plain"
    transport: Transport = "prompt"
    ending: Ending = "full"
    ack: bool = True
    resold: bool = False
    reshape: Literal["none", "split", "merge"] = "none"
    referral: bool = False
    monitor: bool = False
    price_review: bool = False
    dispute: bool = False
    corrected: bool = False
    sold_again: bool = False
    clock_start: Literal["any", "acceptance", "handover", "inspection"] = "any"
    condition: Literal["any", "inspection_pass"] = "any"
    instant: bool = False
    patient: bool = False


def draw(model: PlatformModel, rng: random.Random) -> Script:
    """An ordinary honest trade of this platform, from DOMAIN's figures."""
    lines = rng.choices((1, 2, 3, 4), (0.7, 0.2, 0.07, 0.03))[0]
    reshaped = rng.random() < model.reshape_rate
    return Script(
        lines=lines,
        large=rng.random() < 0.02,
        points=rng.random() < model.points_rate,
        ack=rng.random() < model.ack_rate,
        resold=rng.random() < model.resale_rate,
        reshape="none" if not reshaped else "merge" if lines > 1 else "split",
        referral=rng.random() < model.referral_rate,
        monitor=rng.random() < model.monitor_rate,
        price_review=model.pricing[0][0] == "ai" and rng.random() < 0.1,
        dispute=rng.random() < model.complaint_rate,
    )


def plain(script: Script) -> Script:
    """The script without anything optional that could get in a cheat's way: nothing messy, no dispute."""
    return Script(lines=script.lines, resold=script.resold, referral=script.referral, instant=True)


MESS: dict[str, tuple[str, ...]] = {
    "rounding": ("price",),
    "partial_acceptance": ("lines",),
    "low_balance": ("inspection",),
    "low_requote": ("inspection", "quote"),
    "damaged": ("inspection",),
    "rejected_part": ("inspection", "lines"),
    "rejected_all": ("inspection", "payment"),
    "wallet_cap": ("payment",),
    "payee_wait": ("payment",),
    "payee_retry": ("payment",),
    "resend": ("payment",),
    "channel_change": ("payment",),
    "duplicate_callback": ("payment",),
    "cure": ("payment",),
    "award_cure": ("payment",),
    "market_requote": ("quote",),
    "requote_not_accepted": ("quote",),
    "late_acceptance": ("quote",),
    "outage": ("transport",),
    "wrong_clock": ("transport",),
    "import": ("transport",),
    "cancelled_before": ("ending", "quote", "inspection", "payment"),
    "cancelled_after": ("ending", "inspection", "payment"),
    "corrected": ("record",),
    "returned_sold_again": ("inspection", "payment", "custody"),
}
"""Kinds of messy but honest life, and the parts of a trade that each takes for itself: two kinds never
share a part.
"""

_PAYMENTS: dict[str, Payment] = {name: name for name in get_args(Payment)}
_CASH_ONLY_EXCLUDES = frozenset({"wallet_cap", "channel_change"})


def mess_up(model: PlatformModel, script: Script, rng: random.Random) -> tuple[Script, tuple[str, ...]]:
    """One to three kinds of messy life that fit together, put into the script. Returns the names as well."""
    kinds = [kind for kind in MESS if not (model.offline and kind in _CASH_ONLY_EXCLUDES)]
    rng.shuffle(kinds)
    taken: set[str] = set()
    chosen: list[str] = []
    for kind in kinds[: rng.choice((1, 2, 3, 4))]:
        if taken.isdisjoint(MESS[kind]):
            taken.update(MESS[kind])
            chosen.append(kind)
    for kind in chosen:
        script = _with(script, kind, rng)
    return script, tuple(sorted(chosen))


def _with(script: Script, kind: str, rng: random.Random) -> Script:
    match kind:
        case "rounding":
            return replace(script, odd=True, lines=max(script.lines, rng.randint(2, 4)))
        case "partial_acceptance":
            return replace(script, part=True, lines=max(script.lines, 2))
        case "low_balance" | "low_requote" | "damaged":
            return replace(script, inspection=kind)
        case "rejected_part":
            return replace(script, inspection="reject_part", lines=max(script.lines, 2))
        case "rejected_all" | "returned_sold_again":
            return replace(script, inspection="reject_all", sold_again=kind == "returned_sold_again")
        case "market_requote":
            return replace(script, requote="before")
        case "requote_not_accepted":
            return replace(script, requote="after")
        case "late_acceptance":
            return replace(script, late_acceptance=True)
        case "outage" | "wrong_clock" | "import":
            return replace(script, transport=kind)
        case "cancelled_before" | "cancelled_after":
            return replace(script, ending=kind)
        case "corrected":
            return replace(script, corrected=True)
        case _:
            payment = _PAYMENTS[kind]
            return replace(script, payment=payment, dispute=script.dispute and payment != "award_cure")
