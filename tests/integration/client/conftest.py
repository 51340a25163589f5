"""A running service, and a log behind a real socket that can be told to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.integration.api.service_process import ServiceProcess
from tests.unit.client.true_log import TrueLog


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The embedded service with its real embedded chain."""
    running = ServiceProcess(Path(tmp_path_factory.mktemp("client")) / "data").start()
    yield running
    assert running.process is not None
    if running.process.poll() is None:
        running.stop()


class FaultyServer:
    """A log behind HTTP/1.1 on the loopback. `faults` are taken one a request: what happens to its answer."""

    def __init__(self) -> None:
        self.log = TrueLog()
        self.faults: list[str] = []
        self.lock = threading.Lock()
        self.release = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path, _, query = self.path.partition("?")
                with faulty.lock:
                    fault = faulty.faults.pop(0) if faulty.faults else ""
                    if fault == "drop before":
                        self._hang_up()
                        return
                    keyed = {"authorization": self.headers.get("authorization")}
                    status, headers, content = faulty.log.handle(self.command, path, query, keyed, body)
                if fault == "drop after":
                    self._hang_up()
                    return
                if fault == "never":
                    faulty.release.wait(30)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if fault == "half":
                    self.wfile.write(content[: len(content) // 2])
                    self._hang_up()
                    return
                with suppress(OSError):  # the client may have given up
                    self.wfile.write(content)

            def _hang_up(self) -> None:
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.close()
