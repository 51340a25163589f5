"""Unit tests cannot open network sockets: what needs one is an integration test."""

from __future__ import annotations

import socket

import pytest


class SocketUsed(AssertionError):
    """A unit test tried to reach the network."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connecting and binding outside Unix sockets (asyncio's own wake-up pair stays possible)."""
    connect, bind = socket.socket.connect, socket.socket.bind

    def refuse(real: object):  # type: ignore[no-untyped-def]
        def guarded(self: socket.socket, address: object) -> object:
            if self.family != socket.AF_UNIX:
                raise SocketUsed(f"a unit test may not use the network: {address!r}")
            return real(self, address)  # type: ignore[operator]

        return guarded

    monkeypatch.setattr(socket.socket, "connect", refuse(connect))
    monkeypatch.setattr(socket.socket, "bind", refuse(bind))
