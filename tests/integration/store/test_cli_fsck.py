"""`tally fsck` on a data folder and on PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from service.cli.fsck import command
from service.cli.main import run
from service.store.last_signed import FileLastSigned
from service.store.log_store import SqlLogStore
from tests.unit.log.whole_log import RECORD, Process, batches


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> Path:
    """A data folder with a log of 600 entries (on PostgreSQL, only its LastSigned)."""
    store = SqlLogStore(engine)
    store.create(RECORD)
    process = Process(store, FileLastSigned(tmp_path / "last_signed")).start()
    for batch in batches([f"e{number}" for number in range(600)], 150):
        process.post(*batch)
    process.sequencer.stop()
    return tmp_path


def fsck(data: Path, url: str, *options: str) -> tuple[int, str]:
    arguments = ["--data", str(data), *options]
    if not url.startswith("sqlite"):
        arguments += ["--database", url]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.exception
    return int(result.return_value), result.output


@pytest.mark.parametrize("options", [(), ("--deep",), ("--log", "kaka")])
def test_a_good_log_is_clean(log: Path, database_url: str, options: tuple[str, ...]) -> None:
    code, output = fsck(log, database_url, *options)
    assert code == 0
    assert "no violations" in output
    assert "600 entries" in output


def test_violations_are_listed_with_their_index(log: Path, database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE entries SET seq = 9 WHERE idx = 41"))
    code, output = fsck(log, database_url)
    assert code == 1
    assert "row_differs at index 41" in output
    code, output = fsck(log, database_url, "--json")
    document = json.loads(output)
    assert code == 1
    assert document["clean"] is False
    (result,) = document["logs"]
    assert result["entries"] == 600
    assert {"code": "row_differs", "index": 41}.items() <= result["violations"][0].items()


def test_what_is_not_there_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fsck", "--data", str(tmp_path / "nothing")]) == 3
    assert not (tmp_path / "nothing").exists(), "looking makes nothing"
    (tmp_path / "tallystick.db").write_bytes(b"")
    assert run(["fsck", "--data", str(tmp_path)]) == 3
    (tmp_path / "tallystick.db").write_bytes(b"not a database at all" * 100)
    assert run(["fsck", "--data", str(tmp_path)]) == 3


def test_a_log_that_does_not_exist_is_a_usage_error(log: Path, database_url: str) -> None:
    arguments = ["fsck", "--data", str(log), "--log", "nobody"]
    if not database_url.startswith("sqlite"):
        arguments += ["--database", database_url]
    assert run(arguments) == 3
