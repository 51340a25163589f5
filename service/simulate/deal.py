"""What was agreed in a trade, and the arithmetic that follows from it.

Two rules shape an honest offer. `headline_gap` compares the largest number shown with what was accepted, and
`quote_arithmetic` compares it with the gross amount; together they leave no room for a fee taken from the
user after the headline. So an honest platform here shows the rate the user gets, and lists its own fee
(DOMAIN's 3-15 %) as paid by the platform out of its margin: gross = net = Σ lines, headline = 100 % - fee.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Mismatch = Literal["pro_rata", "requote", "reject"]
ClockStart = Literal["acceptance", "handover", "inspection"]


@dataclass(frozen=True, slots=True)
class Card:
    """One line of a quote. Face and balance in fen; `fingerprint` is a keyed digest."""

    line: int
    brand: str
    kind: str
    face: int
    balance: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Points:
    """Loyalty points offered as part of the price; `worth` in fen per 100 units."""

    program: str
    units: int
    fen_per_100: int

    @property
    def worth(self) -> int:
        """What all units are worth, in fen, rounded down."""
        return self.units * self.fen_per_100 // 100


@dataclass(frozen=True, slots=True)
class Deal:
    """A quote's content. `lines` are the accepted ones (all, until the user says otherwise)."""

    cards: tuple[Card, ...]
    fee_bp: int
    rate_base: Literal["face", "balance"]
    half_up: bool
    mismatch: Mismatch
    clock_start: ClockStart
    clock_s: int
    valid_s: int
    return_within_s: int
    channels: tuple[str, ...]
    points: Points | None
    lines: frozenset[int] = field(default=frozenset())

    @property
    def rate_bp(self) -> int:
        """The headline rate: what the user gets of each 10,000."""
        return 10_000 - self.fee_bp

    def base(self, card: Card) -> int:
        """The amount that the rate is taken of."""
        return card.face if self.rate_base == "face" else card.balance

    def net(self, card: Card) -> int:
        """What a line pays: base · rate, rounded down, or to the nearest fen."""
        return (self.base(card) * self.rate_bp + (5_000 if self.half_up else 0)) // 10_000

    def fee(self) -> int:
        """The platform's own margin over all lines, in fen."""
        return sum(self.base(card) for card in self.cards) - self.offered()

    def offered(self) -> int:
        """The whole quote's net."""
        return sum(self.net(card) for card in self.cards)

    def accepted(self) -> tuple[Card, ...]:
        """The accepted lines."""
        return tuple(card for card in self.cards if not self.lines or card.line in self.lines)

    def amount(self) -> int:
        """Net of the accepted lines: the amount of the acceptance."""
        return sum(self.net(card) for card in self.accepted())

    def face(self) -> int:
        """Face value of all lines."""
        return sum(card.face for card in self.cards)

    def accepting(self, lines: frozenset[int]) -> Deal:
        """The same deal for some lines."""
        return replace(self, lines=lines)

    def repriced(self, fee_bp: int) -> Deal:
        """The same deal at another fee."""
        return replace(self, fee_bp=fee_bp)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the inspection found of one line. `found` in fen; `deduction` off the line, under the condition
    `damaged`.
    """

    outcome: str = "pass"
    found: int | None = None
    deduction: int = 0


def due(deal: Deal, verdicts: dict[int, Verdict]) -> int:
    """What an honest platform owes after the inspection, in fen (FINDINGS: Due)."""
    total = 0
    for card in deal.accepted():
        verdict = verdicts.get(card.line, Verdict())
        net = deal.net(card)
        if verdict.outcome == "balance_short":
            assert verdict.found is not None
            net = 0 if deal.mismatch == "reject" else net * verdict.found // card.balance
        elif verdict.outcome != "pass":
            net = 0
        total += net - verdict.deduction
    return total
