"""`tally`: lazy subcommands, exit codes, what is imported when."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from service.cli import main
from service.core.errors import TallyError


def test_the_overview_imports_no_subcommand() -> None:
    code = (
        "import sys; from service.cli.main import run; assert run(['--help']) == 0; "
        "print([m for m in sys.modules if m.startswith(('web3', 'fastapi', 'sqlalchemy', 'service.cli.')) "
        "and m != 'service.cli.main'], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "verify" in done.stdout
    assert "serve" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["nonsense"], ["serve", "--port", "many"], ["serve", "--nonsense"]]
)
def test_usage_errors_exit_3(arguments: list[str]) -> None:
    assert main.run(arguments) == 3


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tally ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TallyError("no"), 1),
        (click.ClickException("no"), 1),
        (click.UsageError("no"), 3),
        (RuntimeError("bug"), 4),
        (KeyboardInterrupt(), 130),
        (SystemExit(2), 2),
        (SystemExit("text"), 1),
        (SystemExit(None), 0),
    ],
)
def test_errors_become_exit_codes(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: failing)
    assert main.run(["verify"]) == code
    assert "no" not in capsys.readouterr().out


def test_a_commands_result_is_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def undecided() -> int:
        return 2

    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: undecided)
    assert main.run(["verify"]) == 2
