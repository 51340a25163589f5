"""The trust file: read strictly, since everything is believed on its word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.core import trust
from service.core.errors import FormatError
from tests.reference import genuine

VALUE = genuine.trust()
KEYS = genuine.make_keys()


def test_format_gives_back_what_parse_read() -> None:
    data = genuine.encode(VALUE)
    assert trust.format(trust.parse(data)) == data
    assert trust.format(trust.parse(json.dumps(VALUE, indent=1).encode())) == data


def test_logs_and_chains_are_found_by_their_names() -> None:
    parsed = trust.parse(genuine.encode(VALUE))
    log = parsed.log(KEYS.log)
    assert log is not None and log.name == "卡卡同盟" and log.keys[0].retired is None
    assert log.keys[0].added == (genuine.T0 - 86_400) * 1000
    assert parsed.log(bytes(32)) is None
    assert parsed.chain(31337, KEYS.registry) is not None
    assert parsed.chain(31338, KEYS.registry) is None
    assert parsed.chain(31337, "0x" + "00" * 20) is None


def test_a_retired_key_is_read_and_written() -> None:
    key = {**VALUE["logs"][0]["keys"][0], "retired": genuine.time_text(genuine.T0)}
    data = genuine.encode(genuine.trust(keys=[key]))
    assert trust.parse(data).logs[0].keys[0].retired == genuine.T0 * 1000
    assert trust.format(trust.parse(data)) == data


OTHER = genuine.make_keys("tallystick.test/logs/other", b"other")


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        (("format",), "tallystick-trust/2", "/format"),
        (("extra",), 1, ""),
        (("chains",), {}, "/chains"),
        (("chains", 0, "code_hash"), "0x00", "/chains/0/code_hash"),
        (("chains", 0, "registry"), "0x" + "AB" * 20, "/chains/0/registry"),
        (("chains", 0, "chain_id"), 0, "/chains/0/chain_id"),
        (("logs", 0, "id"), "0x" + "00" * 32, "/logs/0/id"),
        (("logs", 0, "opener"), "0x" + "00" * 20, "/logs/0/id"),
        (("logs", 0, "origin"), OTHER.origin, ""),
        (("logs", 0, "name"), "x\x1b[31m", "/logs/0/name"),
        (("logs", 0, "name"), "x" * 201, "/logs/0/name"),
        (("logs", 0, "max_delay"), 0, "/logs/0/max_delay"),
        (("logs", 0, "extra"), 0, "/logs/0"),
        (("logs", 0, "keys", 0, "ed25519"), "x", "/logs/0/keys/0/ed25519"),
        (("logs", 0, "keys", 0, "ed25519"), OTHER.vkey, "/logs/0/keys/0/ed25519"),
        (("logs", 0, "keys", 0, "address"), "0x00", "/logs/0/keys/0/address"),
        (("logs", 0, "keys", 0, "added"), None, "/logs/0/keys/0/added"),
        (("logs", 0, "keys", 0, "added"), "2026-11-03", "/logs/0/keys/0/added"),
        (("logs", 0, "keys", 0, "retired"), "2026-01-01T00:00:00.000Z", "/logs/0/keys/0/retired"),
        (("logs", 0, "keys", 0, "extra"), 1, "/logs/0/keys/0"),
    ],
)
def test_parse_names_what_is_wrong(place: tuple[Any, ...], value: object, pointer: str) -> None:
    changed: Any = json.loads(genuine.encode(VALUE))
    target = changed
    for token in place[:-1]:
        target = target[token]
    target[place[-1]] = value
    with pytest.raises(FormatError) as caught:
        trust.parse(genuine.encode(changed))
    assert caught.value.pointer.startswith(pointer)


@pytest.mark.parametrize("member", ["chains", "logs"])
def test_nothing_is_listed_twice(member: str) -> None:
    with pytest.raises(FormatError):
        trust.parse(genuine.encode({**VALUE, member: VALUE[member] * 2}))


def test_no_key_is_listed_twice() -> None:
    with pytest.raises(FormatError):
        trust.parse(genuine.encode(genuine.trust(keys=VALUE["logs"][0]["keys"] * 2)))


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b"[]", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        trust.parse(data)
