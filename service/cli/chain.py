"""`tally chain`: the registry on the chain, and what is anchored in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from service.cli.options import CONFIG, DATA, JSON

if TYPE_CHECKING:
    from service.bootstrap.operations import LogStanding, Operations

F = TypeVar("F", bound=Callable[..., object])

_KINDS = {1: "missed anchor", 2: "late anchor", 3: "fork", 4: "leaf conflict", 5: "unanswered challenge"}


def _open(data: Path | None, chain: Path | None) -> AbstractContextManager[Operations]:
    from service.bootstrap import operations

    return operations.open_operations(operations.chosen_settings(data=data, chain=chain))


@click.group("chain")
def command() -> None:
    """The registry on the chain: deploy it, look at it, anchor at once."""


@command.command("accounts")
@DATA
@CONFIG
@JSON
def accounts(data: Path | None, chain: Path | None, as_json: bool) -> None:
    """The accounts to fund on a network, before anything else: needs no registry yet.

    opener deploys the registry and owns the logs; gas pays for anchors. Their keys are made in DIR/keys when
    absent. Back them up: whoever loses opener's cannot rotate or retire a log's keys any more.
    """
    import dataclasses

    from service.anchoring.fees import ether
    from service.bootstrap import operations

    network, found = operations.paying_accounts(operations.chosen_settings(data=data, chain=chain))
    if as_json:
        members = {name: dataclasses.asdict(each) for name, each in found.items()}
        click.echo(json.dumps({"network": network, **members}))
        return
    for name, each in found.items():
        held = "no node answers" if each.balance is None else f"{ether(each.balance)} ether"
        click.echo(f"{name:8} {each.address}  {held}")


@command.command("deploy")
@DATA
@CONFIG
def deploy(data: Path | None, chain: Path | None) -> None:
    """Deploy the registry and write the network's deployments file.

    The opener's key (made in DIR/keys when absent) pays; its account needs ether. Refuses when the file
    exists already.
    """
    from service.bootstrap import operations
    from service.core.hexs import to_hex

    done = operations.deploy_registry(operations.chosen_settings(data=data, chain=chain))
    shown = {
        "chain_id": done.chain_id,
        "registry": done.registry,
        "block": done.block,
        "code_hash": to_hex(done.code_hash),
        "tx": to_hex(done.tx),
        "deployer": done.deployer,
    }
    click.echo(json.dumps(shown, indent=2))


@command.command("status")
@DATA
@CONFIG
@JSON
def status(data: Path | None, chain: Path | None, as_json: bool) -> None:
    """The chain, the registry, the accounts that pay, and how far each log is anchored.

    anchors_left is how many anchors the gas account pays for at today's price. --json gives amounts in wei.
    """
    import dataclasses

    with _open(data, chain) as operations:
        figures = operations.chain_status()
        logs = [operations.standing(record) for record in operations.records()]
    if as_json:
        click.echo(json.dumps({**figures, "logs": [dataclasses.asdict(each) for each in logs]}))
        return
    from service.anchoring.fees import ether

    for name, value in figures.items():
        told = f"{ether(value)} ether" if name.endswith("_balance") and isinstance(value, int) else value
        click.echo(f"{name:14} {told}")
    for each in logs:
        click.echo(standing_line(each))


@command.command("anchor-now")
@DATA
@CONFIG
@click.option("--timeout", type=click.FloatRange(min=1), default=120.0, show_default=True, help="Seconds.")
def anchor_now(data: Path | None, chain: Path | None, timeout: float) -> int:
    """Anchor everything signed so far, and wait until it is final. Exit 1 when the time runs out first, with
    what is in the way."""
    with _open(data, chain) as operations:
        left = operations.anchor_now(
            timeout, lambda name, final, signed: click.echo(f"{name}: {final} of {signed} anchored for good")
        )
    for problem in left:
        click.echo(problem, err=True)
    return 1 if left else 0


@command.command("faults")
@DATA
@CONFIG
@JSON
def faults(data: Path | None, chain: Path | None, as_json: bool) -> int:
    """Broken promises proven on chain against our logs. Exit 1 when there are any."""
    from service.bootstrap.access import log_name
    from service.core.hexs import to_hex

    with _open(data, chain) as operations:
        found = [
            {
                "log": log_name(record),
                "kind": fault.kind,
                "what": _KINDS.get(fault.kind, "unknown"),
                "key": fault.key,
                "reported_at": fault.reported_at,
                "signed_at": fault.signed_at,
                "compromised_at": fault.compromised_at,
                "digest": to_hex(fault.digest),
            }
            for record in operations.records()
            for fault in operations.faults(record)
        ]
    if as_json:
        click.echo(json.dumps(found))
    elif not found:
        click.echo("none")
    for each in found if not as_json else ():
        click.echo(f"{each['log']}: {each['what']}, reported {each['reported_at']}, digest {each['digest']}")
    return 1 if found else 0


def standing_line(each: LogStanding) -> str:
    """One log's standing on one line."""
    line = f"{each.name:16} {each.state:7} signed {each.signed}  anchored {each.anchored}  final {each.final}"
    if each.next_deadline is not None:
        due = datetime.fromtimestamp(each.next_deadline, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        line += f"  next deadline {due}"
    if each.on_chain is None:
        line += "  (no node answers)"
    return line
