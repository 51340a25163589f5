"""The lookup index on both databases: what is found, by which plan, how fast; and what is forgotten."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from sqlalchemy import Engine, text

from service.core.disclosure import make, new_salt
from service.log.ports import StoredEntry
from service.lookup.index import LookupIndex
from service.lookup.ports import Facet, FacetKind
from service.lookup.search import Question, Search
from service.store.log_rows import ENTRY, entry_values
from service.store.log_store import SqlLogStore
from service.store.lookup_store import SqlCursorStore, SqlLookupStore
from service.store.reading import Reading
from tests.integration.store.log_of_rows import A_TRADE, EVERYBODY, KEY, STEP_MS, RowLog, card, fill
from tests.unit.log.whole_log import IDENTITY, RECORD

LOG_ID = IDENTITY.log_id
PLAIN = 50_000


def _search(engine: Engine) -> Search:
    return Search(SqlLookupStore(engine), SqlCursorStore(engine), KEY)


def _card(trade: int) -> Facet:
    return Facet(FacetKind.FINGERPRINT, card(trade))


def _questions(count: int) -> list[tuple[Question, int]]:
    """Questions of every kind, each with how many entries the whole answer has (capped at a page)."""
    trade = count // A_TRADE // 2
    everybody = KEY.payee(LOG_ID, EVERYBODY)
    middle = count // 2 * STEP_MS
    return [
        (Question(), 100),
        (Question(trade=f"t{trade}"), A_TRADE),
        (Question(event=f"e{count - 1}"), 1),
        (Question(leaf=str(count - 1).rjust(32, "0").encode()), 1),
        (Question(type="payout"), 100),
        (Question(type="dispute_opened"), 0),
        (Question(facets=(_card(trade),)), 2),
        (Question(facets=(everybody,)), 100),
        (Question(facets=(everybody,), type="payout"), 100),
        (Question(facets=(everybody,), type="quote"), 0),
        (Question(facets=(everybody, _card(trade))), 0),
        (Question(trade=f"t{trade}", type="quote", facets=(_card(trade),)), 1),
        (Question(since=middle, before=middle + 5 * STEP_MS), 5),
        (Question(type="acceptance", since=middle, before=middle + 20 * STEP_MS), 2),
        (Question(trade=f"t{trade}", since=count * STEP_MS), 0),
    ]


def _answer(search: Search, log: RowLog, question: Question, newest: bool) -> list[int]:
    """The whole first page: short pages are followed."""
    position, found = None, []
    while True:
        page = search.find(log, question, position, 100 - len(found), newest=newest)
        found += [entry.index for entry in page.entries]
        position = page.following
        if position is None or len(found) >= 100:
            return found


def _explained(engine: Engine, queries: Sequence[tuple[str, Sequence[Any]]]) -> str:
    reading = Reading(engine)
    prefix = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    lines = []
    for query, values in queries:
        lines += [str(row[-1]) for row in reading.all(prefix + query, *values)]
    return "\n".join(lines)


def test_every_question_is_answered_from_indexes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fill(engine, PLAIN)
    search = _search(engine)
    queries: dict[str, Sequence[Any]] = {}
    reading_all = Reading.all

    def recorded(self: Reading, query: str, *values: object) -> Any:
        queries[query] = values
        return reading_all(self, query, *values)

    monkeypatch.setattr(Reading, "all", recorded)
    for question, count in _questions(PLAIN):
        for newest in (False, True):
            found = _answer(search, log, question, newest)
            assert len(found) == count, question
            assert all(a > b if newest else a < b for a, b in pairwise(found)), question
    monkeypatch.undo()
    del queries["SELECT handler, log_id, following FROM follower_cursors"]  # a row a handler and log
    del queries["SELECT number FROM logs WHERE log_id = ?"]
    assert len(queries) > 10
    plan = _explained(engine, list(queries.items()))
    if engine.dialect.name == "sqlite":
        scans = [line for line in plan.splitlines() if "SCAN" in line and "json_each" not in line]
        assert scans == [], plan
        assert "TEMP B-TREE" not in plan, plan
    else:
        assert "Seq Scan" not in plan, plan
        assert "Sort" not in plan, plan


@pytest.mark.full
def test_a_million_entries_are_searched_in_milliseconds(engine: Engine) -> None:
    count = 1_000_000
    log, search = fill(engine, count), _search(engine)
    seconds: dict[Any, list[float]] = defaultdict(list)
    for _ in range(20):
        for question, _count in _questions(count):
            started = time.perf_counter()
            search.find(log, question, None, 100, newest=True)
            seconds[question].append(time.perf_counter() - started)
    # The median of each: what the question costs, and not what else the machine had to do.
    usual = {question: median(each) for question, each in seconds.items()}
    assert max(usual.values()) < 0.1, usual


def _entry(index: int, disclosures: tuple[str, ...] | None) -> StoredEntry:
    return StoredEntry(
        index,
        bytes([index]) * 32,
        f"e{index}",
        "t",
        index,
        "channel_change",
        index,
        bytes(32),
        b"{}",
        disclosures,
    )


def _disclosed(name: str, value: str) -> str:
    return make(new_salt(bytes(16)), name, value)


@pytest.fixture
def log(engine: Engine) -> RowLog:
    """Two entries, each with a payee and a channel; not indexed yet."""
    store = SqlLogStore(engine)
    store.create(RECORD)
    columns = ["log", *ENTRY.split(", ")]
    marks = ", ".join(f":{column}" for column in columns)
    with engine.begin() as connection:
        for index in range(2):
            disclosures = (_disclosed("payee", EVERYBODY), _disclosed("channel", "bank"))
            values = dict(zip(columns, entry_values(1, _entry(index, disclosures)), strict=True))
            connection.execute(text(f"INSERT INTO entries ({', '.join(columns)}) VALUES ({marks})"), values)
    return RowLog(store, 2)


def _erase(engine: Engine, index: int, kept: str | None) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE entries SET disclosures = :kept, erased_at = 1 WHERE idx = :idx"),
            {"kept": kept, "idx": index},
        )


def _paid(engine: Engine) -> Sequence[int]:
    facet = KEY.payee(LOG_ID, EVERYBODY)
    return SqlLookupStore(engine).with_facet(LOG_ID, facet, 0, 99, 99, newest=False)


def test_indexing_again_changes_nothing(engine: Engine, log: RowLog) -> None:
    index = LookupIndex(SqlLookupStore(engine), KEY)
    entries = log.store.entries(LOG_ID, 0, 2)
    for _ in range(2):
        index.handle(log, entries)
        assert _paid(engine) == [0, 1]
    assert [each.index for each in index.entries_of_type(LOG_ID, "channel_change", 5)] == [1, 0]


def test_erased_claims_are_forgotten_and_others_stay(engine: Engine, log: RowLog) -> None:
    index = LookupIndex(SqlLookupStore(engine), KEY)
    index.handle(log, log.store.entries(LOG_ID, 0, 2))
    _erase(engine, 0, _disclosed("channel", "bank"))
    index.forget(LOG_ID, 0, frozenset({"payee"}))
    assert _paid(engine) == [1]
    _erase(engine, 1, _disclosed("payee", EVERYBODY))
    index.forget(LOG_ID, 1, frozenset({"channel"}))
    assert _paid(engine) == [1]
    _erase(engine, 1, None)
    index.forget(LOG_ID, 1, None)
    index.forget(LOG_ID, 1, None)
    index.forget(LOG_ID, 77, None)
    assert _paid(engine) == []
    assert len(index.entries_of_type(LOG_ID, "channel_change", 5)) == 2


def test_what_was_erased_between_reading_and_indexing_is_not_indexed(engine: Engine, log: RowLog) -> None:
    index = LookupIndex(SqlLookupStore(engine), KEY)
    read = log.store.entries(LOG_ID, 0, 2)
    _erase(engine, 0, None)
    index.forget(LOG_ID, 0, None)
    index.handle(log, read)
    assert _paid(engine) == [1]


def test_an_erasure_under_way_is_waited_for(engine: Engine, log: RowLog) -> None:
    index = LookupIndex(SqlLookupStore(engine), KEY)
    read = log.store.entries(LOG_ID, 0, 2)
    indexing = threading.Thread(target=index.handle, args=(log, read))
    with engine.connect().execution_options(immediate=True) as erasing, erasing.begin():
        erasing.execute(text("UPDATE entries SET disclosures = NULL, erased_at = 1 WHERE idx = 0"))
        indexing.start()
        indexing.join(0.3)
        assert indexing.is_alive()
    indexing.join(10)
    assert _paid(engine) == [1]


def test_cards_of_trades_in_order_of_arrival(engine: Engine) -> None:
    fill(engine, 100)
    index = LookupIndex(SqlLookupStore(engine), KEY)
    facet = KEY.fingerprint(LOG_ID, "platform", "0xaa")
    with engine.begin() as connection:
        for at in (71, 75, 3, 40):
            connection.execute(
                text("INSERT INTO facets (log, kind, value, idx) VALUES (1, 1, :value, :idx)"),
                {"value": facet.value, "idx": at},
            )
    assert index.trades_of_card(LOG_ID, "platform", "0xaa", 10) == ["t0", "t4", "t7"]
    assert index.trades_of_card(LOG_ID, "platform", "0xaa", 2) == ["t0", "t4"]
    assert index.trades_of_card(LOG_ID, "operator", "0xaa", 2) == []


def test_cursors_move_only_from_where_they_stand(engine: Engine) -> None:
    cursors = SqlCursorStore(engine)
    assert cursors.cursors() == {}
    assert not cursors.advance("h", LOG_ID, 3, 5)
    assert cursors.advance("h", LOG_ID, 0, 3)
    assert not cursors.advance("h", LOG_ID, 0, 2)
    assert cursors.advance("h", LOG_ID, 3, 5)
    assert not cursors.advance("h", LOG_ID, 3, 4)
    assert cursors.cursors() == {("h", LOG_ID): 5}
