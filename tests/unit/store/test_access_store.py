"""API keys and signers in a real SQLite file, migrated as the service migrates it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import IntegrityError

from service.access.ports import ApiKey, ApiKeyId, Signer
from service.store import access_tables
from service.store.access_store import SqlAccessStore
from service.store.engine import migrate, open_engine, sqlite_url


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    url = sqlite_url(tmp_path / "t.db")
    migrate(url)
    engine = open_engine(url, connections=2)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> SqlAccessStore:
    return SqlAccessStore(engine)


def key(number: int, platform: str = "kaka") -> ApiKey:
    fingerprint = bytes([number]) * 32
    return ApiKey(ApiKeyId(f"key_{number}"), platform, "live", "platform", "标签", fingerprint, number)


def test_keys_come_back_as_they_were_in_order(store: SqlAccessStore) -> None:
    keys = [key(3), key(1, "xianka"), key(2)]
    for one in keys:
        store.add_api_key(one)
    assert store.api_keys() == keys
    assert store.api_keys("kaka") == [keys[0], keys[2]]
    assert store.api_key_by_fingerprint(bytes([1]) * 32) == keys[1]
    assert store.api_key_by_fingerprint(bytes(32)) is None


def test_fingerprints_and_ids_are_unique(store: SqlAccessStore) -> None:
    store.add_api_key(key(1))
    with pytest.raises(IntegrityError):
        store.add_api_key(key(1))


def test_the_first_revocation_stays(store: SqlAccessStore) -> None:
    store.add_api_key(key(1))
    first = store.revoke_api_key(ApiKeyId("key_1"), 100)
    again = store.revoke_api_key(ApiKeyId("key_1"), 200)
    assert first is not None
    assert again is not None
    assert first.revoked_at == again.revoked_at == 100
    assert store.revoke_api_key(ApiKeyId("key_9"), 100) is None


def test_signers_are_one_row_a_role_and_keep_their_first_registration(store: SqlAccessStore) -> None:
    address = "0x" + "ab" * 20
    store.put_signer(Signer("kaka", address, "platform", 10, None, 10))
    store.put_signer(Signer("kaka", address, "guarantor", 20, 30, 20))
    store.put_signer(Signer("kaka", address, "platform", 11, 40, 99))
    store.put_signer(Signer("xianka", address, "platform", 1, None, 1))
    assert store.signers("kaka") == [
        Signer("kaka", address, "platform", 11, 40, 10),
        Signer("kaka", address, "guarantor", 20, 30, 20),
    ]


def test_the_migration_makes_the_tables_that_the_rows_declare(engine: Engine) -> None:
    for row in (access_tables.ApiKeyRow, access_tables.SignerRow):
        table = row.__table__  # type: ignore[attr-defined]
        made = {column["name"]: column for column in inspect(engine).get_columns(table.name)}
        assert set(made) == {column.name for column in table.columns}
        for column in table.columns:
            assert made[column.name]["nullable"] == column.nullable, column.name


def test_writers_wait_for_each_other(store: SqlAccessStore) -> None:
    """`put_signer` reads before it writes: without the write lock SQLite refuses one of two."""

    def register(writer: int) -> None:
        for number in range(25):
            store.put_signer(Signer("kaka", f"0x{writer:020x}{number:020x}", "platform", 1, None, 1))

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(register, writer) for writer in range(6)]:
            done.result()
    assert len(store.signers("kaka")) == 150
