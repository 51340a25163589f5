"""The reference for ingest: the same rows, written by nothing but SQLite's own bulk insert."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_BATCH = 1000


def bare_insert_rate(database: Path, folder: Path, limit: int) -> float:
    """Rows a second of a bare bulk insert of the log's entries.

    Takes up to `limit` rows of `entries` from the service's database with that table's and its indexes'
    definitions, and inserts them into a new file: WAL, fsync on, 1,000 rows a transaction, one thread.
    """
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    definitions = source.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'entries' AND sql IS NOT NULL ORDER BY type DESC"
    ).fetchall()
    rows = source.execute("SELECT * FROM entries ORDER BY log, idx LIMIT ?", (limit,)).fetchall()
    source.close()
    target = sqlite3.connect(folder / "bare.db", isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    for (definition,) in definitions:
        target.execute(definition)
    marks = ", ".join("?" * len(rows[0]))
    started = time.perf_counter()
    for start in range(0, len(rows), _BATCH):
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT INTO entries VALUES ({marks})", rows[start : start + _BATCH])  # noqa: S608
        target.execute("COMMIT")
    elapsed = time.perf_counter() - started
    target.close()
    return len(rows) / elapsed
