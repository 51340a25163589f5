"""API keys: shape, authentication, revocation, the cache."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.api_keys import ApiKeys, fingerprint, mint, well_formed
from service.access.errors import ApiKeyUnknown, NotAuthenticated
from service.access.ports import ApiKeyId
from tests.unit.access.fakes import MemoryStore, Times

PEPPER = bytes(range(32))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def keys(store: MemoryStore, times: Times) -> ApiKeys:
    return ApiKeys(store, PEPPER, clock_ms=times.ms, monotonic=times.monotonic, random=os.urandom)


@given(st.binary(min_size=32, max_size=32))
def test_minted_keys_are_well_formed(seed: bytes) -> None:
    token = mint("live", lambda n: seed[:n])
    assert well_formed(token)
    assert token.startswith("tally_live_")
    assert len(token) == len("tally_live_") + 38


def test_any_changed_character_is_refused_without_a_lookup(keys: ApiKeys, store: MemoryStore) -> None:
    _, token = keys.create("kaka", "live", "platform", "")
    for place in range(len("tally_live_"), len(token)):
        other = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
        with pytest.raises(NotAuthenticated):
            keys.authenticate(other)
    assert store.lookups == 0


def test_only_the_fingerprint_is_stored(keys: ApiKeys, store: MemoryStore) -> None:
    key, token = keys.create("kaka", "test", "platform", "shop")
    assert token.startswith("tally_test_")
    assert store.rows == [key]
    assert key.fingerprint == fingerprint(PEPPER, token)
    assert token not in repr(store.rows)


def test_a_key_authenticates_its_platform_and_mode(keys: ApiKeys) -> None:
    key, token = keys.create("xianka", "test", "platform", "")
    principal = keys.authenticate(token)
    assert (principal.platform, principal.mode, principal.role, principal.key_id) == (
        "xianka",
        "test",
        "platform",
        key.id,
    )


def test_another_pepper_knows_no_key(keys: ApiKeys, store: MemoryStore, times: Times) -> None:
    _, token = keys.create("kaka", "live", "platform", "")
    other = ApiKeys(store, bytes(32), clock_ms=times.ms, monotonic=times.monotonic, random=os.urandom)
    with pytest.raises(NotAuthenticated):
        other.authenticate(token)


def test_the_cache_spares_lookups_for_five_seconds(keys: ApiKeys, store: MemoryStore, times: Times) -> None:
    _, token = keys.create("kaka", "live", "platform", "")
    assert keys.cached(token) is None
    for _ in range(3):
        keys.authenticate(token)
    assert store.lookups == 1
    assert keys.cached(token) is not None
    times.seconds += 5.1
    assert keys.cached(token) is None
    keys.authenticate(token)
    assert store.lookups == 2


def test_a_revoked_key_stops_at_once_here_and_within_five_seconds_elsewhere(
    keys: ApiKeys, store: MemoryStore, times: Times
) -> None:
    elsewhere = ApiKeys(store, PEPPER, clock_ms=times.ms, monotonic=times.monotonic, random=os.urandom)
    key, token = keys.create("kaka", "live", "platform", "")
    keys.authenticate(token)
    elsewhere.authenticate(token)
    revoked = keys.revoke(key.id)
    assert revoked.revoked_at == times.ms()
    with pytest.raises(NotAuthenticated):
        keys.authenticate(token)
    elsewhere.authenticate(token)
    times.seconds += 5.1
    with pytest.raises(NotAuthenticated):
        elsewhere.authenticate(token)


def test_revoking_an_unknown_key_says_so(keys: ApiKeys) -> None:
    with pytest.raises(ApiKeyUnknown):
        keys.revoke(ApiKeyId("key_none"))


def test_the_cache_is_bounded(keys: ApiKeys) -> None:
    tokens = [keys.create("kaka", "live", "platform", "")[1] for _ in range(1030)]
    for token in tokens:
        keys.authenticate(token)
    assert sum(keys.cached(token) is not None for token in tokens) == 1024
