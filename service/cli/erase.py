"""`tally erase`: have a running service erase an entry's content, or everything that is due.

The service does it, never this command beside it: an erasure is recorded in the log, whoever signs that
promises to anchor it, and copies in the service's memory must go too.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from service.core.errors import TallyError

KEY_VARIABLE = "TALLY_CLIENT_API_KEY"
_PATIENCE_SECONDS = 3600.0


class ErasureRefused(TallyError):
    """The service refused or did not answer; the message says why."""


@click.command("erase")
@click.argument("leaf", required=False)
@click.option("--due", is_flag=True, help="Everything whose time is up, in all logs (the operator's key).")
@click.option("--rewrite", is_flag=True, help="With --due, on PostgreSQL: rewrite the table, see the manual.")
@click.option("--claims", help="Names of claims, separated by commas; all when absent.")
@click.option("--ground", type=click.Choice(["request", "retention", "order"]), default="request")
@click.option("--requested-by", help="A role or a file number, recorded for ever: never a name.")
@click.option("--authority", help="The law or body; needed with --ground order.")
@click.option("--platform", default="kaka", show_default=True, help="Whose key of credentials.json to use.")
@click.option("--test", is_flag=True, help="The platform's test log.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder. [TALLY_DATA]")
@click.option("--url", help=f"The service, with the key in {KEY_VARIABLE}, instead of credentials.json.")
def command(
    leaf: str | None,
    due: bool,
    rewrite: bool,
    claims: str | None,
    ground: str,
    requested_by: str | None,
    authority: str | None,
    platform: str,
    test: bool,
    data: Path | None,
    url: str | None,
) -> None:
    """Erase claims of the entry LEAF with their salts, or with --due everything that is due.

    The leaf, its proofs and anchors verify as before. What a dispute, a hold or the law keeps is not
    erased; the answer names what keeps it until when.
    """
    if (leaf is None) != due:
        raise click.UsageError("name one LEAF, or say --due")
    if due:
        where, key = _service(data, url, None, test)
        answer = _ask(where, key, "POST", "/v1/retention" + ("?rewrite=true" if rewrite else ""), None)
    else:
        where, key = _service(data, url, platform, test)
        wish: dict[str, Any] = {"ground": ground, "requested_by": requested_by, "authority": authority}
        wish["claims"] = None if claims is None else [name for name in claims.split(",") if name]
        body = {name: value for name, value in wish.items() if value is not None}
        answer = _ask(where, key, "DELETE", f"/v1/entries/{leaf}/content", body)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _service(data: Path | None, url: str | None, platform: str | None, test: bool) -> tuple[str, str]:
    """URL and key: of the operator when `platform` is None."""
    if url is not None:
        key = os.environ.get(KEY_VARIABLE)
        if not key:
            raise click.UsageError(f"with --url the API key comes in {KEY_VARIABLE}")
        return url, key
    from service import settings

    file = (data or settings.from_environment().data) / "credentials.json"
    try:
        known = json.loads(file.read_bytes())
        held = known if platform is None else known["platforms"][platform]
        key = held["admin_key" if platform is None else "test_api_key" if test else "api_key"]
        if not known["url"]:
            raise ErasureRefused(f"{file} knows no URL (its service serves none): give --url")
        return known["url"], key
    except FileNotFoundError as error:
        raise ErasureRefused(
            f"there is no {file}, which only a service on the embedded chain writes: give --url, and the API "
            f"key in {KEY_VARIABLE}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ErasureRefused(f"{file} has no such key: is the service's data folder right?") from error


def _ask(url: str, key: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
    import httpx

    headers = {"authorization": f"Bearer {key}"}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=_PATIENCE_SECONDS) as client:
            answer = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise ErasureRefused(f"no service answers at {url}: {type(error).__name__}") from error
    try:
        document = answer.json()
    except ValueError as error:
        raise ErasureRefused(f"the service answered {answer.status_code} without JSON") from error
    if answer.status_code != 200:
        raise ErasureRefused(json.dumps(document, ensure_ascii=False, indent=2))
    return document
