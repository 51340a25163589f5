"""`tally log adopt`: a lost LastSigned, rebuilt from what can be proved."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.bootstrap.adoption import Standing


@click.command("adopt")
@click.argument("name")
@click.option(
    "--known",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A receipt or signed checkpoint that somebody kept, the newest there is. May be repeated.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder. [TALLY_DATA]")
@click.option(
    "--config",
    "chain",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Chain configuration file. [TALLY_CHAIN]",
)
def adopt(name: str, files: tuple[Path, ...], yes: bool, data: Path | None, chain: Path | None) -> None:
    """Take the database's history of a log for the signed one, when its file in last_signed was lost.

    An open log goes on appending then, so only for the very database that was in use: never after a restore.
    Refused when the registry, the record of anchors or a file of --known has more than the database, or
    another root, and when no node answers. Run tally fsck first; restart the service afterwards.

    A sealed log appends nothing: then this is safe, and lets an older copy be read and anchored.
    """
    from service.bootstrap import operations
    from service.bootstrap.adoption import Adoption

    with operations.open_operations(operations.chosen_settings(data=data, chain=chain)) as opened:
        adoption = Adoption(opened, opened.record(name), files)
        lines = warning(name, adoption.standing, sealed=adoption.sealed, embedded=adoption.embedded)
        click.echo("\n".join(lines), err=True)
        if not yes:
            click.confirm(f"Adopt this history of {name}?", abort=True, err=True)
        size = adoption.adopt()
    click.echo(f"LastSigned of {name} is size {size}; restart the service")


def warning(name: str, standing: Standing, *, sealed: bool, embedded: bool) -> list[str]:
    """What an operator must read before: what is proved, and what nobody here can know."""
    ends = f"The database's {name} ends at size {standing.size}"
    if standing.newest is not None:
        ends += f", signed at {_time(standing.newest.signed_at)}"
    anchored = "The registry has no anchor of it"
    if standing.on_chain:
        anchored = f"The registry has {standing.on_chain} entries, anchored at {_time(standing.anchored_at)}"
    lines = [f"{ends}. {anchored}. {len(standing.known)} known states are compared with it."]
    if sealed:
        return [*lines, "The log is sealed: nothing is appended, so nothing can fork it."]
    lines += [
        "WHAT CANNOT BE KNOWN: whether receipts were handed out for entries that this database does not",
        "have. If it is a copy from a backup, a replica that lagged, or a failover, there are such receipts:",
        "the next event then forks the log, and every holder of one can prove that in the registry, for",
        "ever. In that case do not go on: find a newer copy, or seal the log and open a successor.",
    ]
    if embedded:
        lines.append(
            "The embedded chain lies in the data folder: if that was restored, the chain proves nothing."
        )
    return lines


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
