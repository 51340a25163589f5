"""`tally simulate`: what the command line orders, what it prints, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import simulate as command
from service.core import trust as core_trust
from service.simulate.report import PlatformSummary, Summary, count_codes
from service.simulate.session import Display, NotAServiceFolder, Order, Target
from service.simulate.session import simulate as run_order
from tests.unit.client.true_log import TrueLog

SUMMARY = Summary(
    seed=7,
    run="abc123",
    trades=10,
    events=130,
    presigned=12,
    batches=3,
    seconds=2.0,
    rate=65.0,
    waited=4.0,
    platforms=(
        PlatformSummary("kaka", 60, 60, 2, 150_000, 1_250.5),
        PlatformSummary("bendi", 70, 10, None, None, None),
    ),
    messy={"outage": 2},
    violations={"payout_late": 1},
    problems=(),
    truth="data/simulation/7.truth.jsonl",
)
REFUSED = replace(SUMMARY, problems=("t1: 422 no",))


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """Orders that reached the simulator; none is carried out."""
    given: list[Order] = []

    async def carried_out(order: Order, display: Display) -> Summary:
        display.begin("posting", None)
        display.advance(130)
        display.begin("waiting", 3)
        given.append(order)
        return REFUSED if order.run.seed == 99 else SUMMARY

    monkeypatch.setattr(command, "simulate", carried_out)
    return given


def call(*words: str) -> Any:
    return CliRunner().invoke(command.command, words)


def test_trades_are_shared_out_over_the_platforms(orders: list[Order], tmp_path: Path) -> None:
    assert call("--data", str(tmp_path), "--trades", "2000", "--seed", "7").exit_code == 0
    assert dict(orders[0].trades) == {"kaka": 667, "xianka": 667, "bendi": 666}
    assert orders[0].truth == tmp_path / "simulation" / "7.truth.jsonl"
    assert call("--data", str(tmp_path), "--platform", "bendi", "--trades", "5").exit_code == 0
    assert dict(orders[1].trades) == {"bendi": 5}
    assert (orders[1].run.mix.messy, orders[1].run.mix.dishonest) == (0.0, 0.0)


def test_runs_without_a_seed_differ(orders: list[Order], tmp_path: Path) -> None:
    for _ in range(2):
        call("--data", str(tmp_path), "--trades", "3")
    assert orders[0].run.seed != orders[1].run.seed


def test_the_summary_as_json(orders: list[Order], tmp_path: Path) -> None:
    result = call("--data", str(tmp_path), "--trades", "10", "--seed", "7", "--json")
    document = json.loads(result.stdout)
    assert document["events"] == 130
    assert document["platforms"][0]["gas_per_event"] == 1_250.5
    assert document["platforms"][1]["anchors"] is None
    assert document["violations"] == {"payout_late": 1}


def test_the_summary_as_tables(orders: list[Order], tmp_path: Path) -> None:
    result = CliRunner().invoke(command.command, ["--data", str(tmp_path), "--trades", "10", "--seed", "7"])
    for word in ("abc123", "kaka", "1,250.5", "bendi", "payout_late", "65"):
        assert word in result.stdout


def test_a_refused_event_is_a_failure(orders: list[Order], tmp_path: Path) -> None:
    result = call("--data", str(tmp_path), "--trades", "10", "--seed", "99")
    assert result.exit_code == 1
    assert "refused: t1: 422 no" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("--trades", "0"),
        ("--trades", "5", "--messy", "1.5"),
        ("--trades", "5", "--dishonest", "-0.1"),
        ("--trades", "5", "--platform", "taobao"),
        ("--trades", "5", "--rate", "0"),
        (),
    ],
)
def test_wrong_usage(orders: list[Order], tmp_path: Path, words: tuple[str, ...]) -> None:
    assert call("--data", str(tmp_path), *words).exit_code == 2
    assert orders == []


def service_folder(folder: Path, **changes: Any) -> Path:
    credentials = {
        "url": "http://127.0.0.1:1",
        "rpc": "http://127.0.0.1:2",
        "registry": "0x" + "5f" * 20,
        "platforms": {"kaka": {"api_key": "tally_live_x", "origin": "o", "log": "0x00"}},
    }
    (folder / "credentials.json").write_text(json.dumps(credentials | changes))
    (folder / "trust.json").write_bytes(core_trust.format(TrueLog().trust))
    return folder


def test_what_a_data_folder_says(tmp_path: Path) -> None:
    target = Target.read(service_folder(tmp_path))
    assert target.keys == {"kaka": "tally_live_x"}
    assert target.trust == TrueLog().trust


def test_a_folder_without_a_service(tmp_path: Path) -> None:
    with pytest.raises(NotAServiceFolder, match=r"credentials\.json is missing"):
        Target.read(tmp_path)
    for changes in ({"platforms": []}, {"platforms": {"kaka": {}}}, {"platforms": {"kaka": 3}}):
        with pytest.raises(NotAServiceFolder, match="not one of this service"):
            Target.read(service_folder(tmp_path, **changes))
    (tmp_path / "credentials.json").write_text("{")
    with pytest.raises(NotAServiceFolder):
        Target.read(tmp_path)


async def test_a_platform_that_the_service_does_not_have(tmp_path: Path) -> None:
    order = Order(service_folder(tmp_path), {"bendi": 3}, command.Run(1))
    with pytest.raises(NotAServiceFolder, match="no platform named bendi"):
        await run_order(order, command.ProgressDisplay(command.Progress(disable=True), 1))


def test_codes_are_counted() -> None:
    assert count_codes([("b",), ("a", "b")]) == {"a": 1, "b": 2}
