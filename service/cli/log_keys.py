"""`tally log rotate-key`, `retire-key`, `declare-compromised`: a log's checkpoint keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import CONFIG, DATA

if TYPE_CHECKING:
    from service.bootstrap.rotation import KeyRotation

_LEAD_EMBEDDED, _LEAD_NETWORK = 60, 1800
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@contextmanager
def _rotation(name: str, data: Path | None, chain: Path | None) -> Iterator[KeyRotation]:
    from service.bootstrap import operations
    from service.bootstrap.rotation import KeyRotation

    with operations.open_operations(operations.chosen_settings(data=data, chain=chain)) as opened:
        yield KeyRotation(opened, opened.record(name))


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@click.command("rotate-key")
@click.argument("name")
@click.option(
    "--in",
    "lead",
    type=click.IntRange(0, 30 * 86400),
    help=f"Seconds until the new key signs. [{_LEAD_EMBEDDED}; on a network {_LEAD_NETWORK}]",
)
@DATA
@CONFIG
def rotate_key(name: str, lead: int | None, data: Path | None, chain: Path | None) -> None:
    """Give a log a new checkpoint key: made, added in the registry, signing from a stated moment on.

    Running services need no restart: they see the new key file and switch at that moment, which must leave
    them time to see it (a network file system may take a minute) and the chain to make the key final. The
    old key goes on anchoring what it signed until tally log retire-key. A run that was cut short is simply
    run again. trust.json is written anew: hand it out before the moment comes, and back up the keys folder.
    """
    with _rotation(name, data, chain) as rotation:
        embedded = rotation.embedded
        added = rotation.rotate(lead if lead is not None else _LEAD_EMBEDDED if embedded else _LEAD_NETWORK)
    click.echo(
        json.dumps(
            {
                "log": name,
                "address": added.address,
                "ed25519": added.signer.vkey,
                "signs_from": _when(added.key.active_from),
                "file": f"{added.key.name}.json",
            }
        )
    )


@click.command("retire-key")
@click.argument("name")
@click.argument("address")
@_YES
@DATA
@CONFIG
def retire_key(name: str, address: str, yes: bool, data: Path | None, chain: Path | None) -> None:
    """Retire a replaced checkpoint key in the registry, for ever: it anchors nothing any more.

    Refused while the log still signs with it, and until everything it signed is anchored for good or a newer
    checkpoint is signed by another key. trust.json then says since when it is retired; receipts from before
    stay good. Keep its file: the checkpoints it signed are derived from it again.
    """
    if not yes:
        click.confirm(f"Retire {address} of {name}? This cannot be undone.", abort=True)
    with _rotation(name, data, chain) as rotation:
        at = rotation.retire(address.lower())
    click.echo(json.dumps({"log": name, "address": address.lower(), "retired": _when(at)}))


@click.command("declare-compromised")
@click.argument("name")
@click.argument("address")
@_YES
@DATA
@CONFIG
def declare_compromised(name: str, address: str, yes: bool, data: Path | None, chain: Path | None) -> None:
    """Say in the registry, for ever, that others may hold a checkpoint key.

    It is noted in every later fault by that key, with its time; readers judge. The key still signs and
    anchors: rotate it at once (tally log rotate-key), and retire it as soon as that is allowed.
    """
    if not yes:
        click.confirm(f"Declare {address} of {name} compromised? This cannot be undone.", abort=True)
    with _rotation(name, data, chain) as rotation:
        at = rotation.declare_compromised(address.lower())
    click.echo(json.dumps({"log": name, "address": address.lower(), "compromised": _when(1000 * at)}))
