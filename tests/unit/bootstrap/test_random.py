"""Random bytes in pieces: never twice, never short."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service.bootstrap.random import RandomBytes


def test_lengths() -> None:
    random = RandomBytes()
    for count in (0, 1, 16, 65535, 65536, 65537, 200_000):
        assert len(random(count)) == count


def test_no_bytes_are_handed_out_twice() -> None:
    random = RandomBytes()
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: random(16), range(20_000)))
    assert len(set(drawn)) == len(drawn)
