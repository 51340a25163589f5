"""`tally fsck`: check whole logs. Exit 0 clean · 1 violations · 3 usage (nothing there to check)."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from service.core.hexs import to_hex
from service.log.fsck import LogCheck
from service.log.ports import LogRecord
from service.log.violations import Violation

_FAST_SAMPLE = 256


@click.command("fsck")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder. [TALLY_DATA]")
@click.option("--database", help="Database URL instead of the one in the data folder. [TALLY_DATABASE_URL]")
@click.option("--log", "name", help="Only this log: its platform, with -test behind it for the test log.")
@click.option(
    "--deep", is_flag=True, help=f"Check what every entry says, not what one in {_FAST_SAMPLE} says."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(data: Path | None, database: str | None, name: str | None, deep: bool, as_json: bool) -> int:
    """Check whole logs: entries, tree, trade chains, checkpoints, LastSigned, anchors.

    Every hash is computed again from the entries' bytes. Exit code 0: clean; 1: violations, each printed;
    3: there is nothing to check.
    """
    from service import settings
    from service.bootstrap.fsck import NothingToCheck, open_checkable

    chosen = settings.from_environment()
    if data is not None:
        chosen = dataclasses.replace(chosen, data=data)
    if database is not None:
        chosen = dataclasses.replace(chosen, database_url=database)
    try:
        with open_checkable(chosen) as checkable:
            logs = [(each, record) for each, record in checkable.logs() if name in (None, each)]
            if name is not None and not logs:
                raise click.UsageError(f"there is no log {name}")
            if checkable.last_signed is None:
                click.echo("LastSigned is not checked: the data folder has none", err=True)
            results = [
                _check(each, record, checkable.check(record, sample=1 if deep else _FAST_SAMPLE), not as_json)
                for each, record in logs
            ]
    except NothingToCheck as error:
        raise click.UsageError(str(error)) from error
    clean = not any(result["violations"] for result in results)
    if as_json:
        click.echo(json.dumps({"clean": clean, "logs": results}, ensure_ascii=False, indent=2))
    return 0 if clean else 1


def _check(name: str, record: LogRecord, check: LogCheck, show: bool) -> Mapping[str, Any]:
    started = time.monotonic()
    violations: list[Violation] = []
    for violation in check.run():
        violations.append(violation)
        if show:
            click.echo(f"{name}: {violation}")
    seconds = time.monotonic() - started
    counts = dataclasses.asdict(check.counts)
    if show:
        counted = ", ".join(f"{number} {what}" for what, number in counts.items())
        rate = f"{counts['entries'] / max(seconds, 1e-9):,.0f} entries/s"
        click.echo(f"{name}: {len(violations) or 'no'} violations; {counted}; {rate}")
    return {
        "log": name,
        "id": to_hex(record.log_id),
        "state": record.state.value,
        **counts,
        "seconds": round(seconds, 3),
        "violations": [dataclasses.asdict(violation) for violation in violations],
    }
