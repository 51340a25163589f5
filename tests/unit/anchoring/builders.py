"""Slots and attempts for tests, with everything that does not matter filled in."""

from __future__ import annotations

from service.anchoring.fees import Fees
from service.anchoring.send_state import Attempt, Mined, Observation, Phase, Slot, Timing

TIMING = Timing(rebroadcast=1000, bump=5000)


def attempt(number: int = 1, fees: Fees | None = None) -> Attempt:
    """The n-th attempt."""
    return Attempt(
        tx=bytes([number]) * 32,
        raw=bytes([2, number]),
        size=10,
        root=bytes(32),
        old_size=0,
        fees=fees or Fees(100, 10),
        gas_limit=100_000,
        created=0,
    )


def slot(nonce: int = 7, phase: Phase = Phase.PENDING, mined: Mined | None = None) -> Slot:
    """A slot opened, sent and bumped at 0."""
    return Slot(1, 5, "0x" + "aa" * 20, nonce, bytes(32), (attempt(),), 0, 0, 0, phase, mined)


def receipt(block: int = 100, ok: bool = True) -> Mined:
    """A receipt of the first attempt."""
    return Mined(attempt().tx, block, bytes(32), ok, 90_000)


def seen(
    mined: Mined | None = None, nonce: int = 7, final_nonce: int | None = None, final: int = 0
) -> Observation:
    """An observation."""
    return Observation(mined, nonce, final_nonce, final)
