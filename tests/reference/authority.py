"""A real time-stamping authority for tests: keys and certificates made anew, answers by `openssl ts`.

It stands on its own: nothing of the service is imported, so what it signs is judged by another's code.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OPENSSL = shutil.which("openssl")
NEEDED = "openssl is not installed: no time-stamping authority to test against (Debian: apt install openssl)"

_CONFIG = """\
[tsa]
default_tsa = authority
[authority]
serial = ./serial
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """One authority in a folder. `ca` is the PEM of its root."""

    def __init__(self, folder: Path, name: str = "Test") -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "tsa.cnf").write_text(_CONFIG)
        (folder / "serial").write_text("01\n")
        (folder / "extensions").write_text(
            "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
        )
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *(
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
                "-days",
                "30",
                "-subj",
                f"/C=CN/O={name}/CN={name} Root",
            ),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"),
        )
        self._run(
            *("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr"),
            *("-subj", f"/C=CN/O={name}/CN={name} Time Stamping"),
        )
        self._run(
            *("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "30", "-out", "tsa.pem", "-extfile", "extensions"),
        )
        self._lock = threading.Lock()

    @property
    def ca(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def answer(self, query: bytes) -> bytes:
        """The TimeStampResp to a DER query."""
        with self._lock:
            (self.folder / "query").write_bytes(query)
            self._run(
                *("ts", "-reply", "-queryfile", "query", "-config", "tsa.cnf", "-section", "authority"),
                *("-out", "reply"),
            )
            return (self.folder / "reply").read_bytes()

    def stamp(self, message: bytes) -> bytes:
        """A stamp of a message, asked for by openssl itself."""
        (self.folder / "message").write_bytes(message)
        self._run("ts", "-query", "-data", "message", "-sha256", "-cert", "-out", "asked")
        return self.answer((self.folder / "asked").read_bytes())

    def _run(self, *arguments: str) -> None:
        assert OPENSSL is not None
        done = subprocess.run([OPENSSL, *arguments], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


@contextmanager
def served(answer: Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """The URL of an HTTP server that answers queries."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
