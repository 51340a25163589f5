"""The anchor worker against a real node: one situation a test."""

from __future__ import annotations

import logging

import pytest

from service.anchoring.fees import FeePolicy
from service.anchoring.ports import AnchorState
from service.anchoring.runner import Anchoring
from service.core.state_proof import anchor_slot as slot_of
from service.core.state_proof import parse_header, unpack_anchor, verify_account, verify_storage
from service.log.errors import LogHalted
from tests.integration.chain.harness import GWEI, TIMING, Stage


def settle(stage: Stage) -> None:
    """Enough blocks to make everything final."""
    stage.mine(2 * stage.epoch + 1)


def test_a_checkpoint_becomes_a_final_anchor_with_a_proof(stage: Stage) -> None:
    view = stage.open_log("kaka")
    row = view.grow(5)
    worker = stage.worker()
    worker.step()
    assert stage.newest(stage.logs[0]) is None
    stage.mine()
    worker.step()
    included = stage.newest(stage.logs[0])
    assert included is not None
    assert (included.size, included.root, included.state) == (5, row.root, AnchorState.INCLUDED)
    assert included.ours
    settle(stage)
    worker.step()
    final = stage.newest(stage.logs[0])
    assert final is not None
    assert (final.state, final.proof_final) == (AnchorState.FINAL, True)
    assert final.proof is not None
    header = parse_header(final.proof.header)
    account = verify_account(header.state_root, stage.registry.address, final.proof.account)
    assert account.code_hash == stage.registry.code_hash
    word = verify_storage(
        account.storage_root, slot_of(stage.logs[0].log_id, 5, row.root), final.proof.storage
    )
    assert unpack_anchor(word) == final.slot
    record = stage.store.earliest_covering(stage.logs[0].log_id, 4)
    assert record is not None
    assert record.state_proof == final.proof
    assert record.finality == "final"
    assert stage.store.open_slots(stage.node.chain_id, stage.gas.address) == []


def test_an_included_anchor_shows_no_proof_yet(stage: Stage) -> None:
    stage.open_log("kaka").grow(5)
    worker = stage.worker()
    worker.step()
    stage.mine()
    worker.step()
    record = stage.store.earliest_covering(stage.logs[0].log_id, 0)
    assert record is not None
    assert (record.state_proof, record.finality) == (None, "included")


def test_one_in_flight_and_the_nearest_deadline_first(stage: Stage) -> None:
    late, soon = stage.open_log("late"), stage.open_log("soon")
    soon.grow(1, signed_at=late.grow(1).signed_at - 100)
    worker = stage.worker()
    worker.step()
    worker.step()
    slots = stage.store.open_slots(stage.node.chain_id, stage.gas.address)
    assert [slot.log_id for slot in slots] == [stage.logs[1].log_id]
    stage.mine()
    worker.step()
    stage.mine()
    worker.step()
    assert [stage.registry.head(log.log_id).size for log in stage.logs] == [1, 1]


def test_a_forgotten_transaction_is_sent_again(stage: Stage) -> None:
    stage.open_log("kaka").grow(1)
    worker = stage.worker()
    worker.step()
    stage.chaos.evict()
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[0].log_id).size == 0
    stage.clock.ahead += TIMING.rebroadcast
    worker.step()
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[0].log_id).size == 1
    assert worker.tally.snapshot().rebroadcast == 1


def test_a_stuck_transaction_is_replaced_by_one_that_anchors_more(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    worker = stage.worker()
    worker.step()
    view.grow(6)
    stage.clock.ahead += TIMING.bump
    worker.step()
    first, second = stage.attempts()
    assert second.nonce == first.nonce
    assert second.max_fee >= first.max_fee * 112 // 100
    assert second.max_priority >= first.max_priority * 112 // 100
    assert (first.size, second.size) == (1, 7)
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[0].log_id).size == 7
    assert stage.chaos.said == []


def test_bumping_ends_at_the_caps(stage: Stage) -> None:
    stage.open_log("kaka").grow(1)
    fees = FeePolicy(8 * GWEI, 3 * GWEI, GWEI, bump_percent=12, budget=10**15)
    worker = stage.worker(fees=fees)
    for _ in range(14):
        worker.step()
        stage.clock.ahead += TIMING.bump
    attempts = stage.attempts()
    assert 5 < len(attempts) < 14
    assert all(each.max_fee <= fees.max_fee for each in attempts)
    assert all(each.max_priority <= fees.max_priority for each in attempts)
    assert all(each.max_fee * each.gas_limit <= fees.budget for each in attempts)
    assert worker.tally.snapshot().fee_capped > 0
    assert "caps" in (worker.tally.snapshot().problem or "")
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[0].log_id).size == 1


def test_a_reorganisation_takes_an_anchor_back_and_it_is_made_again(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    worker = stage.worker()
    worker.step()
    stage.mine()
    worker.step()
    assert stage.newest(stage.logs[0]) is not None
    stage.reorganise(1)
    worker.step()
    assert stage.newest(stage.logs[0]) is None
    assert worker.tally.snapshot().orphaned == 1
    stage.mine()
    worker.step()
    settle(stage)
    worker.step()
    again = stage.newest(stage.logs[0])
    assert again is not None
    assert again.proof_final


def test_a_strangers_anchor_is_adopted(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    view.grow(1)
    stage.stranger_anchors(stage.logs[0], 1)
    stage.mine()
    worker = stage.worker()
    worker.step()
    adopted = stage.newest(stage.logs[0])
    assert adopted is not None
    assert (adopted.size, adopted.ours, adopted.tx is not None) == (1, False, True)
    stage.mine()
    worker.step()
    newest = stage.newest(stage.logs[0])
    assert newest is not None
    assert (newest.size, newest.ours, newest.slot.prev_size) == (2, True, 1)
    counters = worker.tally.snapshot()
    assert (counters.adopted, counters.anchored) == (1, 1)


def test_a_stranger_who_is_faster_costs_a_revert_and_nothing_else(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    view.grow(1)
    worker = stage.worker()
    worker.step()  # sends size 2 from size 0
    stage.stranger_anchors(stage.logs[0], 1)  # pays more, comes first
    stage.mine()
    worker.step()  # its own reverted (HeadMoved); sends size 2 from size 1
    stage.mine()
    worker.step()
    assert worker.tally.snapshot().reverted == 1
    assert stage.registry.head(stage.logs[0].log_id).size == 2
    sizes = [each.size for each in stage.store.anchors(stage.logs[0].log_id)]
    assert sizes == [1, 2]


def test_anchors_made_while_we_were_away_are_all_found(stage: Stage) -> None:
    view = stage.open_log("kaka")
    for _ in range(5):
        size = view.grow(3).size
        stage.stranger_anchors(stage.logs[0], size)
        stage.mine()
    stage.worker().step()
    anchors = stage.store.anchors(stage.logs[0].log_id)
    assert [each.size for each in anchors] == [3, 6, 9, 12, 15]
    assert [each.slot.prev_size for each in anchors] == [0, 3, 6, 9, 12]


def test_a_foreign_checkpoint_stops_the_log(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    view.grow(1)
    stage.stranger_anchors(stage.logs[0], 2)
    stage.mine()
    rows = view.rows
    del rows[1]  # the database was restored from before the second checkpoint
    worker = stage.worker()
    worker.step()
    reason = worker.foreign(stage.logs[0].log_id)
    assert reason is not None
    assert "never signed" in reason
    assert stage.attempts() == []


def test_a_worker_that_does_not_lead_sees_a_foreign_checkpoint_too(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    stage.stranger_anchors(stage.logs[0], 1)
    stage.mine()
    view.grow(1)
    watcher = stage.worker(leads=False)
    watcher.step()
    assert watcher.foreign(stage.logs[0].log_id) is None
    kept = list(view.rows)
    view.rows.clear()
    watcher.step()
    assert watcher.foreign(stage.logs[0].log_id) is not None
    view.rows.extend(kept)
    watcher.step()
    assert watcher.foreign(stage.logs[0].log_id) is None
    assert stage.attempts() == []


def test_a_log_that_cannot_be_read_does_not_hold_up_the_others(stage: Stage) -> None:
    bad, good = stage.open_log("bad"), stage.open_log("good")
    bad.grow(1, signed_at=stage.clock() // 1000 - 100)
    good.grow(1)
    bad.broken = LogHalted("its database is behind LastSigned")
    worker = stage.worker()
    worker.step()
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[1].log_id).size == 1
    standing = worker.tally.snapshot().logs
    assert stage.logs[1].log_id in standing
    bad.broken = None
    worker.step()
    stage.mine()
    worker.step()
    assert stage.registry.head(stage.logs[0].log_id).size == 1


def test_the_interval_counts_from_the_last_anchor_on_chain(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    stage.stranger_anchors(stage.logs[0], 1)
    stage.mine()
    view.grow(1)
    worker = stage.worker(interval=60_000)
    worker.step()
    assert stage.attempts() == []
    stage.clock.ahead += 61_000
    worker.step()
    assert len(stage.attempts()) == 1


def test_nothing_is_sent_to_other_code_even_if_it_answers_alike(stage: Stage) -> None:
    stage.open_log("kaka").grow(1)
    code = stage.node.call("eth_getCode", stage.registry.address, "latest")
    stage.node.call("anvil_setCode", stage.registry.address, code + "00")
    worker = stage.worker()
    worker.step()
    assert stage.attempts() == []
    assert "has hash" in (worker.tally.snapshot().problem or "")
    stage.node.call("anvil_setCode", stage.registry.address, code)
    worker.step()
    assert len(stage.attempts()) == 1


def test_only_the_lease_holder_sends(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    first, second = stage.worker("a"), stage.worker("b")
    first.step()
    second.step()
    assert (first.tally.snapshot().leading, second.tally.snapshot().leading) == (True, False)
    assert len(stage.attempts()) == 1
    stage.clock.ahead += 31_000  # the first one sleeps through its lease
    second.step()
    assert second.tally.snapshot().leading
    first.step()
    assert not first.tally.snapshot().leading


def test_with_the_node_gone_deadlines_are_still_watched(stage: Stage) -> None:
    view = stage.open_log("kaka")
    worker = stage.worker()
    worker.step()
    row = view.grow(1, signed_at=stage.clock() // 1000 - 3500)
    stage.anvil.stop()
    worker.step()
    snapshot = worker.tally.snapshot()
    assert not snapshot.reachable
    assert snapshot.logs[stage.logs[0].log_id].anchor_by == row.anchor_by
    assert worker.deadlines.risk(stage.logs[0].log_id, stage.clock()) is None
    stage.clock.ahead += 41_000
    assert worker.deadlines.risk(stage.logs[0].log_id, stage.clock()) is not None


def test_a_proof_on_an_orphaned_header_is_captured_again(stage: Stage) -> None:
    view = stage.open_log("kaka")
    view.grow(1)
    worker = stage.worker()
    worker.step()
    stage.mine()
    worker.step()
    settle(stage)
    worker.step()
    before = stage.newest(stage.logs[0])
    assert before is not None
    assert before.proof_block is not None
    newest = int(stage.node.call("eth_blockNumber"), 16)
    stage.reorganise(newest - before.proof_block + 1)  # deeper than finality: nothing is beyond audit
    stage.mine()
    worker.step()
    settle(stage)
    worker.step()
    after = stage.newest(stage.logs[0])
    assert after is not None
    assert after.proof is not None
    assert before.proof is not None
    assert after.proof_final
    assert after.proof.header != before.proof.header
    block = stage.chain(stage.anvil.url).block(after.proof_block or 0)
    assert block is not None
    assert block.hash == parse_header(after.proof.header).hash


def test_the_journal_says_once_what_is_in_the_way(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.open_log("kaka").grow(1)
    stage.node.call("anvil_setBalance", stage.gas.address, hex(10**9))
    stage.mine()
    anchoring = Anchoring(stage.worker(), 1, stage.clock)
    with caplog.at_level(logging.INFO, "tally.anchoring"):
        for _ in range(3):
            anchoring.step()
            anchoring._tell()
        low, refused = sorted((record.getMessage() for record in caplog.records), reverse=True)
        assert low.startswith(f"gas: the account {stage.gas.address}") and "less than" in low
        assert "the node does not take the transaction" in refused
        caplog.clear()
        stage.node.call("anvil_setBalance", stage.gas.address, hex(10**21))
        stage.clock.ahead += TIMING.rebroadcast
        stage.mine()
        for _ in range(2):
            anchoring.step()
            anchoring._tell()
    assert {record.getMessage() for record in caplog.records} == {
        "gas: in order again",
        "anchoring: in order again",
    }
