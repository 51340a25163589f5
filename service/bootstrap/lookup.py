"""The lookup index over the service's database, under a key of the data folder."""

from __future__ import annotations

from sqlalchemy import Engine

from service.lookup.facets import FacetKey
from service.lookup.index import LookupIndex
from service.lookup.search import Search
from service.store.keyfiles import KeyFiles
from service.store.lookup_store import SqlCursorStore, SqlLookupStore


def open_index(engine: Engine, keys: KeyFiles) -> LookupIndex:
    """The index: to be added to the follower, and to whoever forgets erased claims."""
    return LookupIndex(SqlLookupStore(engine), _key(keys))


def open_search(engine: Engine, keys: KeyFiles) -> Search:
    """What answers lookups over the same tables."""
    return Search(SqlLookupStore(engine), SqlCursorStore(engine), _key(keys))


def _key(keys: KeyFiles) -> FacetKey:
    return FacetKey(keys.secret("lookup"))
