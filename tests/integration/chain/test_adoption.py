"""`tally log adopt`: a lost LastSigned, and an older database that must not pass for the signed one."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.bootstrap.access import identity_of
from service.bootstrap.operations import Operations, chosen_settings, open_operations
from service.core import receipt
from service.log.errors import LogHalted
from service.log.receipts import assemble
from tests.integration.chain.conftest import LOCAL, Tally
from tests.integration.chain.test_commands import append_one


@contextmanager
def opened(data: Path) -> Iterator[Operations]:
    with open_operations(chosen_settings(data=data, chain=LOCAL)) as operations:
        yield operations


def append(operations: Operations, event: str) -> bytes:
    """Append an event; its receipt."""
    record = operations.record("kaka")
    append_one(operations, record, event)
    reader = operations.reader(record)
    return receipt.format(assemble(reader, operations.anchors, identity_of(record), reader.size() - 1))


def anchor(operations: Operations) -> None:
    assert operations.anchor_now(30, lambda *_: None) == []


def backup(data: Path) -> Path:
    """A copy of the database, taken while it is in use."""
    copy = data / "copy.db"
    with closing(sqlite3.connect(data / "tallystick.db")) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def restore(data: Path, copy: Path) -> None:
    """The backup in the database's place, on a machine that never had LastSigned."""
    for name in ("tallystick.db-wal", "tallystick.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copy(copy, data / "tallystick.db")
    shutil.rmtree(data / "last_signed")


def signed_size(operations: Operations) -> int:
    return operations.reader(operations.record("kaka")).size()


def test_a_lost_file_is_rebuilt(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:
        log = operations.record("kaka").log_id
        held = tmp_path / "held.json"
        held.write_bytes(append(operations, "e1"))
        anchor(operations)
        append(operations, "e2")
        assert "is there" in tally("log", "adopt", "kaka", "--yes")[2]
        (tmp_path / "last_signed" / log.hex()).unlink()
        with pytest.raises(LogHalted, match="tally log adopt"):
            append(operations, "e3")
        # A file that is no checkpoint of this log helps nobody, and stops it.
        stranger = tmp_path / "stranger.json"
        stranger.write_text("{}")
        code, _, err = tally("log", "adopt", "kaka", "--yes", "--known", str(stranger))
        assert (code, "neither a receipt nor a signed checkpoint" in err) == (1, True)
        assert not (tmp_path / "last_signed" / log.hex()).exists()

        code, out, err = tally("log", "adopt", "kaka", "--yes", "--known", str(held))
        assert (code, "is size 2; restart" in out) == (0, True)
        assert "WHAT CANNOT BE KNOWN" in err
        assert "The registry has 1 entries" in err
        append(operations, "e3")
        assert signed_size(operations) == 3


def test_an_older_copy_is_refused_where_the_registry_has_more(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:
        append(operations, "e1")
        copy = backup(tmp_path)
        append(operations, "e2")
        anchor(operations)
    restore(tmp_path, copy)
    with opened(tmp_path) as operations:
        code, _, err = tally("log", "adopt", "kaka", "--yes")
        assert code == 1
        assert "ends at size 1, but the registry has size 2" in err
        assert not (tmp_path / "last_signed").exists()
        with pytest.raises(LogHalted):
            append(operations, "e3")
        # What is left: seal it. Then its history may be read again, for nothing can fork it any more.
        assert tally("log", "seal", "kaka", "--yes")[0] == 0
        assert operations.room.contract.log_info(operations.record("kaka").log_id).is_sealed
        code, _, err = tally("log", "adopt", "kaka", "--yes")
        assert (code, "nothing can fork it" in err) == (0, True)
        assert signed_size(operations) == 1
        with pytest.raises(LogHalted, match="sealed"):
            append(operations, "e3")


def test_an_older_copy_is_refused_where_a_receipt_has_more(tally: Tally, tmp_path: Path) -> None:
    tally("log", "open", "kaka")
    with opened(tmp_path) as operations:
        append(operations, "e1")
        copy = backup(tmp_path)
        held = tmp_path / "held.receipt.json"
        held.write_bytes(append(operations, "e2"))
    restore(tmp_path, copy)
    with opened(tmp_path) as operations:
        code, _, err = tally("log", "adopt", "kaka", "--yes", "--known", str(held))
        assert code == 1
        assert "ends at size 1, but" in err
        assert not (tmp_path / "last_signed").exists()
        # Its promises can still be kept: sealed, adopted, anchored.
        code, _, err = tally("log", "seal", "kaka", "--yes")
        assert (code, "run tally log adopt kaka" in err) == (1, True)
        assert tally("log", "adopt", "kaka", "--yes", "--known", str(held))[0] == 0
        assert tally("log", "seal", "kaka", "--yes")[0] == 1
        anchor(operations)
        assert tally("log", "seal", "kaka", "--yes")[0] == 0
        assert json.loads(tally("log", "status", "kaka", "--json")[1])["final"] == 1
