"""`tally bench`: measures a service of its own in a temporary folder, and the references beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from service.bench.report import Figure, table


@click.group("bench")
def command() -> None:
    """Measure ingest, reads, evidence and anchoring on this machine, load generator included.

    Starts a service of its own in a temporary folder; absolute figures depend on the machine, ratios
    much less.
    """


def _report(title: str, as_json: bool, measure: Callable[[Path], list[Figure]]) -> None:
    with tempfile.TemporaryDirectory(prefix="tally-bench-") as folder:
        figures = measure(Path(folder))
    if as_json:
        click.echo(json.dumps({"bench": title, "figures": [figure.document() for figure in figures]}))
    else:
        click.echo(table(title, figures))


_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_SEED = click.option("--seed", default=1, show_default=True, help="Seed of the events.")
_SECONDS = click.option("--seconds", default=8.0, show_default=True, help="How long each closed loop runs.")


@command.command("ingest")
@click.option("--events", default=30_000, show_default=True, help="Events posted in batches of 1,000.")
@_SECONDS
@_SEED
@_JSON
def ingest(events: int, seconds: float, seed: int, as_json: bool) -> None:
    """Batches against a bare insert of the same rows, single POSTs against a bare echo."""
    from service.bench import ingest as room

    _report("ingest", as_json, lambda folder: room.measure(folder, events=events, seconds=seconds, seed=seed))


@command.command("read")
@click.option("--entries", default=50_000, show_default=True, help="To how many entries the log is grown.")
@_SECONDS
@_SEED
@_JSON
def read(entries: int, seconds: float, seed: int, as_json: bool) -> None:
    """Receipts and inclusion proofs against a bare echo, in a small and in a grown log."""
    from service.bench import read as room

    _report("read", as_json, lambda folder: room.measure(folder, entries=entries, seconds=seconds, seed=seed))


@command.command("evidence")
@click.option("--entries", default=50_000, show_default=True, help="To how many entries the log is grown.")
@_SECONDS
@_SEED
@_JSON
def evidence(entries: int, seconds: float, seed: int, as_json: bool) -> None:
    """Evidence of ten-event trades in a grown log: as JSON, as PDF, as a whole bundle."""
    from service.bench import evidence as room

    _report(
        "evidence", as_json, lambda folder: room.measure(folder, entries=entries, seconds=seconds, seed=seed)
    )


@command.command("anchor")
@click.option("--rounds", default=3, show_default=True, help="How many times 10,000 events are anchored.")
@_SEED
@_JSON
def anchor(rounds: int, seed: int, as_json: bool) -> None:
    """Gas of real anchors on the embedded chain, and the time from a receipt to its anchor."""
    from service.bench import anchor as room

    _report("anchor", as_json, lambda folder: room.measure(folder, rounds=rounds, seed=seed))
