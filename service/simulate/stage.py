"""A trade being played: the draft, the script, the deal, and which event was which."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from service.simulate.deal import Card, ClockStart, Deal, Mismatch, Points, Verdict, due
from service.simulate.draft import Draft, digest_of
from service.simulate.platforms import PlatformModel, tariff_fee_bp
from service.simulate.script import Script

POINTS_PER_YUAN = 100


@dataclass(slots=True)
class Stage:
    """The state of a play. `quote` is the quote that binds; `limit_bp` the fee that the tariff allows at
    most.
    """

    draft: Draft
    script: Script
    deal: Deal
    limit_bp: int
    tariff: str | None
    quote: str = ""
    shown: dict[str, object] = field(default_factory=dict)
    valid_until: int = 0
    acceptance: str = ""
    handover: str = ""
    handed_over_at: int = 0
    inspection: str = ""
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    condition: str = ""
    payout: str = ""
    dispute: str = ""
    disputes: int = 0

    @property
    def due(self) -> int:
        """What is owed now, in fen."""
        return due(self.deal, self.verdicts)

    def rejected(self) -> list[int]:
        """The accepted lines that the inspection turned down."""
        return [
            card.line
            for card in self.deal.accepted()
            if self.verdicts.get(card.line, Verdict()).outcome not in ("pass", "balance_short")
        ]


def set_up(draft: Draft, script: Script, tariff: str | None, known: tuple[Card, ...] | None = None) -> Stage:
    """Draw the cards, the price and the terms. `known`: cards that were seen before, instead of new ones."""
    model, rng, pace = draft.model, draft.rng, draft.pace
    by_balance = rng.random() < 0.25 and not known
    cards = known or _draw_cards(draft, script, by_balance=by_balance)
    limit = min(_tariff_fees(model)[card.brand, card.kind] for card in cards)
    fee = rng.randint(model.fee_bp[0], (model.fee_bp[0] + limit) // 2)
    mismatch: Mismatch = "requote" if script.inspection == "low_requote" else "pro_rata"
    deal = Deal(
        cards=cards,
        fee_bp=fee,
        rate_base="balance" if by_balance else "face",
        half_up=script.odd and rng.random() < 0.5,
        mismatch=mismatch,
        clock_start=_clock_start(draft, script, cards[0].kind),
        clock_s=max(pace.clock) if script.payment == "award_cure" else rng.choice(pace.clock),
        valid_s=_valid_s(draft, script),
        return_within_s=rng.choice(pace.keep),
        channels=_channels(draft, script),
        points=None,
    )
    return Stage(draft, script, _with_points(deal) if script.points else deal, limit, tariff)


def _draw_cards(draft: Draft, script: Script, *, by_balance: bool) -> tuple[Card, ...]:
    """New cards: popular brands more often, their balance the face value unless the price goes by the
    balance.
    """
    model, rng = draft.model, draft.rng
    popularity = [1 / (rank + 8) for rank in range(len(model.cards))]
    cards = []
    for number, kind in enumerate(rng.choices(model.cards, popularity, k=script.lines), 1):
        face = _face(draft, script)
        balance = rng.randint(face * 6 // 10, face) if by_balance else face
        fingerprint = digest_of(["card", model.name, draft.trade, number])
        cards.append(Card(number, kind.brand, kind.kind, face, balance, fingerprint))
    return tuple(cards)


@cache
def _tariff_fees(model: PlatformModel) -> dict[tuple[str, str], int]:
    return {(card.brand, card.kind): tariff_fee_bp(model, card) for card in model.cards}


def _face(draft: Draft, script: Script) -> int:
    """A face value in fen: lognormal, in steps of 10 yuan unless the script wants odd figures."""
    model, rng = draft.model, draft.rng
    if script.large:
        return model.review_threshold + 1_000 * rng.randint(200, 900)
    face = int(rng.lognormvariate(0, model.face_sigma) * model.face_median)
    # Ordinary trades stay below the review threshold together; large ones are drawn on purpose, above.
    ceiling = model.review_threshold * 9 // (10 * script.lines)
    if script.odd:
        return max(1_001, min(face, ceiling)) | 1
    return max(2_000, min(round(face, -3), ceiling // 1_000 * 1_000))


def _clock_start(draft: Draft, script: Script, kind: str) -> ClockStart:
    if script.clock_start != "any":
        return script.clock_start
    if script.ending != "full" or script.large or script.inspection != "pass":
        # A clock that runs from the inspection does not run while a card is on its way back or under review.
        return "inspection"
    if kind == "physical":
        return "handover" if draft.chance(0.5) else "inspection"
    starts: tuple[ClockStart, ...] = ("acceptance", "handover", "inspection")
    return draft.rng.choice(starts)


def _valid_s(draft: Draft, script: Script) -> int:
    """How long the quote stands; a patient one longer than any acceptance may take."""
    if script.late_acceptance:
        return draft.pace.brief
    longest = max(draft.pace.valid)
    return longest * 4 if script.patient else draft.rng.choice(draft.pace.valid)


def _channels(draft: Draft, script: Script) -> tuple[str, ...]:
    first = draft.pick(draft.model.channels)
    if script.payment not in ("wallet_cap", "channel_change"):
        return (first,)
    others = [name for name, _ in draft.model.channels if name != first]
    return (first, "bank" if "bank" in others else others[0])


def _with_points(deal: Deal) -> Deal:
    units = deal.offered() // 20  # 5 % of the price, at 100 points a yuan
    return replace(deal, points=Points("闲卡积分", units, POINTS_PER_YUAN)) if units else deal
