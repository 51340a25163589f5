"""The sequencer on real databases and files: whole log checked naively, receipts verified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.core.receipt import parse as parse_receipt
from service.log.errors import LogHalted
from service.log.receipts import of_batch
from service.store.engine import open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import (
    IDENTITY,
    RECORD,
    Process,
    batches,
    check_receipt,
    check_whole_log,
    submission,
)

LOG_ID = IDENTITY.log_id


@pytest.fixture
def last_signed(tmp_path: Path) -> FileLastSigned:
    return FileLastSigned(tmp_path / "last_signed")


@pytest.fixture
def process(engine: Engine, last_signed: FileLastSigned) -> Process:
    store = SqlLogStore(engine)
    store.create(RECORD)
    return Process(store, last_signed).start()


def restarted(process: Process) -> Process:
    process.sequencer.stop()
    return Process(process.store, process.last_signed).start()


def test_batches_of_all_sizes_over_the_borders_of_tiles(process: Process) -> None:
    receipts = []
    names = [f"e{number}" for number in range(700)]
    start = 0
    for count in (1, 1, 6, 247, 1, 1, 256, 8, 7, 172):
        for batch in batches(names[start : start + count], 1000):
            receipts += process.receipts(*batch)
        start += count
    assert [receipt.index for receipt in receipts] == list(range(700))
    check_whole_log(process.store, process.last_signed, receipts)
    process = restarted(process)
    again = [process.receipts(submission(name, f"trade-{name}"))[0] for name in names[::69]]
    assert again == receipts[::69]
    receipts += process.receipts(submission("after"))
    check_whole_log(process.store, process.last_signed, receipts)


def test_a_long_trade_is_chained_over_batches_and_restarts(process: Process) -> None:
    for call in range(6):
        process.post(*(submission(f"e{call}-{number}", "one-trade") for number in range(9)))
        process = restarted(process)
    entries = process.store.trade(LOG_ID, "one-trade", 0, 100)
    assert [entry.seq for entry in entries] == list(range(54))
    check_whole_log(process.store, process.last_signed)


def test_fifty_parallel_posters_of_one_event_get_one_entry_and_one_receipt(process: Process) -> None:
    with ThreadPoolExecutor(50) as posters:
        receipts = list(posters.map(lambda number: process.receipts(submission("same"))[0], range(50)))
    assert receipts == [receipts[0]] * 50
    assert process.store.head(LOG_ID).size == 1
    check_whole_log(process.store, process.last_signed, receipts)


def test_many_parallel_posters(process: Process) -> None:
    def post(number: int) -> list[int]:
        answer = process.post(
            *(submission(f"e{number}-{i}", f"t{number % 3}") for i in range(1 + number % 4))
        )
        for receipt in of_batch(IDENTITY, answer):
            check_receipt(receipt)
        return [item.index for item in answer.appended]

    with ThreadPoolExecutor(8) as posters:
        indexes = sorted(index for answer in posters.map(post, range(60)) for index in answer)
    assert indexes == list(range(len(indexes)))
    check_whole_log(process.store, process.last_signed)


def test_a_restored_copy_never_appends(
    process: Process, engine: Engine, copy_database: Callable[[], str], last_signed: FileLastSigned
) -> None:
    process.post(submission("a"))
    process.sequencer.stop()
    engine.dispose()
    backup = copy_database()
    process = Process(SqlLogStore(engine), last_signed).start()
    process.post(submission("b"))
    process.sequencer.stop()
    restored_engine = open_engine(backup)
    try:
        restored = Process(SqlLogStore(restored_engine), last_signed).start()
        assert "older copy" in str(restored.sequencer.halted)
        with pytest.raises(LogHalted):
            restored.post(submission("c"))
        assert restored.store.head(LOG_ID).size == 1
        assert restored.store.log(LOG_ID).state == "halted"
    finally:
        restored_engine.dispose()


POSTER = """
import json, os, sys, time
from pathlib import Path
from service.core.receipt import format as encode
from service.log.receipts import of_batch
from service.store.engine import open_engine
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import IDENTITY, Process, submission

url, folder, name, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store, last_signed = SqlLogStore(open_engine(url)), FileLastSigned(folder)
process = Process(store, last_signed, lambda: time.time_ns() // 1_000_000).start()
print("ready", flush=True)
while not (folder.parent / "go").exists():
    time.sleep(0.001)
waiting = []
for number in range(count):
    calls = [submission(f"{name}-{number}-{i}", f"t{number % 5}") for i in range(1 + number % 3)]
    waiting.append(process.sequencer.submit(calls))
    if len(waiting) == 4:
        for receipt in of_batch(IDENTITY, waiting.pop(0).result(60)):
            sys.stdout.write(encode(receipt).decode() + "\\n")
        sys.stdout.flush()
for answer in waiting:
    for receipt in of_batch(IDENTITY, answer.result(60)):
        sys.stdout.write(encode(receipt).decode() + "\\n")
sys.stdout.flush()
"""


def poster(url: str, folder: Path, name: str, count: int, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", POSTER, url, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload, no-any-return]


def test_two_processes_append_to_one_log(
    engine: Engine, database_url: str, last_signed: FileLastSigned, tmp_path: Path
) -> None:
    store = SqlLogStore(engine)
    store.create(RECORD)
    posters = [poster(database_url, tmp_path / "last_signed", name, 60) for name in "xy"]
    for process in posters:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    (tmp_path / "go").touch()
    outputs = [process.communicate(timeout=120)[0] for process in posters]
    assert [process.returncode for process in posters] == [0, 0]
    receipts = [parse_receipt(line.encode()) for output in outputs for line in output.splitlines()]
    assert sorted(receipt.index for receipt in receipts) == list(range(240))
    check_whole_log(store, last_signed, receipts)
    owners = [
        json.loads(receipt.entry)["statement"]["event"][0]
        for receipt in sorted(receipts, key=lambda r: r.index)
    ]
    assert sum(a != b for a, b in pairwise(owners)) > 3, "they did take turns"


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.full)])
def test_killed_under_load_nothing_acknowledged_is_lost(
    engine: Engine, database_url: str, last_signed: FileLastSigned, tmp_path: Path, kills: int
) -> None:
    store = SqlLogStore(engine)
    store.create(RECORD)
    receipts = []
    (tmp_path / "go").touch()
    for life in range(kills):
        process = poster(database_url, tmp_path / "last_signed", f"life{life}", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        lines = [process.stdout.readline() for _ in range(20)]
        time.sleep(0.01 * (life % 7))
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().splitlines()
        process.wait(30)
        receipts += [parse_receipt(line.encode()) for line in lines if line.strip().endswith("}")]
        started = Process(store, last_signed).start()  # start-up is the recovery
        assert started.sequencer.halted is None
        check_whole_log(store, last_signed, receipts)
        started.sequencer.stop()
    assert len({receipt.index for receipt in receipts}) == len(receipts) >= 20 * kills
