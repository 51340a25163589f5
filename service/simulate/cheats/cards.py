"""Cheats about the card and its safeguards: sold twice, kept, not insured, released too early."""

from __future__ import annotations

from dataclasses import replace

from service.simulate.cheats.case import (
    TOLERANCE_MS,
    Cheat,
    Injected,
    as_int,
    by_id,
    deadline,
    drop,
    drop_after,
    every,
    has_cover,
    has_escrow,
    move,
    one,
    put_off,
)
from service.simulate.script import Script
from service.simulate.stage import Stage
from service.simulate.truth import Implied


def card_twice(stage: Stage) -> Injected:
    """The same card is handed over in a second trade while this one still has it."""
    after = stage.draft.now + TOLERANCE_MS + 60_000
    return Injected(("card_twice",), "同一张卡在两笔交易中重叠持有", (stage.handover,), None, (), after)


def lineage_unbalanced(stage: Stage) -> Injected:
    """The values of a resale do not add up."""
    lineage = one(stage, "lineage")
    outputs = lineage.claims["outputs"]
    assert isinstance(outputs, list)
    missing = max(100, as_int(outputs[0]["value"]) // 10)
    lineage.claims["outputs"] = [outputs[0] | {"value": as_int(outputs[0]["value"]) - missing}, *outputs[1:]]
    return Injected(("lineage_unbalanced",), "卡片流转前后金额不平", (lineage.event,), missing)


def escrow_early(stage: Stage) -> Injected:
    """The escrow is released before the inspection that it waits for."""
    released = next(
        each for each in every(stage, "escrow") if each.claims["state"] in ("released", "part_released")
    )
    handover, inspection = by_id(stage, stage.handover), by_id(stage, stage.inspection)
    put_off(stage, inspection, TOLERANCE_MS + stage.draft.between(stage.draft.pace.late))
    move(released, handover.at + 700 - released.at)
    # What has not happened cannot be referred to yet.
    released.claims["condition"] = {"code": "inspection_pass"}
    del released.claims["cause"]
    return Injected(("escrow_early",), "验卡之前就释放了托管款", (released.event, inspection.event))


def cover_never_bound(stage: Stage) -> Injected:
    """Cover was offered and never bound."""
    drop(stage, every(stage, "coverage"))
    return Injected(("cover_missing",), "承诺的保障从未生效", (stage.quote, stage.handover))


def cover_too_low(stage: Stage) -> Injected:
    """The bound limit is below what is due."""
    coverage = one(stage, "coverage")
    coverage.claims["limit"] = stage.due * 6 // 10
    coverage.claims["exposure_after"] = stage.due * 6 // 10
    return Injected(("cover_missing",), "保障限额低于应付金额", (stage.quote, coverage.event))


def cover_too_late(stage: Stage) -> Injected:
    """The cover begins after the card was handed over."""
    coverage, handover = one(stage, "coverage"), by_id(stage, stage.handover)
    move(coverage, handover.at + TOLERANCE_MS + stage.draft.between((20, 30)) - coverage.at)
    coverage.claims["from"] = stage.draft.time(coverage.at)
    stage.draft.now = max(stage.draft.now, coverage.at)
    return Injected(("cover_missing",), "交卡之后保障才生效", (coverage.event, handover.event))


def refund_due(stage: Stage) -> Injected:
    """The card was turned down, was due back, and never came."""
    due = next(each for each in every(stage, "refund") if each.claims["state"] == "due")
    drop(stage, [each for each in every(stage, "refund") if each is not due])
    by_when = due.at + stage.deal.return_within_s * 1000
    after = max(by_when, deadline(stage)) + TOLERANCE_MS
    return Injected(
        ("refund_due",),
        "拒收的卡到期未退还",
        (stage.inspection, due.event),
        None,
        (Implied("card_kept_unpaid"),),
        after,
    )


def card_kept_in_silence(stage: Stage) -> Injected:
    """The card is handed over, and nothing ever happens again."""
    handover = by_id(stage, stage.handover)
    drop_after(stage, handover)
    implied = (Implied("payout_missing", stage.due),)
    after = deadline(stage) + TOLERANCE_MS
    return Injected(("card_kept_unpaid",), "收卡后既不付款也不退卡", (handover.event,), None, implied, after)


def card_kept_after_rejection(stage: Stage) -> Injected:
    """The card is turned down with a reading, and kept; no time for its return was ever promised."""
    drop(stage, every(stage, "refund"))
    del by_id(stage, stage.quote).claims["on_reject"]
    after = deadline(stage) + TOLERANCE_MS
    return Injected(("card_kept_unpaid",), "拒收后不退卡也不付款", (stage.inspection,), None, (), after)


def handover_before_acceptance(stage: Stage) -> Injected:
    """The card is taken before anybody agreed to anything."""
    acceptance, handover = by_id(stage, stage.acceptance), by_id(stage, stage.handover)
    quoted = by_id(stage, stage.quote).at
    before = [each for each in stage.draft.planned if acceptance.at < each.at < handover.at]
    put_off(stage, acceptance, TOLERANCE_MS + stage.draft.between((10, 15)))
    # Cover and escrow stand before the handover, as promised; only the acceptance comes too late.
    for number, each in enumerate(before, 1):
        move(each, quoted + 200 * number - each.at)
    move(handover, quoted + 200 * (len(before) + 1) - handover.at)
    return Injected(("handover_before_acceptance",), "接受之前已经收卡", (handover.event, acceptance.event))


def _rejected(script: Script) -> Script:
    return replace(script, inspection="reject_all", clock_start="inspection")


CHEATS = (
    Cheat("card_twice", card_twice, lambda script: replace(script, resold=False, reshape="none"), twin=True),
    Cheat(
        "lineage_unbalanced", lineage_unbalanced, lambda script: replace(script, resold=True, reshape="none")
    ),
    Cheat(
        "escrow_early",
        escrow_early,
        lambda script: replace(script, condition="inspection_pass", clock_start="inspection"),
        has_escrow,
    ),
    Cheat("cover_missing.never", cover_never_bound, possible=has_cover),
    Cheat("cover_missing.low", cover_too_low, possible=has_cover),
    Cheat("cover_missing.late", cover_too_late, possible=has_cover),
    Cheat("refund_due", refund_due, _rejected),
    Cheat(
        "card_kept_unpaid.silence",
        card_kept_in_silence,
        lambda script: replace(script, clock_start="handover"),
    ),
    Cheat("card_kept_unpaid.rejected", card_kept_after_rejection, _rejected),
    Cheat(
        "handover_before_acceptance",
        handover_before_acceptance,
        lambda script: replace(script, clock_start="inspection", patient=True),
    ),
)
