"""Paging through any combination of conditions, against the plain filter it must equal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from service.lookup import search
from service.lookup.search import _Condition, _walk


def _condition(members: frozenset[int]) -> _Condition:
    def listed(first: int, last: int, count: int, *, newest: bool) -> Sequence[int]:
        found = sorted((each for each in members if first <= each <= last), reverse=newest)
        return found[:count]

    def among(indexes: Sequence[int]) -> Collection[int]:
        return members & frozenset(indexes)

    return _Condition(listed, among)


_INDEXES = st.frozensets(st.integers(0, 40))


@given(
    conditions=st.lists(_INDEXES, max_size=3),
    bounds=st.tuples(st.integers(0, 45), st.integers(-1, 45)),
    limit=st.integers(1, 7),
    newest=st.booleans(),
    window=st.integers(1, 6),
    most=st.integers(1, 12),
)
def test_pages_join_to_the_plain_filter(
    conditions: list[frozenset[int]],
    bounds: tuple[int, int],
    limit: int,
    newest: bool,
    window: int,
    most: int,
) -> None:
    first, last = bounds
    kept = set(range(first, last + 1)).intersection(*conditions)
    walk = partial(_walk, [_condition(each) for each in conditions], limit=limit, newest=newest)
    before = search._WINDOW, search._EXAMINED_AT_MOST
    search._WINDOW, search._EXAMINED_AT_MOST = window, most
    try:
        joined: list[int] = []
        while True:
            page, following = walk(first=first, last=last)
            assert len(page) <= limit
            joined += page
            if following is None:
                break
            assert following < last + 1 if newest else following > first
            first, last = (first, following - 1) if newest else (following, last)
    finally:
        search._WINDOW, search._EXAMINED_AT_MOST = before
    assert joined == sorted(kept, reverse=newest)
