"""`tally grant`: an arbitrator's or mediator's access to one dispute: create, list, revoke."""

from __future__ import annotations

import dataclasses
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.access.grants import DEFAULT_DAYS, LONGEST_DAYS
from service.access.ports import Grant, GrantId, GrantRole
from service.cli.options import DATA, JSON
from service.core.times import format_time

if TYPE_CHECKING:
    from service.bootstrap.access import Access

_LOG = click.option("--log", "log", required=True, help="The log's name, as in public URLs.")
_PAGE = 500


def _open(data: Path | None) -> AbstractContextManager[Access]:
    from service import settings
    from service.bootstrap.access import open_access

    chosen = settings.from_environment()
    if data is not None:
        chosen = dataclasses.replace(chosen, data=data)
    return open_access(chosen)


def _document(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id,
        "dispute": grant.dispute,
        "trade": grant.trade,
        "role": grant.role,
        "restricted": grant.restricted,
        "label": grant.label,
        "created": format_time(grant.created_at),
        "expires": format_time(grant.expires_at),
        "revoked": None if grant.revoked_at is None else format_time(grant.revoked_at),
        "last_used": None if grant.last_used is None else format_time(grant.last_used),
    }


def _line(grant: Grant) -> str:
    state = "revoked" if grant.revoked_at is not None else f"until {format_time(grant.expires_at)}"
    used = "never used" if grant.last_used is None else f"last used {format_time(grant.last_used)}"
    sight = " restricted" if grant.restricted else ""
    return f"{grant.id}  {grant.role}{sight}  {state}  {used}  {grant.label}".rstrip()


@click.group("grant")
def command() -> None:
    """Access to one dispute for a time. The link itself is shown once, when created."""


@command.command("create")
@click.argument("dispute")
@_LOG
@DATA
@JSON
@click.option("--role", type=click.Choice(["mediator", "arbitrator"]), required=True)
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=DEFAULT_DAYS, show_default=True)
@click.option("--restricted", is_flag=True, help="Also what is restricted: reviews.")
@click.option("--label", default="", help="A note to tell grants apart.")
def create(
    dispute: str,
    log: str,
    data: Path | None,
    as_json: bool,
    role: GrantRole,
    days: int,
    restricted: bool,
    label: str,
) -> None:
    """Grant access to a dispute and print its link. Only a hash of the link's token is stored."""
    if len(label) > 200:
        raise click.UsageError("--label has at most 200 characters")
    expires = time.time_ns() // 1_000_000 + days * 86_400_000
    with _open(data) as access:
        case = access.case(log, dispute)
        grant, token = access.room.grants.create(
            case, role, label=label, restricted=restricted, expires_at=expires
        )
        link = access.room.links.grant(token)
    click.echo(json.dumps({**_document(grant), "token": token, "url": link}) if as_json else link)


@command.command("list")
@click.argument("dispute")
@_LOG
@DATA
@JSON
def list_(dispute: str, log: str, data: Path | None, as_json: bool) -> None:
    """The grants of a dispute, ended ones included, oldest first."""
    with _open(data) as access:
        tenant = access.case(log, dispute).tenant
        grants: list[Grant] = []
        while page := access.room.grants.list(tenant, dispute, grants[-1].number if grants else 0, _PAGE):
            grants.extend(page)
    if as_json:
        click.echo(json.dumps([_document(grant) for grant in grants], ensure_ascii=False))
        return
    for grant in grants:
        click.echo(_line(grant))


@command.command("revoke")
@click.argument("dispute")
@click.argument("grant_id")
@_LOG
@DATA
def revoke(dispute: str, grant_id: str, log: str, data: Path | None) -> None:
    """End a grant. A running service notices within five seconds."""
    with _open(data) as access:
        tenant = access.case(log, dispute).tenant
        grant = access.room.grants.revoke(tenant, dispute, GrantId(grant_id))
    click.echo(_line(grant))
