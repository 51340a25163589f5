"""Time stamps against a real authority (openssl) on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.anchoring.timestamping import AuthorityUnavailable, Stamper
from service.chain.time_stamp_authority import HttpAuthority
from service.core import timestamp
from service.core.errors import FormatError, VerificationError
from service.store.timestamp_store import SqlStampStore
from tests.reference.authority import NEEDED, OPENSSL, Authority, served

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=NEEDED)

NOTE = "tallystick.local/logs/kaka\n12\nAAAA=\n\n— sig\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "b", "Stranger")


def test_a_stamp_says_when_and_by_whom(authority: Authority) -> None:
    response = authority.stamp(NOTE.encode())
    stamped = timestamp.verify(response, NOTE.encode(), timestamp.read_roots(authority.ca))
    assert stamped == timestamp.read(response)
    assert stamped.authority == "CN=Test Time Stamping,O=Test,C=CN"
    assert stamped.policy == "1.3.6.1.4.1.13762.3"
    assert stamped.accuracy == 1500


def test_another_message_another_root_and_no_root_are_refused(
    authority: Authority, stranger: Authority
) -> None:
    response = authority.stamp(NOTE.encode())
    roots = timestamp.read_roots(authority.ca)
    for message, trusted in (
        (NOTE.encode() + b"\n", roots),
        (NOTE.encode(), timestamp.read_roots(stranger.ca)),
        (NOTE.encode(), []),
    ):
        with pytest.raises(VerificationError):
            timestamp.verify(response, message, trusted)


def test_no_changed_byte_changes_what_a_stamp_says(authority: Authority) -> None:
    """Some bytes are signed by nobody (versions, algorithm names): those may change, the facts may not."""
    response = authority.stamp(NOTE.encode())
    roots = timestamp.read_roots(authority.ca)
    genuine = timestamp.read(response)
    for place in range(0, len(response), 3):
        changed = bytearray(response)
        changed[place] ^= 0x41
        try:
            assert timestamp.verify(bytes(changed), NOTE.encode(), roots) == genuine
        except (FormatError, VerificationError):
            continue


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"\x00" * 100, b"x" * (64 * 1024 + 1)])
def test_what_is_no_stamp_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(FormatError):
        timestamp.read(data)


def test_what_is_no_certificate_is_said_to_be_none() -> None:
    for data in (b"", b"-----BEGIN CERTIFICATE-----\nxx\n", b"\x30\x00"):
        with pytest.raises(FormatError):
            timestamp.read_roots(data)


def test_the_client_checks_nonce_status_and_length(authority: Authority) -> None:
    with served(authority.answer) as url:
        response = HttpAuthority(url).stamp(NOTE.encode())
    timestamp.verify(response, NOTE.encode(), timestamp.read_roots(authority.ca))
    answers: list[tuple[Callable[[bytes], bytes], int]] = [
        (lambda _: response, 200),
        (lambda _: b"<html>", 200),
        (lambda _: b"\x00" * 100_000, 200),
        (authority.answer, 503),
    ]
    for answer, status in answers:
        with served(answer, status=status) as url, pytest.raises(AuthorityUnavailable):
            HttpAuthority(url).stamp(NOTE.encode())
    with pytest.raises(AuthorityUnavailable):
        HttpAuthority(url).stamp(NOTE.encode())


class _Log:
    log_id = bytes(32)

    def __init__(self) -> None:
        self.size = 0

    def newest_anchored(self) -> tuple[int, bytes, str] | None:
        return (self.size, bytes([self.size]) * 32, f"{NOTE}{self.size}") if self.size else None


def test_the_stamper_keeps_only_what_verifies_and_asks_once_an_interval(
    authority: Authority, stranger: Authority, engine: Engine
) -> None:
    store, log, now = SqlStampStore(engine), _Log(), [1_000_000]
    asked: list[bytes] = []

    def ask(message: bytes) -> bytes:
        asked.append(message)
        return authority.stamp(message)

    class Asking:
        stamp = staticmethod(ask)

    def stamper(ca: bytes) -> Stamper:
        made = Stamper(store, Asking(), timestamp.read_roots(ca), interval=60_000, clock=lambda: now[0])
        made.add(log)
        return made

    wary = stamper(stranger.ca)
    log.size = 3
    wary.step()
    assert store.newest_stamp(log.log_id) is None
    mine = stamper(authority.ca)
    mine.step()
    first = store.newest_stamp(log.log_id)
    assert first is not None
    assert (first.size, first.root) == (3, b"\x03" * 32)
    timestamp.verify(first.response, f"{NOTE}3".encode(), timestamp.read_roots(authority.ca))
    log.size, count = 5, len(asked)
    mine.step()
    assert len(asked) == count, "asked twice within the interval"
    now[0] = first.time + 60_000
    mine.step()
    assert store.earliest_stamp_covering(log.log_id, 2) == first
    later = store.earliest_stamp_covering(log.log_id, 3)
    assert later is not None
    assert later.size == 5
    assert store.earliest_stamp_covering(log.log_id, 5) is None
    store.put_stamp(first)


def test_roots_are_read_from_pem_and_der(authority: Authority, tmp_path: Path) -> None:
    (one,) = timestamp.read_roots(authority.ca)
    assert timestamp.read_roots(one) == [one]
    assert timestamp.read_roots(authority.ca * 2) == [one, one]
