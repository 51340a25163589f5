"""What was paid: transfers with their last states, and Paid.

A transfer is one leg of one attempt of one payout. Where the rules are silent:

- The last state is the one recorded last, except that a transfer which has succeeded is not opened again by
  a late report of an earlier state (a queue that empties late); only failed, cancelled and reversed end that.
  A failure recorded after a success, of a try that ended before it, ends nothing; where the times leave open
  which came first, so is what arrived.
- Every transfer that succeeded counts as paid, whichever attempt it belongs to. It arrived when that was
  first reported; a callback delivered again moves nothing.
- A leg without kind is money, on the channel `points` points; one without currency has the quote's.
- Points of another program than the quoted one are worth nothing here; so are vouchers.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.profiles.giftcard.findings.case import Case, Insufficient, Missing, once, term
from service.profiles.giftcard.findings.kleene import Kleene
from service.profiles.giftcard.findings.model import Shown
from service.profiles.giftcard.findings.terms_promise import acceptance, offer
from service.profiles.giftcard.findings.terms_time import interval
from service.profiles.giftcard.payout import Leg
from service.profiles.giftcard.quote import OfferPoints

OPEN_STATES = frozenset({"initiated", "awaiting_payee", "processing"})
ENDED_STATES = frozenset({"failed", "cancelled", "reversed"})


@dataclass(frozen=True, slots=True)
class Step:
    """One state change of a transfer, as one entry records it."""

    entry: Shown
    state: str
    leg: Leg


@dataclass(frozen=True, slots=True)
class Transfer:
    """One leg of one attempt. `state` is its last; `leg` and `entry` are of the step that led to it."""

    payout: str
    attempt: int
    steps: tuple[Step, ...]
    state: str
    leg: Leg
    entry: Shown

    @property
    def kind(self) -> str:
        """money, points or voucher."""
        if isinstance(self.leg.kind, str):
            return self.leg.kind
        return "points" if self.leg.channel == "points" else "money"

    @property
    def arrival(self) -> Shown:
        """The entry that first reported the success that stands (of a transfer that succeeded)."""
        found = self.entry
        for step in reversed(self.steps):
            if step.state in ENDED_STATES:
                break
            if step.state == "succeeded":
                found = step.entry
        return found

    @property
    def succeeded(self) -> bool:
        """Whether it arrived and was not reversed."""
        return self.state == "succeeded"

    @property
    def open(self) -> bool:
        """Whether it is still under way."""
        return self.state in OPEN_STATES


@term
def transfers(case: Case) -> tuple[Transfer, ...]:
    """All transfers of the trade, in order of their first step."""
    found: dict[tuple[str, int, object], list[Step]] = {}
    for entry in case.all("payout"):
        payout, state = case.need(entry, "payout", str), case.need(entry, "state", str)
        attempt = case.want(entry, "attempt", int)
        legs = case.need(entry, "legs", list[Leg])
        once((leg.leg for leg in legs), Missing("legs", entry))
        for leg in legs:
            key = payout, 1 if attempt is None else attempt, leg.leg
            found.setdefault(key, []).append(Step(entry, state, leg))
    return tuple(_transfer(case, payout, attempt, steps) for (payout, attempt, _), steps in found.items())


def as_of(case: Case, seq: int) -> tuple[Transfer, ...]:
    """The transfers that had arrived, as far as entries before place `seq` tell: later ones may have reversed
    them.
    """
    told = ((each, [step for step in each.steps if step.entry.seq < seq]) for each in transfers(case))
    then = (_transfer(case, each.payout, each.attempt, steps) for each, steps in told if steps)
    return tuple(each for each in then if each.succeeded)


def _transfer(case: Case, payout: str, attempt: int, steps: list[Step]) -> Transfer:
    last: Step = steps[0]
    unclear: Step | None = None
    for step in steps[1:]:
        if last.state == "succeeded" and step.state in OPEN_STATES:
            continue
        ends = _ends(case, last, step)
        if ends is None:
            unclear = step
        elif last.state == "succeeded" or step.state in ("succeeded", "reversed"):
            unclear = None
        if ends is not False:
            last = step
    if unclear is not None:
        raise Insufficient(Missing("time", unclear.entry))
    return Transfer(payout, attempt, tuple(steps), last.state, last.leg, last.entry)


def _ends(case: Case, success: Step, step: Step) -> Kleene:
    """Whether a step recorded after a success came after it; only a try that failed may have come before."""
    if success.state != "succeeded" or step.state not in ("failed", "cancelled"):
        return True
    arrived, ended = interval(case, success.entry), interval(case, step.entry)
    if ended.lo >= arrived.hi:
        return True
    return False if ended.hi < arrived.lo else None


@term
def succeeded(case: Case) -> tuple[Transfer, ...]:
    """The transfers that arrived."""
    return tuple(each for each in transfers(case) if each.succeeded)


@term
def paid(case: Case) -> int:
    """Paid: all money and points that arrived, in minor units of the quote's currency."""
    return worth(case, succeeded(case))


def worth(case: Case, arrived: tuple[Transfer, ...]) -> int:
    """What these transfers are worth: money, and points as quoted where the user chose them."""
    return money(case, arrived) + points_worth(case, arrived)


def money(case: Case, arrived: tuple[Transfer, ...]) -> int:
    """Σ of the money legs. Raises Insufficient for money of another currency than the quote's."""
    legs = [each for each in arrived if each.kind == "money"]
    if not legs:
        return 0
    currency = offer(case).currency
    for each in legs:
        if isinstance(each.leg.currency, str) and each.leg.currency != currency:
            raise Insufficient(Missing("currency", each.entry))
    return sum(each.leg.amount for each in legs)


def points_worth(case: Case, arrived: tuple[Transfer, ...]) -> int:
    """⌊min(units, quoted) · minor units per 100 / 100⌋, if the user opted in; else 0."""
    legs = [each.leg for each in arrived if each.kind == "points"]
    if not legs:
        return 0
    accepted, promised = acceptance(case), offer(case).points
    assert accepted is not None  # or there would be no offer
    if not isinstance(promised, OfferPoints) or not case.want(accepted, "points_opt_in", bool):
        return 0
    program = promised.program
    units = sum(
        leg.amount
        for leg in legs
        if not isinstance(program, str) or not isinstance(leg.program, str) or leg.program == program
    )
    if not isinstance(promised.units, int) or not isinstance(promised.fen_per_100, int):
        raise Insufficient(Missing("offer.points"))
    return min(units, promised.units) * promised.fen_per_100 // 100
