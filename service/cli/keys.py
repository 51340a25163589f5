"""`tally keys`: API keys (list, create, revoke) and the logs' checkpoint keys."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.access.ports import ApiKey, ApiKeyId, Mode
from service.cli.options import DATA, JSON

if TYPE_CHECKING:
    from service.bootstrap.access import Access


def _open(data: Path | None) -> AbstractContextManager[Access]:
    from service import settings
    from service.bootstrap.access import open_access

    chosen = settings.from_environment()
    if data is not None:
        chosen = dataclasses.replace(chosen, data=data)
    return open_access(chosen)


def _when(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _document(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "platform": key.platform,
        "mode": key.mode,
        "role": key.role,
        "label": key.label,
        "created": _when(key.created_at),
        "revoked": _when(key.revoked_at) or None,
    }


@click.group("keys")
def command() -> None:
    """API keys and checkpoint keys. Keys themselves are shown once, when created."""


@command.command("list")
@DATA
@JSON
@click.option("--platform", help="This platform's only.")
def list_keys(data: Path | None, as_json: bool, platform: str | None) -> None:
    """List API keys, revoked ones included."""
    with _open(data) as access:
        keys = access.api_keys.list(platform)
    if as_json:
        click.echo(json.dumps([_document(key) for key in keys], ensure_ascii=False))
        return
    _table(
        ("ID", "PLATFORM", "MODE", "ROLE", "CREATED", "REVOKED", "LABEL"),
        (
            (
                key.id,
                key.platform,
                key.mode,
                key.role,
                _when(key.created_at),
                _when(key.revoked_at),
                key.label,
            )
            for key in keys
        ),
    )


@command.command("create")
@DATA
@click.option("--platform", default="", help="The platform the key belongs to.")
@click.option("--test", is_flag=True, help="For the platform's test log.")
@click.option("--admin", is_flag=True, help="The operator's key, for /v1/keys.")
@click.option("--label", default="", help="A note to tell keys apart.")
def create_key(data: Path | None, platform: str, test: bool, admin: bool, label: str) -> None:
    """Create an API key and print it. Only its HMAC is stored."""
    if admin == bool(platform) or (admin and test):
        raise click.UsageError("give --platform NAME [--test], or --admin")
    with _open(data) as access:
        mode: Mode = "test" if test else "live"
        if not admin and not access.has_log(platform, mode):
            raise click.ClickException(f"there is no {mode} log of platform {platform!r}; open it first")
        _, token = access.api_keys.create(platform, mode, "admin" if admin else "platform", label)
    click.echo(token)


@command.command("revoke")
@DATA
@click.argument("key_id")
def revoke_key(data: Path | None, key_id: str) -> None:
    """Revoke an API key by its id."""
    with _open(data) as access:
        key = access.api_keys.revoke(ApiKeyId(key_id))
    click.echo(f"{key.id} revoked {_when(key.revoked_at)}")


@command.command("checkpoints")
@DATA
@JSON
def checkpoint_keys(data: Path | None, as_json: bool) -> None:
    """List the logs' checkpoint keys, newest first: verifier key, address and state, never the secrets.

    staged: not added in the registry yet. next: signs from the time shown on. signs: signs now. replaced:
    signs nothing new, may still anchor what it signed (tally log retire-key ends that). retired: signs and
    anchors nothing; its file is still needed for the checkpoints it signed.
    """
    with _open(data) as access:
        keys = access.checkpoint_keys()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(key) for key in keys]))
        return
    _table(
        ("LOG", "ADDRESS", "STATE", "SIGNS FROM", "RETIRED", "VERIFIER KEY", "FILE"),
        (
            (
                key.log,
                key.address,
                key.state,
                _when(key.active_from),
                _when(key.retired),
                key.ed25519,
                key.file,
            )
            for key in keys
        ),
    )
