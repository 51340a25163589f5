"""Each arrow of the state machine of one nonce."""

from __future__ import annotations

import pytest

from service.anchoring.send_state import (
    Action,
    Phase,
    dropped,
    gap,
    held,
    in_flight,
    sent,
    transition,
    with_attempt,
)
from tests.unit.anchoring.builders import TIMING, attempt, receipt, seen, slot


def test_a_fresh_attempt_is_left_alone() -> None:
    assert transition(slot(), seen(), 999, TIMING) == (slot(), Action.WAIT)


def test_no_answer_changes_nothing() -> None:
    assert transition(slot(), None, 10**9, TIMING) == (slot(), Action.WAIT)


def test_a_pending_transaction_is_sent_again_after_a_while() -> None:
    assert transition(slot(), seen(), 1000, TIMING)[1] is Action.REBROADCAST


def test_it_is_replaced_after_a_longer_while() -> None:
    assert transition(sent(slot(), 4999), seen(), 5000, TIMING)[1] is Action.BUMP


def test_a_new_attempt_starts_the_bump_timer_again() -> None:
    bumped = with_attempt(sent(slot(), 5000), attempt(2), 5000)
    assert bumped.newest == attempt(2)
    assert transition(bumped, seen(), 5999, TIMING)[1] is Action.WAIT


def test_at_the_caps_the_bump_timer_starts_again_too() -> None:
    assert transition(sent(held(slot(), 5000), 5000), seen(), 5999, TIMING)[1] is Action.WAIT


def test_mined_but_not_final() -> None:
    after, action = transition(slot(), seen(receipt(100), nonce=8, final=99), 10**6, TIMING)
    assert (after.phase, after.mined, action) == (Phase.MINED, receipt(100), Action.WAIT)


def test_mined_and_final_closes_the_slot() -> None:
    after, _ = transition(slot(), seen(receipt(100), nonce=8, final=100), 0, TIMING)
    assert after.phase is Phase.DONE
    assert after.phase.closed


def test_a_reverted_transaction_spends_the_nonce_as_well() -> None:
    after, _ = transition(slot(), seen(receipt(100, ok=False), nonce=8, final=100), 0, TIMING)
    assert after.phase is Phase.DONE
    assert after.mined is not None
    assert not after.mined.ok


def test_a_reorganised_transaction_is_pending_again_and_sent_at_once() -> None:
    mined = slot(phase=Phase.MINED, mined=receipt())
    after, action = transition(mined, seen(None, nonce=7), 1, TIMING)
    assert (after.phase, after.mined, action) == (Phase.PENDING, None, Action.REBROADCAST)


def test_a_reorganised_transaction_may_come_back_in_another_block() -> None:
    mined = slot(phase=Phase.MINED, mined=receipt(100))
    after, _ = transition(mined, seen(receipt(103), nonce=8, final=101), 1, TIMING)
    assert after.mined == receipt(103)


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.MINED])
@pytest.mark.parametrize("final_nonce", [None, 7])
def test_a_spent_nonce_without_a_receipt_proves_nothing_before_it_is_final(
    phase: Phase, final_nonce: int | None
) -> None:
    before = slot(phase=phase, mined=receipt() if phase is Phase.MINED else None)
    assert transition(before, seen(nonce=8, final_nonce=final_nonce), 10**9, TIMING) == (before, Action.WAIT)


def test_a_nonce_finally_spent_by_something_else_is_lost() -> None:
    assert transition(slot(), seen(nonce=8, final_nonce=8), 0, TIMING)[0].phase is Phase.LOST


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.LOST, Phase.DROPPED])
def test_a_closed_slot_never_changes(phase: Phase) -> None:
    closed = slot(phase=phase)
    for observation in (seen(), seen(receipt(), nonce=8), seen(nonce=9, final_nonce=9)):
        assert transition(closed, observation, 10**9, TIMING) == (closed, Action.WAIT)


def test_a_slot_keeps_others_waiting_only_while_its_nonce_is_unspent() -> None:
    assert in_flight(slot(nonce=7), 7)
    assert not in_flight(slot(nonce=7), 8)
    assert not in_flight(slot(phase=Phase.MINED, mined=receipt()), 7)
    assert not in_flight(dropped(slot()), 7)


def test_slots_above_the_next_nonce_wait_for_ever() -> None:
    assert gap([slot(nonce=8), slot(nonce=9)], 7)
    assert not gap([slot(nonce=7), slot(nonce=9)], 7)
    assert not gap([], 7)
