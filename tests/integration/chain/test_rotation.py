"""Rotating a log's checkpoint key from the command line: what is refused, and what a run cut short leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.anchoring.errors import KeyRefused
from service.bootstrap.access import identity_of
from service.bootstrap.chain import LogNotOpen
from service.bootstrap.operations import OperationRefused, Operations, chosen_settings, open_operations
from service.bootstrap.rotation import KeyRotation
from service.core import trust
from service.core.checkpoint import parse_signed
from service.core.eip712 import address_of
from service.store.keyfiles import KeyFiles
from tests.integration.chain.conftest import LOCAL, Tally
from tests.integration.chain.test_commands import append_one

STRANGER = "0x" + "11" * 20


@contextmanager
def opened(data: Path) -> Iterator[Operations]:
    with open_operations(chosen_settings(data=data, chain=LOCAL)) as operations:
        yield operations


def keys_of(data: Path) -> list[trust.TrustedKey]:
    (log,) = trust.parse((data / "trust.json").read_bytes()).logs
    return list(log.keys)


def test_a_rotation_from_begin_to_end(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:  # the commands find this chain running, which is faster
        record = operations.record("kaka")
        append_one(operations, record)
        code, out, _ = tally("log", "rotate-key", "kaka", "--in", "0")
        assert code == 0
        new = json.loads(out)["address"]
        old = keys_of(tmp_path)[0].address
        assert [key.address for key in keys_of(tmp_path)] == [old, new]
        _wait_until(keys_of(tmp_path)[1].added)
        _refused_before_its_time(tally, old, new)
        assert keys_of(tmp_path)[0].retired is None
        assert operations.room.contract.key_info(record.log_id, old).retired_at == 0

        append_one(operations, record, "e2")  # by the new key: it promises all that the old one promised
        latest = operations.reader(record).latest()
        assert latest is not None
        assert latest.record.key == new
        retired = KeyRotation(operations, record).retire(old)
        assert retired == 1000 * operations.room.contract.key_info(record.log_id, old).retired_at
        assert [key.retired for key in keys_of(tmp_path)] == [retired, None]
        (tmp_path / "trust.json").unlink()  # the run was cut short before it was written
        assert tally("log", "retire-key", "kaka", old, "--yes")[0] == 0  # once more changes nothing else
        assert [key.retired for key in keys_of(tmp_path)] == [retired, None]
        _refused_by_the_registry(operations)
        with pytest.raises(LogNotOpen, match="newest key file is missing"):
            operations.room.check_signer(record.log_id, old)
        operations.room.check_signer(record.log_id, new)
        assert operations.anchor_now(30, lambda *_: None) == []
        _compromised(tally, operations, old)
    shown = json.loads(tally("keys", "checkpoints", "--json")[1])
    assert [(key["address"], key["state"]) for key in shown] == [(new, "signs"), (old, "retired")]
    assert "seed" not in json.dumps(shown)


def _refused_before_its_time(tally: Tally, old: str, new: str) -> None:
    code, _, err = tally("log", "retire-key", "kaka", new, "--yes")
    assert (code, "tally log rotate-key" in err) == (1, True)
    code, _, err = tally("log", "retire-key", "kaka", STRANGER, "--yes")
    assert (code, "has no checkpoint key" in err) == (1, True)
    # What the old key signed is neither anchored nor signed again.
    code, _, err = tally("log", "retire-key", "kaka", old, "--yes")
    assert code == 1
    assert all(part in err for part in (old, "up to size 1", "to be anchored by", "only 0", "anchor-now"))


def _compromised(tally: Tally, operations: Operations, key: str) -> None:
    code, out, _ = tally("log", "declare-compromised", "kaka", key, "--yes")
    assert code == 0
    assert json.loads(out)["compromised"].endswith("Z")
    assert tally("log", "declare-compromised", "kaka", key, "--yes") == (0, out, "")
    log = identity_of(operations.record("kaka")).log_id
    assert operations.room.contract.key_info(log, key).compromised_at
    assert tally("log", "declare-compromised", "kaka", STRANGER, "--yes")[0] == 1


def _refused_by_the_registry(operations: Operations) -> None:
    record = operations.record("kaka")
    first = operations.reader(record).checkpoint(1)
    assert first is not None
    signed = parse_signed(first.note)
    registry = operations.room.contract
    call = registry.calldata.anchor(signed.to_registry_args(record.log_id), signed.signature, 0, [])
    with pytest.raises(KeyRefused):
        registry.estimate(operations.room.gas_address, call, "latest")


def _wait_until(ms: int) -> None:
    while time.time_ns() // 1_000_000 < ms:
        time.sleep(0.05)


def test_anchored_for_good_is_enough(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:
        record = operations.record("kaka")
        append_one(operations, record)
        rotation = KeyRotation(operations, record)
        rotation.rotate(0)
        assert operations.anchor_now(30, lambda *_: None) == []
        _wait_until(operations.keys.checkpoints("kaka")[0].active_from)
        (first, _) = keys_of(tmp_path)
        at = rotation.retire(first.address)
        # The newest checkpoint is the old key's, and stays to be asked for.
        latest = operations.reader(record).latest()
        assert latest is not None
        assert latest.record.key == first.address
    assert keys_of(tmp_path)[0].retired == at


def test_a_run_that_was_cut_short_is_finished(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the registry knows the key, nobody signs with it; between the two files, nothing is lost."""
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:
        record = operations.record("kaka")
        rotation = KeyRotation(operations, record)
        with monkeypatch.context() as overtaken:
            overtaken.setattr(KeyFiles, "staged", lambda *_: None)
            with pytest.raises(OperationRefused, match="another run has just rotated"):
                rotation.rotate(3600)
        with monkeypatch.context() as cut:
            cut.setattr(KeyFiles, "activate", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                rotation.rotate(3600)
        staged = operations.keys.staged("kaka")
        assert staged is not None
        assert len(operations.keys.checkpoints("kaka")) == 1
        shown = json.loads(tally("keys", "checkpoints", "--json")[1])
        assert [key["state"] for key in shown] == ["staged", "signs"]
        with monkeypatch.context() as cut:
            cut.setattr(Path, "unlink", _no_staged_unlink(Path.unlink))
            with pytest.raises(KeyboardInterrupt):
                rotation.rotate(3600)
        assert len(operations.keys.checkpoints("kaka")) == 2
        assert operations.keys.activate("kaka", 0) == operations.keys.checkpoints("kaka")[0]
        newest = operations.keys.checkpoints("kaka")[0]
        assert newest.evm_key == staged.evm_key
        assert newest.active_from > time.time_ns() // 1_000_000
        assert operations.keys.staged("kaka") is None
        append_one(operations, record)
        latest = operations.reader(record).latest()
        assert latest is not None
        assert latest.record.key != address_of(newest.evm_key)
    code, _, err = tally("log", "rotate-key", "kaka")
    assert (code, "wait until then" in err) == (1, True)
    code, _, err = tally("log", "retire-key", "kaka", keys_of(tmp_path)[1].address, "--yes")
    assert (code, "signs only from" in err) == (1, True)
    assert [key.added for key in keys_of(tmp_path)][1] == newest.active_from


def _no_staged_unlink(unlink: Callable[..., None]) -> Callable[..., None]:
    def other(path: Path, missing_ok: bool = False) -> None:
        if path.name.endswith(".next.json"):
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    return other
