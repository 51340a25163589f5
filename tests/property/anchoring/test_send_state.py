"""The state machine of one nonce under any sequence of observations, stale ones included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.anchoring.send_state import (
    Action,
    Mined,
    Observation,
    Phase,
    Slot,
    Timing,
    sent,
    transition,
    with_attempt,
)
from tests.unit.anchoring.builders import attempt, receipt, slot

TIMING = Timing(rebroadcast=1000, bump=5000)
NONCE = 7

observations = st.one_of(
    st.none(),
    st.builds(
        Observation,
        st.one_of(st.none(), st.builds(receipt, st.integers(0, 20), st.booleans())),
        st.integers(NONCE - 2, NONCE + 2),
        st.one_of(st.none(), st.integers(NONCE - 2, NONCE + 2)),
        st.integers(-1, 25),
    ),
)
steps = st.lists(st.tuples(observations, st.integers(0, 4000)), max_size=40)


def run(
    observed: list[tuple[Observation | None, int]],
) -> list[tuple[Slot, Observation | None, Slot, Action]]:
    """Every transition, with the actions carried out as the sender does."""
    current, now, history = slot(NONCE), 0, []
    for observation, pause in observed:
        now += pause
        after, action = transition(current, observation, now, TIMING)
        history.append((current, observation, after, action))
        if action is Action.BUMP:
            after = sent(with_attempt(after, attempt(len(after.attempts) + 1), now), now)
        if action is Action.REBROADCAST:
            after = sent(after, now)
        current = after
    return history


@given(steps)
def test_done_means_a_receipt_in_a_final_block(observed: list[tuple[Observation | None, int]]) -> None:
    for before, seen, after, _ in run(observed):
        if after.phase is Phase.DONE and before.phase is not Phase.DONE:
            assert seen is not None
            assert isinstance(seen.mined, Mined)
            assert seen.final_block >= seen.mined.block


@given(steps)
def test_lost_means_a_finally_spent_nonce_without_a_receipt(
    observed: list[tuple[Observation | None, int]],
) -> None:
    for before, seen, after, _ in run(observed):
        if after.phase is Phase.LOST and before.phase is not Phase.LOST:
            assert seen is not None
            assert seen.mined is None
            assert seen.final_nonce is not None
            assert seen.final_nonce > NONCE


@given(steps)
def test_nothing_is_sent_for_a_spent_nonce_or_a_closed_slot(
    observed: list[tuple[Observation | None, int]],
) -> None:
    for before, seen, after, action in run(observed):
        if action is not Action.WAIT:
            assert not before.phase.closed
            assert after.phase is Phase.PENDING
            assert seen is not None
            assert seen.mined is None
            assert seen.nonce <= NONCE


@given(steps)
def test_bumps_keep_their_distance(observed: list[tuple[Observation | None, int]]) -> None:
    now, last = 0, 0
    for (_, pause), (_, _, _, action) in zip(observed, run(observed), strict=True):
        now += pause
        if action is Action.BUMP:
            assert now - last >= TIMING.bump
            last = now


@given(steps, st.integers(0, 25))
def test_once_the_receipt_is_final_the_slot_closes(
    observed: list[tuple[Observation | None, int]], block: int
) -> None:
    history = run(observed)
    current = history[-1][2] if history else slot(NONCE)
    final = Observation(receipt(block), NONCE + 1, NONCE + 1, block)
    assert transition(current, final, 10**9, TIMING)[0].phase.closed
