"""`tally log`: open, list, look at and seal logs, rotate their keys."""

from __future__ import annotations

import dataclasses
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli import log_adopt, log_keys
from service.cli.options import CONFIG, DATA, JSON

if TYPE_CHECKING:
    from service.bootstrap.operations import Operations


def _open(
    data: Path | None, chain: Path | None, *, fresh: bool = False
) -> AbstractContextManager[Operations]:
    from service.bootstrap import operations

    return operations.open_operations(operations.chosen_settings(data=data, chain=chain), fresh=fresh)


@click.group("log")
def command() -> None:
    """Logs: one a platform, and a test log beside it. A log is named like its folder in public URLs."""


@command.command("open")
@click.argument("platform")
@click.option("--test", is_flag=True, help="The platform's test log (embedded chain only).")
@DATA
@CONFIG
def open_(platform: str, test: bool, data: Path | None, chain: Path | None) -> None:
    """Open a platform's log: its keys, its place in the registry, its row. Does only what is missing.

    A running service takes events for it after a restart that names the platform in TALLY_PLATFORMS.
    """
    from service.core.hexs import to_hex

    with _open(data, chain, fresh=True) as operations:
        record = operations.open(platform, test=test)
    click.echo(
        json.dumps({"origin": record.origin, "log": to_hex(record.log_id), "registry": record.registry})
    )


@command.command("list")
@DATA
@CONFIG
@JSON
def list_(data: Path | None, chain: Path | None, as_json: bool) -> None:
    """All logs: state, size, how far signed and anchored."""
    from service.cli.chain import standing_line

    with _open(data, chain) as operations:
        logs = [operations.standing(record) for record in operations.records()]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in logs]))
        return
    for each in logs:
        click.echo(standing_line(each))


@command.command("status")
@click.argument("name")
@DATA
@CONFIG
@JSON
@click.option("--anchors", "limit", type=click.IntRange(0, 1000), default=10, show_default=True)
def status(name: str, data: Path | None, chain: Path | None, as_json: bool, limit: int) -> None:
    """One log in detail, with its newest anchors."""
    from service.core.hexs import to_hex

    with _open(data, chain) as operations:
        record = operations.record(name)
        standing = dataclasses.asdict(operations.standing(record))
        anchors = [
            {
                "size": each.size,
                "root": to_hex(each.root),
                "state": each.state.value,
                "block": each.slot.block_number,
                "timestamp": each.slot.timestamp,
                "tx": None if each.tx is None else to_hex(each.tx),
                "gas_used": each.gas_used,
                "ours": each.ours,
                "state_proof": each.proof_final,
            }
            for each in operations.history(record, limit)
        ]
    if as_json:
        click.echo(json.dumps({**standing, "anchors": anchors}))
        return
    for member, value in standing.items():
        click.echo(f"{member:14} {value}")
    for anchor in anchors:
        click.echo(f"  size {anchor['size']} {anchor['state']} in block {anchor['block']}, tx {anchor['tx']}")


@command.command("seal")
@click.argument("name")
@click.option("--successor", help="The log that goes on in its stead, open already; fixed for ever.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@DATA
@CONFIG
def seal(name: str, successor: str | None, yes: bool, data: Path | None, chain: Path | None) -> None:
    """Seal a log for ever: it takes no more events, and the registry no more anchors of it.

    Nothing more is appended from the first run on. The registry is told only once everything signed is
    anchored for good; until then the command says what to do, and is run again with the same options.
    """
    if not yes:
        click.confirm(f"Seal {name}? This cannot be undone.", abort=True)
    with _open(data, chain) as operations:
        following = None if successor is None else operations.record(successor)
        operations.seal(operations.record(name), following)
    click.echo(f"{name} is sealed")


for _each in (log_keys.rotate_key, log_keys.retire_key, log_keys.declare_compromised, log_adopt.adopt):
    command.add_command(_each)
