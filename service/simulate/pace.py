"""How fast simulated life runs. All spans are (shortest, longest) in seconds.

The service stamps `received` with the real clock and the rules compare that stamp with what an event
claims: an event that arrives more than 300 s after it occurred is only known to lie *somewhere between* the
two. So:

- `LIVE` squeezes a whole trade into less than 290 s and has all of it arrive right after its last event.
  Every time is then known to the second: an honest trade proves no breach, and a cheat about time (a late
  payout, an early release) is provable. Terms are squeezed as well: a payout clock of half a minute instead
  of a day. What the rules fix (120 s of tolerance, 72 hours for an answer) is not: a late answer is an answer
  that never comes.
- `NATURAL` lets hours and days pass, each event arriving when a platform would send it. It is for
  evaluation in process, where `received` is taken from the simulated arrival, and for historic imports, which
  are posted long afterwards (`capture.mode` import): their intervals are wide, so nothing about time can be
  proved of them in either direction.
"""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations of the steps of a trade. `together`: all events of a trade arrive at its end."""

    together: bool
    think: Span
    deliver: Span
    travel: Span
    inspect: Span
    review: Span
    step: Span
    acknowledge: Span
    resell: Span
    wait: Span
    outage: Span
    sync: Span
    clock_error: Span
    complain: Span
    answer: Span
    award: Span
    late: Span
    overdue: Span
    clock: tuple[int, ...]
    valid: tuple[int, ...]
    brief: int
    keep: tuple[int, ...]


LIVE = Pace(
    together=True,
    think=(2, 6),
    deliver=(2, 6),
    travel=(4, 10),
    inspect=(2, 6),
    review=(2, 6),
    step=(0.4, 2),
    acknowledge=(1, 4),
    resell=(1, 4),
    wait=(60, 80),
    outage=(330, 900),
    sync=(1, 2),
    clock_error=(20, 3000),
    complain=(1, 4),
    answer=(1, 4),
    award=(1, 4),
    late=(25, 35),
    overdue=(2, 4),
    clock=(30, 35, 40),
    valid=(60, 90),
    brief=15,
    keep=(30, 40),
)

NATURAL = Pace(
    together=False,
    think=(20, 1500),
    deliver=(30, 1200),
    travel=(20 * 3600, 60 * 3600),
    inspect=(60, 2 * 3600),
    review=(600, 6 * 3600),
    step=(1, 90),
    acknowledge=(30, 6 * 3600),
    resell=(3600, 72 * 3600),
    wait=(25 * 3600, 30 * 3600),
    outage=(900, 6 * 3600),
    sync=(5, 200),
    clock_error=(20, 3000),
    complain=(600, 24 * 3600),
    answer=(3600, 20 * 3600),
    award=(3600, 40 * 3600),
    late=(1800, 36 * 3600),
    overdue=(1800, 24 * 3600),
    clock=(24 * 3600, 36 * 3600, 48 * 3600),
    valid=(3600, 24 * 3600),
    brief=1800,
    keep=(48 * 3600, 72 * 3600),
)
