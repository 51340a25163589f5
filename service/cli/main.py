"""`tally`: a group that imports a subcommand only when it is called, so that `tally verify` starts in a
moment.

Exit codes: 0 done · 1 the command failed and said why (for `verify`: bad) · 2 undecided (`verify`) · 3
usage · 4 internal error.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from typing import NoReturn

import click

from service.core.errors import TallyError

USAGE_EXIT = 3
INTERNAL_EXIT = 4

# name: (module, what the overview says). The overview must not import the modules.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("service.cli.serve", "Run the service: API, log, anchor worker."),
    "simulate": ("service.cli.simulate", "Post realistic trades through the API."),
    "verify": ("service.cli.verify", "Check receipts against a trust file and a chain."),
    "monitor": ("service.cli.monitor", "Watch somebody's log and its registry from outside."),
    "findings": ("service.cli.findings", "What the rules say of one trade, from its receipts."),
    "fsck": ("service.cli.fsck", "Check a whole log against itself and its promises."),
    "erase": ("service.cli.erase", "Erase claims of an entry, or everything that is due."),
    "keys": ("service.cli.keys", "API keys and checkpoint keys."),
    "grant": ("service.cli.grant", "An arbitrator's access to one dispute."),
    "log": ("service.cli.log", "Logs: open, list, status, rotate keys, seal."),
    "chain": ("service.cli.chain", "The registry on the chain: deploy, status."),
    "schema": ("service.cli.schema", "The JSON Schema and an example of an event type."),
    "bench": ("service.cli.bench", "Measure ingest, reads, evidence, anchoring."),
}


class LazyGroup(click.Group):
    """A group whose subcommands are named in `COMMANDS` and imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the subcommand."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import service

        click.echo(f"tally {service.__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def tally() -> None:
    """Tallystick (符契): receipts you can hold against the platform."""


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and give its exit code. Never raises."""
    try:
        result = tally.main(args=arguments, prog_name="tally", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE_EXIT
    except click.ClickException as error:
        error.show()
        return 1
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except TallyError as error:
        click.echo(f"tally: {error}", err=True)
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BrokenPipeError:
        return 1
    except Exception:
        traceback.print_exc()
        return INTERNAL_EXIT
    return result if isinstance(result, int) else 0


def main() -> NoReturn:
    """The console script."""
    sys.exit(run())
