"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder. [TALLY_DATA]"
)
CONFIG = click.option(
    "--config",
    "chain",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Chain configuration file. [TALLY_CHAIN]",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
