"""What happens to the record on its way: outages, wrong clocks, imports. The trade itself is untouched."""

from __future__ import annotations

from service.simulate.draft import Draft
from service.simulate.script import Transport


def carry(draft: Draft, transport: Transport) -> None:
    """Let the drafted events travel the way the script wants."""
    match transport:
        case "outage":
            _outage(draft)
        case "wrong_clock":
            _wrong_clock(draft)
        case "import":
            draft.imported = True
            draft.lag = draft.between((3_600, 5 * 86_400))


def _outage(draft: Draft) -> None:
    """From some event on the line is down: what happens meanwhile is queued, and arrives late, in one
    batch.
    """
    planned = sorted(draft.planned, key=lambda each: each.at)
    start = planned[draft.rng.randrange(1, len(planned))].at if len(planned) > 1 else planned[0].at
    end = start + draft.between(draft.pace.outage)
    for each in planned:
        if start <= each.at <= end:
            each.queued, each.flush = "outage", end


def _wrong_clock(draft: Draft) -> None:
    """From the handover on everything is recorded by one device whose clock is slow, or now and then a
    little fast; its queue is emptied a moment later."""
    error = draft.between(draft.pace.clock_error)
    fast = draft.chance(0.2)
    skew = min(error, 90_000) if fast else -error
    begin = min((each.at for each in draft.planned if each.type == "handover"), default=0)
    for each in draft.planned:
        if each.at >= begin:
            each.skew = skew
            each.queued = each.queued or "weak_network"
