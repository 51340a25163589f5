"""A real HTTP receiver of webhooks on this host, and the signature checked as a platform would, by its own
reading of the specification.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request as received."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        document = json.loads(self.body)
        assert isinstance(document, dict)
        return document


class Receiver:
    """Answers `status` and keeps what it got."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.got: list[Got] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Got(self.path, headers, body))
                self.send_response(receiver.status)
                if 300 <= receiver.status < 400:
                    self.send_header("location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=tally"

    def wait(self, type_: str, count: int = 1, seconds: float = 20.0) -> list[Got]:
        """The requests of a type, once there are `count`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [each for each in self.got if each.document["type"] == type_]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {type_}: {[each.document['type'] for each in self.got]}")


def genuine(got: Got, secret: str) -> bool:
    """Whether some signature of the request is by this secret."""
    key = base64.b64decode(secret[len("whsec_") :])
    content = b".".join(
        [got.headers["webhook-id"].encode(), got.headers["webhook-timestamp"].encode(), got.body]
    )
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    offered = [each.split(",", 1) for each in got.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(value, expected) for version, value in offered)
