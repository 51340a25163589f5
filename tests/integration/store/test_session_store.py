"""Sessions in real databases."""

from __future__ import annotations

from sqlalchemy import Engine

from service.access.ports import ApiKey, ApiKeyId, Session
from service.store.access_store import SqlAccessStore
from service.store.session_store import SqlSessionStore

KEY = ApiKey(ApiKeyId("key_1"), "kaka", "live", "platform", "", b"f" * 32, 1)


def test_a_session_comes_with_its_key_as_it_now_stands(engine: Engine) -> None:
    keys, store = SqlAccessStore(engine), SqlSessionStore(engine)
    keys.add_api_key(KEY)
    session = Session(b"a" * 32, KEY.id, 1, 1000, 1)
    store.add_session(session, 1)
    assert store.session(b"a" * 32) == (session, KEY)
    assert store.session(b"b" * 32) is None
    keys.revoke_api_key(KEY.id, 5)
    found = store.session(b"a" * 32)
    assert found is not None
    assert found[1].revoked_at == 5


def test_a_request_is_noted_and_never_moved_back(engine: Engine) -> None:
    keys, store = SqlAccessStore(engine), SqlSessionStore(engine)
    keys.add_api_key(KEY)
    store.add_session(Session(b"a" * 32, KEY.id, 1, 1000, 1), 1)
    for at in (7, 5):
        store.seen(b"a" * 32, at)
    found = store.session(b"a" * 32)
    assert found is not None
    assert found[0].seen_at == 7


def test_ended_sessions_go(engine: Engine) -> None:
    keys, store = SqlAccessStore(engine), SqlSessionStore(engine)
    keys.add_api_key(KEY)
    store.add_session(Session(b"a" * 32, KEY.id, 1, 10, 1), 1)
    store.add_session(Session(b"b" * 32, KEY.id, 1, 30, 1), 10)
    assert store.session(b"a" * 32) is None
    store.end_session(b"b" * 32)
    store.end_session(b"b" * 32)
    assert store.session(b"b" * 32) is None
