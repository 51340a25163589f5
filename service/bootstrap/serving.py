"""One process of the service, from the command line to its end: the API, the anchor worker, or both."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

import uvloop

from service.api.app import create_app
from service.api.server import serve as serve_until_stopped
from service.api.server import server_of
from service.bootstrap.console import console_pages
from service.bootstrap.files import check_in_use, locked
from service.bootstrap.house import House
from service.bootstrap.journal import open_journal
from service.bootstrap.pages import error_page, pages
from service.settings import Settings, SettingsError

log = logging.getLogger("tally.serve")

_SWITCH_SECONDS = 0.0001


class _Stopped(BaseException):
    """SIGTERM or SIGINT before the port was open."""


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """Let a signal during the start unwind the stack, so that the chain is kept and its process ended."""

    def stop(_number: int, _frame: object) -> None:
        raise _Stopped

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        log.info("stopped before the service was ready")


def _ignore_signals() -> None:
    # Stopping has begun and takes its course; a second signal must not cut it short half way.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _url(settings: Settings, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _serve_api(house: House, stack: ExitStack, *, demo: bool) -> None:
    def ready(port: int) -> None:
        url = house.url = _url(house.settings, port)
        house.write_papers(url)
        log.info("serving")
        print(f"ready {url}", flush=True)
        if demo:
            from service.bootstrap.demo import start_demo

            start_demo(house.settings.data)

    async def run() -> None:
        node = house.room.rpc_url if house.room.embedded else None
        shown = [
            *pages(house.settings.data, node, house.explorer()),
            *console_pages(house.console_parts(), stack),
        ]
        app = create_app(house.services(stack), shown, error_page)
        await serve_until_stopped(server_of(app, house.settings.host, house.settings.port, ready))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(run())
        except SystemExit:  # the server's way to say that it cannot listen; its journal line has the reason
            place = f"{house.settings.host}:{house.settings.port}"
            raise SettingsError(f"cannot listen on {place}: is another service there?") from None


def _wait_for_a_signal() -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    log.info("anchoring only")
    print("ready", flush=True)
    stopped.wait()


def serve(settings: Settings, *, demo: bool, worker: bool, api: bool) -> None:
    """Run one process until it is told to stop: the API, the anchor worker, or both."""
    if not worker:
        check_in_use(settings.data)
    os.umask(0o077)  # the database holds personal data; whatever is meant to be read by others says so itself
    open_journal(settings.log_level)
    # A posting thread and the sequencer's hand work to each other all the time; at the interpreter's 5 ms
    # each hand-over would wait for longer than the work takes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Those who share a PostgreSQL database share the folder too; one SQLite file or embedded chain is for
    # one.
    alone = worker and (settings.database_url is None or api)
    with _signals_unwind(), locked(settings.data) if alone else nullcontext(), ExitStack() as stack:
        house = House(settings, stack, worker=worker)
        stack.callback(_ignore_signals)
        if not api:
            house.write_papers("")
            _wait_for_a_signal()
        else:
            _serve_api(house, stack, demo=demo)
    log.info("stopped")
