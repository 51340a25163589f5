"""`tally schema`: the JSON Schema and an example of an event type."""

from __future__ import annotations

from typing import Any

import click
import orjson

from service.profiles import giftcard
from service.profiles.giftcard.catalogue import TITLES
from service.profiles.giftcard.json_schema import OWN_TYPE


@click.command("schema")
@click.argument(
    "event_type", metavar="[TYPE]", required=False, type=click.Choice([*giftcard.EVENT_TYPES, OWN_TYPE])
)
@click.option("--example", is_flag=True, help="A realistic event instead of the schema.")
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON; without TYPE, everything in one object."
)
@click.option(
    "--language", type=click.Choice(["zh-CN", "en"]), help="Titles in one language instead of both."
)
def command(event_type: str | None, example: bool, as_json: bool, language: Any) -> None:
    """The JSON Schema of an event TYPE, or the list of the types. x- stands for a platform's own types."""
    if event_type == OWN_TYPE and example:
        raise click.UsageError("a platform's own types have no example")
    if event_type is not None:
        document = giftcard.example(event_type) if example else giftcard.schema(event_type, language)
        _write(document, as_json)
    elif as_json:
        _write(_examples() if example else giftcard.schemas(language), as_json)
    elif example:
        _write(_examples(), as_json)
    else:
        for name in (*giftcard.EVENT_TYPES, OWN_TYPE):
            title = TITLES[name].title
            click.echo(f"{name:<18}{title.zh} / {title.en}")


def _examples() -> dict[str, Any]:
    return {event_type: giftcard.example(event_type) for event_type in giftcard.EVENT_TYPES}


def _write(document: dict[str, Any], as_json: bool) -> None:
    click.echo(orjson.dumps(document, option=0 if as_json else orjson.OPT_INDENT_2).decode())
