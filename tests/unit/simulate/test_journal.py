"""The journal dates every trade once."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.simulate.journal import Journal, JournalDamaged


def test_a_date_given_once_holds(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.jsonl"
    with Journal(path) as journal:
        assert journal.start("kaka", 0) is None
        assert journal.begin("kaka", 0, 1_000) == 1_000
        assert journal.begin("kaka", 0, 2_000) == 1_000
        assert journal.begin("bendi", 0, 3_000) == 3_000
    with Journal(path) as again:
        assert again.start("kaka", 0) == 1_000
        assert again.start("bendi", 0) == 3_000
        assert again.start("kaka", 1) is None


def test_a_line_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('["kaka", 0, 1000]\n["kaka", 1, 20')
    with Journal(path) as journal:
        assert journal.start("kaka", 0) == 1_000
        assert journal.start("kaka", 1) is None
        journal.begin("kaka", 1, 2_500)
    assert path.read_text() == '["kaka", 0, 1000]\n["kaka", 1, 2500]\n'


@pytest.mark.parametrize("line", ["{}", "[1]", '["kaka", "x", 1]', "nonsense"])
def test_another_file_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(JournalDamaged, match="line 1"):
        Journal(path)
