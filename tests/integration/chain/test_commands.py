"""`tally log` and `tally chain` on a data folder without a running service."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from service.bootstrap.access import identity_of
from service.bootstrap.logs import LogParts, open_log
from service.bootstrap.operations import OperationRefused, Operations, chosen_settings, open_operations
from service.chain.anvil import EmbeddedChainFailed
from service.chain.embedded import running_elsewhere
from service.log.ports import LogRecord
from service.log.prepare import prepare
from service.store.last_signed import FileLastSigned
from tests.integration.chain.conftest import LOCAL, Tally


def append_one(operations: Operations, record: LogRecord, event_id: str = "e1") -> None:
    """Append one event, as the service does."""
    last_signed = FileLastSigned(operations.settings.data / "last_signed")
    parts = LogParts(
        operations.logs, last_signed, operations.keys, operations.anchors, lambda _: None, lambda _: None
    )
    opened = open_log(parts, record, 3600)
    opened.sequencer.start()
    event = {
        "event": event_id,
        "trade": "t1",
        "type": "x-test",
        "occurred": "2026-01-01T00:00:00.000Z",
        "claims": {},
    }
    opened.sequencer.submit([prepare(opened.identity, event, lambda _: None, os.urandom)]).result(10)
    opened.sequencer.stop(5)


def test_a_log_is_opened_once(tally: Tally) -> None:
    code, out, _ = tally("log", "open", "kaka")
    assert code == 0
    opened = json.loads(out)
    assert opened["origin"] == "tallystick.local/logs/kaka"
    assert tally("log", "open", "kaka") == (0, out, "")
    code, out, _ = tally("log", "list", "--json")
    assert [(each["name"], each["log_id"], each["state"]) for each in json.loads(out)] == [
        ("kaka", opened["log"], "open")
    ]


@pytest.mark.parametrize("name", ["Kaka", "kaka-test", "", "a/b"])
def test_a_name_that_is_none_is_refused(tally: Tally, name: str) -> None:
    code, _, err = tally("log", "open", name)
    assert code == 1
    assert "not a platform name" in err


@pytest.mark.parametrize(
    "command", [("chain", "status"), ("log", "list"), ("keys", "list"), ("chain", "anchor-now")]
)
def test_a_misspelt_folder_is_told_and_not_made(
    tally: Tally, tmp_path: Path, command: tuple[str, ...]
) -> None:
    code, out, err = tally(*command, "--data", str(tmp_path / "tally-dta"))
    assert (code, out) == (1, "")
    assert "is no data folder" in err
    assert list(tmp_path.iterdir()) == []


def test_the_chain_and_its_registry_are_shown(tally: Tally) -> None:
    tally("log", "open", "kaka")
    code, out, _ = tally("chain", "status", "--json")
    shown = json.loads(out)
    assert (code, shown["reachable"], shown["registry_code"], shown["network"]) == (0, True, True, "local")
    assert shown["gas_balance"] > 0
    code, out, _ = tally("chain", "status")
    assert code == 0
    assert shown["registry"] in out


def test_an_unknown_log(tally: Tally) -> None:
    tally("log", "open", "kaka")
    code, _, err = tally("log", "status", "nobody")
    assert code == 1
    assert "tally log list" in err


def test_no_faults(tally: Tally) -> None:
    tally("log", "open", "kaka")
    assert tally("chain", "faults") == (0, "none\n", "")
    assert tally("chain", "faults", "--json") == (0, "[]\n", "")


def test_the_embedded_chain_is_not_deployed_to(tally: Tally) -> None:
    code, _, err = tally("chain", "deploy")
    assert code == 1
    assert "deploys its own registry" in err


def test_seal_is_refused_until_everything_is_anchored(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    tally("log", "open", "kaka2")
    with open_operations(chosen_settings(data=tmp_path, chain=LOCAL)) as operations:
        record, successor = operations.record("kaka"), operations.record("kaka2")
        append_one(operations, record)
        log = identity_of(record).log_id
    seal = ("log", "seal", "kaka", "--successor", "kaka2", "--yes")
    assert "own successor" in tally("log", "seal", "kaka", "--successor", "kaka", "--yes")[2]
    assert tally("log", "seal", "kaka", "--successor", "nobody", "--yes")[0] == 1
    assert json.loads(tally("log", "status", "kaka", "--json")[1])["state"] == "open"
    code, _, err = tally(*seal)
    assert code == 1
    assert "tally chain anchor-now" in err
    assert json.loads(tally("log", "status", "kaka", "--json")[1])["state"] == "sealed"
    code, out, _ = tally("chain", "anchor-now", "--timeout", "30")
    told = {"kaka: 1 of 1 anchored for good", "kaka2: 0 of 0 anchored for good"}
    assert (code, set(out.splitlines())) == (0, told)
    status = json.loads(tally("log", "status", "kaka", "--json")[1])
    assert (status["signed"], status["anchored"], status["final"], status["on_chain"]) == (1, 1, 1, 1)
    assert status["anchors"][0]["state_proof"]
    assert tally(*seal)[0] == 0
    with open_operations(chosen_settings(data=tmp_path, chain=LOCAL)) as operations:
        info = operations.room.contract.log_info(log)
        assert (info.is_sealed, info.successor) == (True, successor.log_id)
        assert operations.record("kaka").successor == successor.log_id
    assert tally(*seal)[0] == 0  # once more changes nothing


def test_a_seal_keeps_the_successor_that_was_named_first(tally: Tally, tmp_path: Path) -> None:
    """Nobody has to repeat it, and nobody is told that another one stands in the registry."""
    for name in ("kaka", "kaka2", "kaka3"):
        tally("log", "open", name)
    with open_operations(chosen_settings(data=tmp_path, chain=LOCAL)) as operations:
        second, third = operations.record("kaka2"), operations.record("kaka3")
        append_one(operations, operations.record("kaka"))
        for successor in (None, second, None):  # named by a later run than the first: no run has ended yet
            with pytest.raises(OperationRefused, match="tally chain anchor-now"):
                operations.seal(operations.record("kaka"), successor)
        with pytest.raises(OperationRefused, match="stays so"):
            operations.seal(operations.record("kaka"), third)
        assert operations.anchor_now(30, lambda *_: None) == []
        operations.seal(operations.record("kaka"))
        record = operations.record("kaka")
        assert record.successor == second.log_id
        assert operations.room.contract.log_info(record.log_id).successor == second.log_id
        with pytest.raises(OperationRefused, match="stays so"):
            operations.seal(record, third)
        operations.seal(third)
        with pytest.raises(OperationRefused, match="with no successor, and that stays so"):
            operations.seal(operations.record("kaka3"), second)


def test_a_database_that_does_not_answer_is_told(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    tally("log", "open", "kaka")
    monkeypatch.setenv("TALLY_DATABASE_URL", "postgresql://u:secret-word@127.0.0.1:1/x")
    for command in (("keys", "list"), ("log", "list")):
        code, out, err = tally(*command)
        assert (code, out) == (1, "")
        assert "cannot be reached" in err
        assert "secret-word" not in err


def test_the_api_alone_says_that_a_worker_comes_first(tally: Tally, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedChainFailed, match="start the one with the worker first"):
        running_elsewhere(tmp_path)
    code, _, err = tally("serve", "--no-worker", "--data", str(tmp_path / "nowhere"))
    assert (code, "is no data folder" in err) == (1, True)


def test_erasing_needs_a_service(tally: Tally, tmp_path: Path) -> None:
    code, _, err = tally("erase", "--due")
    assert (code, "give --url" in err) == (1, True)
    (tmp_path / "credentials.json").write_text('{"url": "", "admin_key": "k"}')
    code, _, err = tally("erase", "--due")
    assert (code, "knows no URL" in err) == (1, True)
