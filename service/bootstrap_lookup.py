"""The lookup index over the service's database, under a key of the data folder."""

from __future__ import annotations

from sqlalchemy import Engine

from service.lookup.facets import FacetKey
from service.lookup.index import LookupIndex
from service.store.keyfiles import KeyFiles
from service.store.lookup_store import SqlLookupStore


def open_index(engine: Engine, keys: KeyFiles) -> LookupIndex:
    """The index: to be added to the follower, and to whoever forgets erased claims."""
    return LookupIndex(SqlLookupStore(engine), FacetKey(keys.secret("lookup")))
