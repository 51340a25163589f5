"""`tally serve`: the service, embedded in one process by default."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click


@click.command("serve")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder. [TALLY_DATA]")
@click.option("--host", help="Address to listen on. [TALLY_HOST]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one. [TALLY_PORT]"
)
@click.option(
    "--chain", type=click.Path(path_type=Path, dir_okay=False), help="Chain configuration file. [TALLY_CHAIN]"
)
@click.option("--demo", is_flag=True, help="Post some sixty simulated trades once the service is ready.")
@click.option("--no-worker", is_flag=True, help="Serve the API only; another process anchors.")
@click.option("--worker-only", is_flag=True, help="Anchor only; serve nothing.")
def command(
    data: Path | None,
    host: str | None,
    port: int | None,
    chain: Path | None,
    demo: bool,
    no_worker: bool,
    worker_only: bool,
) -> None:
    """Run the service: API, log, anchor worker; with chain-config/local.toml a local chain too.

    Prints one line, "ready URL", when it serves. SIGTERM or SIGINT stops it: answers in flight are finished
    first.
    """
    if no_worker and worker_only:
        raise click.UsageError("--no-worker and --worker-only exclude each other")
    from service import settings
    from service.bootstrap import serving

    chosen = settings.from_environment()
    chosen = dataclasses.replace(
        chosen,
        data=data or chosen.data,
        host=host or chosen.host,
        port=chosen.port if port is None else port,
        chain=chain or chosen.chain,
    )
    serving.serve(chosen, demo=demo, worker=not no_worker, api=not worker_only)
