"""The transport against real sockets on this host: pinning, TLS, slow and bent answers."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.webhooks.transport import Answered, Transport
from tests.integration.api.receiver import Receiver

NAME = "hooks.example.com"


def _transport(
    *, development: bool = True, addresses: Sequence[str] = ("127.0.0.1",), **more: object
) -> Transport:
    return Transport(
        development=development,
        monotonic=time.monotonic,
        resolver=lambda host, port: addresses,
        **more,  # type: ignore[arg-type]
    )


@contextmanager
def _peer(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A peer that does with its one connection whatever `speak` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
                with connection:
                    speak(connection)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def test_a_message_arrives() -> None:
    with Receiver() as receiver:
        answered = _transport().post(f"http://{NAME}:{receiver.port}/a?b=c", {"webhook-id": "m"}, b"{}")
        assert answered == Answered(204, None)
        assert answered.ok
        (got,) = receiver.got
    assert (got.path, got.body) == ("/a?b=c", b"{}")
    assert got.headers["host"] == f"{NAME}:{receiver.port}"
    assert got.headers["webhook-id"] == "m"
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], []],
)
def test_nothing_is_sent_when_any_address_is_not_public(addresses: list[str]) -> None:
    with Receiver() as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        answered = _transport(development=False, addresses=addresses).post(url, {}, b"{}")
        assert answered == Answered(None, "address not allowed")
        assert receiver.got == []


def test_development_does_not_open_the_network_around() -> None:
    answered = _transport(addresses=["10.0.0.1"]).post(f"http://{NAME}/", {}, b"{}")
    assert answered == Answered(None, "address not allowed")


def test_a_name_is_resolved_once_and_the_connection_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is checked and this host when it is connected to gains nothing."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    asked: list[str] = []
    connected: list[object] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    def connect(address: object, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    transport = Transport(development=False, monotonic=time.monotonic, resolver=resolver)
    answered = transport.post(f"https://{NAME}/", {}, b"{}")
    assert answered == Answered(None, "connection failed")
    assert asked == [NAME]
    assert connected == [("93.184.216.34", 443)]


def test_a_redirect_is_an_answer() -> None:
    with Receiver(307) as receiver:
        answered = _transport().post(receiver.url, {}, b"{}")
        assert (answered.status, answered.ok, len(receiver.got)) == (307, False, 1)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert _transport().post(receiver.url, {}, b"{}").ok
        assert (len(proxy.got), len(receiver.got)) == (0, 1)


def test_a_second_address_is_tried() -> None:
    with Receiver() as receiver:
        transport = _transport(addresses=["127.0.0.9", "127.0.0.1"])
        assert transport.post(f"http://{NAME}:{receiver.port}/", {}, b"{}").ok


def test_a_name_that_is_not_there() -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    transport = Transport(development=True, monotonic=time.monotonic, resolver=resolver)
    assert transport.post(f"http://{NAME}/", {}, b"{}") == Answered(None, "name not resolved")


def _drip(connection: socket.socket) -> None:
    connection.recv(4096)
    for _ in range(100):
        connection.sendall(b"H")
        time.sleep(0.05)


def test_a_peer_that_drips_is_left_in_time() -> None:
    with _peer(_drip) as port:
        started = time.monotonic()
        answered = _transport(seconds=0.4).post(f"http://{NAME}:{port}/", {}, b"{}")
        assert answered == Answered(None, "timed out")
        assert time.monotonic() - started < 1.5


def _endless_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x-filler: " + b"y" * 1000 + b"\r\n")


def _endless_body(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"z" * 4096)


def _says(*pieces: bytes) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        for piece in pieces:
            connection.sendall(piece)

    return speak


@pytest.mark.parametrize(
    ("speak", "answered"),
    [
        (_endless_head, Answered(None, "no HTTP answer")),
        (_endless_body, Answered(200, None)),
        (_says(b"HTTP/1.1 2", b"00 OK\r\ncontent-length: 0\r\n\r\n"), Answered(200, None)),
        (_says(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 \r\n\r\n"), Answered(202, None)),
        (_says(b"HTTP/1.1 100 Continue\r\n\r\n"), Answered(None, "no HTTP answer")),
        (_says(b"SSH-2.0-OpenSSH_9\r\n\r\n"), Answered(None, "no HTTP answer")),
        (_says(b"HTTP/1.1 2000\r\n\r\n"), Answered(None, "no HTTP answer")),
        (_says(b""), Answered(None, "no HTTP answer")),
        (
            _says(b"HTTP/1.1 503 Busy\r\nServer: x\r\nRetry-After:  120 \r\n\r\n"),
            Answered(503, None, "120"),
        ),
        (_says(b"HTTP/1.1 503 Busy\r\nx: retry-after: 9\r\n\r\nretry-after: 7\r\n"), Answered(503, None)),
        (_says(b"HTTP/1.1 503 Busy\r\nretry-after: " + b"9" * 99 + b"\r\n\r\n"), Answered(503, None)),
    ],
)
def test_answers_of_all_kinds(speak: Callable[[socket.socket], None], answered: Answered) -> None:
    with _peer(speak) as port:
        got = _transport(seconds=3.0).post(f"http://{NAME}:{port}/", {}, b"{}")
    assert got == answered or (speak is _endless_head and got.failure == "connection failed")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a key and a certificate for NAME that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("tls") / "peer.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return pem


def test_tls_is_checked_against_the_name_and_not_the_address(certified: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certified)
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)

    def speak(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    trusting = ssl.create_default_context(cafile=str(certified))
    for name, tls, answered in (
        (NAME, trusting, Answered(200, None)),
        ("other.example.com", trusting, Answered(None, "TLS failed")),
        (NAME, None, Answered(None, "TLS failed")),
    ):
        with _peer(speak) as port:
            assert _transport(tls=tls).post(f"https://{name}:{port}/", {}, b"{}") == answered
    assert asked == [NAME, "other.example.com", NAME]
