"""Sessions: what ends them, and what is kept of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from service.access.api_keys import ApiKeys
from service.access.errors import NotAuthenticated, NotPermitted, TooManyAttempts
from service.access.limits import TRIES_A_MINUTE, WRONG_A_MINUTE, CodeBrake
from service.access.ports import ApiKey, Role, Session
from service.access.sessions import IDLE_MS, LIFE_MS, Sessions, form_is
from tests.unit.access.fakes import MemoryStore, Times
from tests.unit.access.share_fakes import PEPPER, MemoryShares

CALLER = b"c" * 16


class MemorySessions:
    """A SessionStore in memory beside the keys' store."""

    def __init__(self, keys: MemoryStore) -> None:
        self.keys = keys
        self.rows: dict[bytes, Session] = {}
        self.noted = 0

    def add_session(self, session: Session, now: int) -> None:
        self.rows = {key: each for key, each in self.rows.items() if each.expires_at > now}
        self.rows[session.token_print] = session

    def session(self, token_print: bytes) -> tuple[Session, ApiKey] | None:
        row = self.rows.get(token_print)
        key = next((each for each in self.keys.rows if row and each.id == row.key), None)
        return None if row is None or key is None else (row, key)

    def seen(self, token_print: bytes, at: int) -> None:
        self.noted += 1
        self.rows[token_print] = replace(self.rows[token_print], seen_at=at)

    def end_session(self, token_print: bytes) -> None:
        self.rows.pop(token_print, None)


@dataclass
class World:
    times: Times = field(default_factory=Times)
    store: MemoryStore = field(default_factory=MemoryStore)
    shares: MemoryShares = field(default_factory=MemoryShares)

    def __post_init__(self) -> None:
        counter = itertools.count(1)
        random = lambda n: next(counter).to_bytes(n, "big")  # noqa: E731
        self.keys = ApiKeys(
            self.store, PEPPER, clock_ms=self.times.ms, monotonic=self.times.monotonic, random=random
        )
        self.sessions_store = MemorySessions(self.store)
        self.brake = CodeBrake(self.shares, clock_ms=self.times.ms, purpose=b"session", together=False)
        self.sessions = Sessions(
            self.sessions_store, self.keys, self.brake, PEPPER, clock_ms=self.times.ms, random=random
        )

    def key(self, role: Role = "platform") -> tuple[ApiKey, str]:
        return self.keys.create("kaka", "test", role, "the shop's")

    def wait(self, ms: int) -> None:
        self.times.seconds += ms / 1000


@pytest.fixture
def world() -> World:
    return World()


def test_a_key_opens_a_session_that_knows_whose_it_is(world: World) -> None:
    key, token = world.key()
    session = world.sessions.sign_in(token, CALLER)
    found = world.sessions.signed_in(session.token)
    assert found is not None
    assert (found.principal.key_id, found.principal.platform, found.principal.mode) == (
        key.id,
        "kaka",
        "test",
    )
    assert found.label == "the shop's"
    assert found.expires_at == session.expires_at == world.times.ms() + LIFE_MS


def test_neither_key_nor_token_is_kept(world: World) -> None:
    _, token = world.key()
    session = world.sessions.sign_in(token, CALLER)
    kept = repr(world.sessions_store.rows)
    assert token not in kept
    assert session.token not in kept


def test_it_ends_after_twelve_hours_however_busy(world: World) -> None:
    session = world.sessions.sign_in(world.key()[1], CALLER)
    for _ in range(11):
        world.wait(3_600_000)
        assert world.sessions.signed_in(session.token) is not None
    world.wait(3_599_000)
    assert world.sessions.signed_in(session.token) is not None
    world.wait(1000)
    assert world.sessions.signed_in(session.token) is None


def test_it_ends_after_two_hours_without_a_request(world: World) -> None:
    session = world.sessions.sign_in(world.key()[1], CALLER)
    world.wait(IDLE_MS - 1000)
    assert world.sessions.signed_in(session.token) is not None
    world.wait(IDLE_MS)
    assert world.sessions.signed_in(session.token) is None


def test_a_page_that_asks_by_itself_keeps_nothing_alive(world: World) -> None:
    session = world.sessions.sign_in(world.key()[1], CALLER)
    for _ in range(23):
        world.wait(IDLE_MS // 24)
        assert world.sessions.signed_in(session.token, attended=False) is not None
    world.wait(IDLE_MS // 24)
    assert world.sessions.signed_in(session.token) is None


def test_requests_are_noted_once_a_minute(world: World) -> None:
    session = world.sessions.sign_in(world.key()[1], CALLER)
    for _ in range(24):
        world.wait(5_000)
        assert world.sessions.signed_in(session.token) is not None
    assert world.sessions_store.noted == 2


def test_revoking_its_key_ends_it_at_once(world: World) -> None:
    key, token = world.key()
    session = world.sessions.sign_in(token, CALLER)
    other = world.sessions.sign_in(world.key()[1], CALLER)
    world.store.revoke_api_key(key.id, world.times.ms())  # by another process: no cache is told
    assert world.sessions.signed_in(session.token) is None
    assert world.sessions.signed_in(other.token) is not None


def test_a_key_just_revoked_elsewhere_opens_none(world: World) -> None:
    key, token = world.key()
    world.keys.authenticate(token)
    world.store.revoke_api_key(key.id, world.times.ms())
    assert world.keys.cached(token) is not None
    with pytest.raises(NotAuthenticated):
        world.sessions.sign_in(token, CALLER)


def test_signing_out_ends_it(world: World) -> None:
    session = world.sessions.sign_in(world.key()[1], CALLER)
    world.sessions.sign_out(session.token)
    assert world.sessions.signed_in(session.token) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "../" * 14, "é" * 43])
def test_invented_tokens_are_nobodys(world: World, token: str) -> None:
    assert world.sessions.signed_in(token) is None


def test_the_operators_key_opens_none(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.sessions.sign_in(world.key("admin")[1], CALLER)
    assert world.sessions_store.rows == {}


def _unknown(number: int) -> str:
    return World().keys.create("kaka", "live", "platform", str(number))[1]


def _attempts(world: World, tokens: Sequence[str], caller: bytes = CALLER) -> None:
    for token in tokens:
        with pytest.raises(NotAuthenticated):
            world.sessions.sign_in(token, caller)


def test_wrong_keys_are_counted_by_caller_alone(world: World) -> None:
    _, token = world.key()
    _attempts(world, [_unknown(1)] * WRONG_A_MINUTE)
    with pytest.raises(TooManyAttempts) as refused:
        world.sessions.sign_in(token, CALLER)
    assert 0 < refused.value.retry_after <= 60
    for number in range(1, 11):  # others are not locked out, however many there were
        caller = bytes([number]) * 16
        _attempts(world, [_unknown(1)] * WRONG_A_MINUTE, caller)
    assert world.sessions.sign_in(token, b"z" * 16)
    world.wait(60_000)
    assert world.sessions.sign_in(token, CALLER)


def test_right_keys_are_bounded_too_but_count_for_nothing_as_wrong_ones(world: World) -> None:
    _, token = world.key()
    for _ in range(TRIES_A_MINUTE):
        world.sessions.sign_in(token, CALLER)
    with pytest.raises(TooManyAttempts):
        world.sessions.sign_in(token, CALLER)


def test_mistyped_keys_cost_nothing(world: World) -> None:
    _, token = world.key()
    _attempts(world, [token[:-1] + ("0" if token[-1] != "0" else "1")] * (WRONG_A_MINUTE + 1))
    assert world.shares.attempts == {}


def test_short_codes_and_keys_are_counted_apart(world: World) -> None:
    _attempts(world, [_unknown(1)] * WRONG_A_MINUTE)
    CodeBrake(world.shares, clock_ms=world.times.ms).admit(CALLER)


def test_every_session_has_a_form_secret_of_its_own(world: World) -> None:
    _, token = world.key()
    first, second = (world.sessions.signed_in(world.sessions.sign_in(token, CALLER).token) for _ in range(2))
    assert first is not None
    assert second is not None
    assert form_is(first, first.form)
    assert not form_is(first, second.form)
    assert not form_is(first, "")
    assert not form_is(first, "é\udce9")
