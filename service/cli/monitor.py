"""`tally monitor`: watch a log from outside. Exit 0 fine · 1 contradiction · 2 undecided · 3 usage."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.cli.monitor_look import Look, Watched
    from service.core.trust import TrustedChain

_EXITS = {"fine": 0, "contradiction": 1, "undecided": 2}


@click.command("monitor")
@click.argument("url")
@click.option("--trust", "trust_path", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--log", "name", help="The log's name in the trust file. [the last part of URL]")
@click.option("--rpc", "nodes", multiple=True, help="A node of the log's chain; several must agree.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to remember what was seen. [NAME.monitor.json]",
)
@click.option("--interval", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds.")
@click.option("--once", is_flag=True, help="Look once, and exit with what was found.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a look.")
def command(
    url: str,
    trust_path: Path,
    name: str | None,
    nodes: tuple[str, ...],
    state: Path | None,
    interval: float,
    once: bool,
    as_json: bool,
) -> int:
    """Watch the log published at URL, for instance https://logs.example/logs/kaka.

    At each look its newest checkpoint must be signed by a key of the trust file and extend what was seen
    before; with --rpc the registry's head must be of the same history, and promised anchors must have come
    in time. A contradiction ends the watch with exit code 1, and the signed checkpoints in question are kept
    beside the state file. Whatever else is wrong is told and may pass. Without --once it goes on for ever.
    """
    from service.cli import monitor_site as sites
    from service.cli.monitor_look import Kind, look

    name = name or url.rstrip("/").rsplit("/", 1)[-1]
    state = state or Path(f"{name}.monitor.json")
    watched, chain = _watched(trust_path, name)
    log_id = watched.identity.log_id
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("an http or https URL is needed", param_hint="URL")
    site = sites.HttpSite(url)
    registry = sites.RpcRegistry(nodes, chain, log_id) if nodes else None
    memory = sites.read_memory(state, log_id)
    while True:
        now = time.time_ns() // 1_000_000
        found = look(watched, memory, site, registry, now)
        memory = found.memory
        sites.write_memory(state, log_id, memory)
        click.echo(_told(name, found, now, as_json))
        if found.kind is Kind.CONTRADICTION:
            click.echo(f"the evidence is in {_keep(state, found, now)}", err=True)
        if once or found.kind is Kind.CONTRADICTION:
            return _EXITS[found.kind.value]
        time.sleep(interval)


def _watched(path: Path, name: str) -> tuple[Watched, TrustedChain]:
    from service.cli.monitor_look import Watched
    from service.core import trust as trust_files
    from service.core.checkpoint import LogIdentity
    from service.core.errors import TallyError

    try:
        trust = trust_files.parse(path.read_bytes())
    except (OSError, TallyError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--trust") from None
    logs = [log for log in trust.logs if log.name == name]
    if len(logs) != 1:
        known = ", ".join(log.name for log in trust.logs)
        raise click.BadParameter(f"{path} does not name one log {name!r}; it has {known}", param_hint="--log")
    chains = [chain for chain in trust.chains if chain.chain_id == logs[0].chain_id]
    if len(chains) != 1:
        raise click.BadParameter(f"{path} must name one registry on the log's chain", param_hint="--trust")
    (log,), (chain,) = logs, chains
    return Watched(log, LogIdentity(log.origin, log.id, log.chain_id, chain.registry)), chain


def _told(name: str, found: Look, now: int, as_json: bool) -> str:
    at = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if as_json:
        listed = [{"kind": each.kind, "code": each.code, "text": each.text} for each in found.findings]
        return json.dumps({"at": at, "log": name, "result": found.kind, "findings": listed})
    return f"{at} {name} {found.kind}: " + "; ".join(each.text for each in found.findings)


def _keep(state: Path, found: Look, now: int) -> Path:
    """Write the signed notes of a contradiction beside the state file."""
    from service.cli.monitor_look import Kind
    from service.cli.monitor_site import write_whole

    bad = [each for each in found.findings if each.kind is Kind.CONTRADICTION]
    path = state.with_name(f"{state.stem}.evidence-{now}.json")
    listed = [{"code": each.code, "text": each.text, "notes": list(each.notes)} for each in bad]
    write_whole(path, json.dumps(listed, indent=1, ensure_ascii=False).encode() + b"\n")
    return path
