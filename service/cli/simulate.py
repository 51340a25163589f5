"""`tally simulate`: realistic trades of three platforms, posted through the HTTP API of a running service."""

from __future__ import annotations

import asyncio
import json
import secrets
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from service.simulate.generate import Mix, Run
from service.simulate.platforms import PLATFORMS
from service.simulate.report import Summary, tables
from service.simulate.session import Order, simulate

_SEEDS = 2**32
_EVENTS_A_TRADE = 13
"""For the bar's length: some ten and two abandoned quotes."""


class ProgressDisplay:
    """A progress bar on standard error. `estimate`: events to be posted, for a bar that knows where it
    ends.
    """

    def __init__(self, progress: Progress, estimate: int) -> None:
        self._progress = progress
        self._estimate = estimate
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None) -> None:
        """A new line; the one before is done."""
        if self._task is not None:
            done = next(task.completed for task in self._progress.tasks if task.id == self._task)
            self._progress.update(self._task, total=done or 1, completed=done or 1)
        self._task = self._progress.add_task(what, total=self._estimate if what == "posting" else total)

    def advance(self, done: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, done)


@click.command("simulate")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Data folder of the running service: where it is, and with which keys.",
)
@click.option("--platform", type=click.Choice([*PLATFORMS, "all"]), default="all", show_default=True)
@click.option(
    "--trades", type=click.IntRange(1), required=True, help="Trades for each platform, all together with all."
)
@click.option("--rate", type=click.FloatRange(0.01), help="Events a second at most.")
@click.option(
    "--seed", type=click.IntRange(0), help="The same seed posts the same events. Drawn when absent."
)
@click.option(
    "--messy",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of messy but honest trades.",
)
@click.option(
    "--dishonest",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of trades with a cheat.",
)
@click.option(
    "--receipts", type=click.Path(path_type=Path, file_okay=False), help="Folder for receipt files."
)
@click.option(
    "--wait", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds to wait for anchors."
)
@click.option(
    "--connections", type=click.IntRange(1, 64), default=4, show_default=True, help="Connections a platform."
)
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON on standard output.")
def command(
    data: Path,
    platform: str,
    trades: int,
    rate: float | None,
    seed: int | None,
    messy: float,
    dishonest: float,
    receipts: Path | None,
    wait: float,
    connections: int,
    as_json: bool,
) -> None:
    """Post simulated trades and wait until they are anchored.

    With `--platform all` the trades are shared out evenly over the three platforms. Exits with 1 when the
    service refused an event.
    """
    platforms = tuple(PLATFORMS) if platform == "all" else (platform,)
    order = Order(
        data=data,
        trades={
            name: trades // len(platforms) + (place < trades % len(platforms))
            for place, name in enumerate(platforms)
        },
        run=Run(secrets.randbelow(_SEEDS) if seed is None else seed, Mix(messy, dishonest)),
        rate=rate,
        receipts=receipts,
        wait=wait,
        connections=connections,
    )
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=not console.is_terminal)
    with bar as progress:
        summary = asyncio.run(simulate(order, ProgressDisplay(progress, _EVENTS_A_TRADE * trades)))
    _show(summary, console, as_json=as_json)
    if summary.problems:
        raise SystemExit(1)


def _show(summary: Summary, console: Console, *, as_json: bool) -> None:
    """The figures on standard output; what was refused on standard error."""
    if as_json:
        click.echo(json.dumps(summary.document(), ensure_ascii=False, indent=2))
    else:
        out = Console()
        for table in tables(summary):
            out.print(table)
    for problem in summary.problems[:20]:
        console.print(f"refused: {problem}", style="red", markup=False)
