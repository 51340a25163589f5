"""The index of cases and the files of disputes, on both databases."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.disputes.case_ports import CaseFilter, IndexedCase, Quota
from service.disputes.errors import AttachmentsFull
from service.disputes.ports import Attachment
from service.store.attachment_store import SqlAttachmentStore
from service.store.dispute_store import SqlCaseIndex

LOG, OTHER_LOG = b"\x01" * 32, b"\x02" * 32
ROOMY = Quota(100, 50_000)
CASE = IndexedCase(
    log_id=LOG,
    dispute="d1",
    trade="t1",
    index=7,
    opened=1000,
    by="user",
    code="late",
    forum="platform",
    state="opened",
    open=True,
    due=5000,
    paused_until=None,
    answered=None,
    seen=7,
)


@pytest.fixture
def index(engine: Engine) -> SqlCaseIndex:
    return SqlCaseIndex(engine)


@pytest.fixture
def files(engine: Engine) -> SqlAttachmentStore:
    return SqlAttachmentStore(engine)


def file(content: bytes, dispute: str = "d1", by: str = "user", trade: str = "t1") -> Attachment:
    digest = sha256(content).digest()
    return Attachment(dispute, trade, digest, "image/png", len(content), "截图", by, 1000)


def test_what_has_seen_less_never_replaces_what_has_seen_more(index: SqlCaseIndex) -> None:
    answered = replace(CASE, state="answered", due=None, answered=2000, seen=9)
    index.put([answered])
    index.put([CASE])
    assert index.find(LOG, "d1") == answered
    decided = replace(answered, state="paid", open=False, seen=9)
    index.put([decided])
    assert index.find(LOG, "d1") == decided
    assert index.find(OTHER_LOG, "d1") is None


def test_a_dispute_id_belongs_to_the_trade_that_had_it_first(index: SqlCaseIndex) -> None:
    later = replace(CASE, trade="t2", index=8, seen=99)
    index.put([later])
    index.put([CASE])
    assert index.find(LOG, "d1") == CASE
    index.put([later])
    assert index.find(LOG, "d1") == CASE


def test_pages_and_filters(index: SqlCaseIndex) -> None:
    cases = [
        replace(
            CASE, dispute=f"d{n}", index=n, trade=f"t{n % 2}", open=n % 3 > 0, due=n * 10 if n % 3 else None
        )
        for n in range(9)
    ]
    index.put(cases)
    index.put([replace(CASE, log_id=OTHER_LOG)])
    assert index.page(LOG, CaseFilter(), 0, 4) == cases[:4]
    assert index.page(LOG, CaseFilter(), 4, 40) == cases[4:]
    assert [each.index for each in index.page(LOG, CaseFilter(trade="t1", open=True), 0, 9)] == [1, 5, 7]
    assert [each.index for each in index.page(LOG, CaseFilter(due_before=40), 0, 9)] == [1, 2]
    assert [each.index for each in index.page(LOG, CaseFilter(dispute="d3", open=False), 0, 9)] == [3]
    assert index.page(LOG, CaseFilter(state="paid"), 0, 9) == []
    assert [each.due for each in index.due_between(LOG, 10, 50, 9)] == [20, 40, 50]
    index.put([replace(CASE, dispute=f"same{n}", index=20 + n, due=60) for n in range(5)])
    assert [each.dispute for each in index.due_between(LOG, 50, 60, 2)] == ["same0", "same1"]
    assert [each.dispute for each in index.due_between(LOG, 60, 60, 9, "same1")] == [
        "same2",
        "same3",
        "same4",
    ]
    assert index.known(LOG, ["t0", "t1", "t2"]) == {"t0", "t1"}
    assert index.known(LOG, []) == frozenset()


def test_erased_claims_are_forgotten(index: SqlCaseIndex) -> None:
    index.put([CASE, replace(CASE, dispute="d2", index=8)])
    index.forget(LOG, 7, code=True)
    index.forget(LOG, 8, code=False)
    first, second = index.find(LOG, "d1"), index.find(LOG, "d2")
    assert first is not None
    assert second is not None
    assert (first.code, first.forum, second.code, second.forum) == (None, None, "late", None)


def test_a_file_is_kept_once_a_log_and_a_dispute(engine: Engine, files: SqlAttachmentStore) -> None:
    assert files.add(LOG, file(b"a"), b"a", ROOMY) == (file(b"a"), True)
    assert files.add(LOG, replace(file(b"a"), label="x"), b"a", ROOMY) == (file(b"a"), False)
    files.add(LOG, file(b"a", by="platform"), b"a", ROOMY)
    files.add(LOG, file(b"a", "d2"), b"a", ROOMY)
    files.add(OTHER_LOG, file(b"a"), b"a", ROOMY)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM attached_contents")).scalar() == 2
    assert files.of_trade(LOG, "t1") == [], "only what entries refer to counts"
    files.refer(LOG, "d1", [file(b"a").digest])
    assert files.of_trade(LOG, "t1") == [file(b"a")]
    assert [each.by for each in files.of_dispute(LOG, "d1")] == ["user", "platform"]
    assert [files.room(LOG, "d1", by) for by in ("user", "platform", "mediator")] == [
        Quota(1, 1),
        Quota(1, 1),
        Quota(0, 0),
    ]
    assert files.read(OTHER_LOG, sha256(b"b").digest()) is None


def test_content_goes_with_the_last_dispute_that_has_it(files: SqlAttachmentStore) -> None:
    digest = file(b"a").digest
    files.add(LOG, file(b"a"), b"a", ROOMY)
    files.add(LOG, file(b"a", "d2"), b"a", ROOMY)
    files.remove(LOG, "d1", digest)
    assert files.of_dispute(LOG, "d1") == []
    assert files.read(LOG, digest) == b"a"
    files.remove(LOG, "d2", digest)
    files.remove(LOG, "d2", digest)
    assert files.read(LOG, digest) is None


def test_files_are_unused_until_an_entry_names_them(files: SqlAttachmentStore) -> None:
    a, b, c = (file(content) for content in (b"a", b"b", b"c"))
    for each, content in ((a, b"a"), (b, b"b"), (c, b"c")):
        files.add(LOG, each, content, ROOMY)
    files.add(OTHER_LOG, a, b"a", ROOMY)
    assert files.unused(LOG, 1000, 9) == []
    assert files.unused(LOG, 1001, 2) == [a, b]
    files.refer(LOG, "d1", [a.digest])
    assert files.put_forward(LOG, "d1", [a.digest, b.digest, bytes(32)], 2000) == {a.digest, b.digest}
    assert files.put_forward(LOG, "d2", [a.digest], 2000) == set()
    assert files.unused(LOG, 2000, 9) == [c]
    assert files.unused(LOG, 9999, 9) == [c, b]
    # Handed in again it begins anew; what it was handed in as stays.
    assert files.add(LOG, replace(c, at=3000), b"c", ROOMY) == (c, False)
    for each in (a, b, c):
        assert not files.remove_unused(LOG, "d1", each.digest, 2000)
    assert files.read(LOG, c.digest) == b"c"
    assert files.remove_unused(LOG, "d1", b.digest, 2001)
    assert files.read(LOG, b.digest) is None
    assert files.of_dispute(LOG, "d1") == [a, c]


@pytest.mark.parametrize("quota", [Quota(3, 1000), Quota(100, 35)])
def test_uploads_at_once_stay_within_the_quota(
    index: SqlCaseIndex, files: SqlAttachmentStore, quota: Quota
) -> None:
    index.put([CASE])

    def add(number: int) -> bool:
        content = bytes([number]) * 10
        try:
            return files.add(LOG, file(content), content, quota)[1]
        except AttachmentsFull:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == 3
    assert files.room(LOG, "d1", "user") == Quota(3, 30)
    # The other side's room is its own.
    for number in range(3):
        other = bytes([number]) * 10
        assert files.add(LOG, replace(file(other), by="platform"), other, quota)[1]
    assert files.room(LOG, "d1", "platform") == Quota(3, 30)


def test_removed_content_is_overwritten(engine: Engine, files: SqlAttachmentStore) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL leaves old rows to its vacuum and to the disk's encryption")
    content = os.urandom(40_000)
    files.add(LOG, file(content), content, ROOMY)
    files.remove(LOG, "d1", file(content).digest)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = Path(str(engine.url.database)).parent
    assert not any(content[:32] in each.read_bytes() for each in folder.iterdir() if each.is_file())
