"""`tally schema`."""

from __future__ import annotations

import json

from click.testing import CliRunner

from service.cli.schema import command
from service.profiles import giftcard


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_without_a_type_it_lists_the_types() -> None:
    lines = run().splitlines()
    assert [line.split()[0] for line in lines] == [*giftcard.EVENT_TYPES, "x-"]
    assert "报价 / Quote" in lines[0]


def test_schema_and_example_of_a_type() -> None:
    assert json.loads(run("quote")) == giftcard.schema("quote")
    assert json.loads(run("quote", "--language", "en"))["title"] == "Quote"
    assert json.loads(run("quote", "--example")) == giftcard.example("quote")
    assert run("quote", "--json").count("\n") == 1


def test_everything_at_once() -> None:
    assert json.loads(run("--json")) == giftcard.schemas()
    assert set(json.loads(run("--example"))) == set(giftcard.EVENT_TYPES)


def test_usage_errors() -> None:
    assert CliRunner().invoke(command, ["purchase"]).exit_code == 2
    assert CliRunner().invoke(command, ["x-", "--example"]).exit_code == 2
