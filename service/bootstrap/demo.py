"""`tally serve --demo`: some simulated trades, posted through the service's own API once it serves."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from pathlib import Path

from service.core.errors import TallyError
from service.simulate.generate import Mix, Run
from service.simulate.platforms import PLATFORMS
from service.simulate.session import Order, simulate

log = logging.getLogger("tally.demo")

_TRADES_A_PLATFORM = 20
_CONNECTIONS = 2


class _Quiet:
    """Progress nobody watches."""

    def begin(self, what: str, total: int | None) -> None:
        """A new stretch of work."""

    def advance(self, done: int) -> None:
        """So much more is done."""


def _post(data: Path) -> None:
    order = Order(
        data=data,
        trades=dict.fromkeys(PLATFORMS, _TRADES_A_PLATFORM),
        run=Run(secrets.randbelow(2**32), Mix(messy=0.3, dishonest=0.1)),
        wait=0.0,
        connections=_CONNECTIONS,
    )
    try:
        summary = asyncio.run(simulate(order, _Quiet()))
    except TallyError as error:
        # The service was stopped meanwhile, or has other platforms than the simulator knows.
        log.warning("the demonstration ended early: %s", type(error).__name__)
        return
    log.info("posted %d simulated trades, %d events", summary.trades, summary.events)


def start_demo(data: Path) -> None:
    """Post in a thread of its own, which ends with the process at the latest."""
    threading.Thread(target=_post, args=(data,), name="demo", daemon=True).start()
