"""The summary of a run: what was posted, how fast, how far it is anchored, at what price, and what was put
in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class PlatformSummary:
    """One platform. `receipts` kept and `anchored` (under an anchor with a final state proof); gas None
    when no node told.
    """

    platform: str
    receipts: int
    anchored: int
    anchors: int | None
    gas: int | None
    gas_per_event: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One run. `rate` in events a second while posting; `violations` by code, `messy` by kind."""

    seed: int
    run: str
    trades: int
    events: int
    presigned: int
    batches: int
    seconds: float
    rate: float
    waited: float
    platforms: tuple[PlatformSummary, ...]
    messy: dict[str, int]
    violations: dict[str, int]
    problems: tuple[str, ...]
    truth: str

    def document(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def count_codes(codes: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """How often each code was injected, by name."""
    return dict(sorted(Counter(code for each in codes for code in each).items()))


def tables(summary: Summary) -> list[Table]:
    """For the terminal: the platforms, the run, and what was injected."""
    platforms = Table(title=f"run {summary.run} (seed {summary.seed})")
    for column in ("platform", "receipts", "anchored", "anchors", "gas/event"):
        platforms.add_column(column, justify="left" if column == "platform" else "right")
    for each in summary.platforms:
        gas = "-" if each.gas_per_event is None else f"{each.gas_per_event:,.1f}"
        anchors = "-" if each.anchors is None else str(each.anchors)
        platforms.add_row(each.platform, f"{each.receipts:,}", f"{each.anchored:,}", anchors, gas)
    figures = Table(show_header=False)
    figures.add_column()
    figures.add_column(justify="right")
    for name, value in (
        ("trades", f"{summary.trades:,}"),
        ("events", f"{summary.events:,}"),
        ("of them signed offline", f"{summary.presigned:,}"),
        ("batches", f"{summary.batches:,}"),
        ("events a second", f"{summary.rate:,.0f}"),
        ("seconds of posting", f"{summary.seconds:,.1f}"),
        ("seconds until anchored", f"{summary.waited:,.1f}"),
        ("messy trades (kinds)", f"{sum(summary.messy.values()):,} ({len(summary.messy)})"),
        ("violations injected (codes)", f"{sum(summary.violations.values()):,} ({len(summary.violations)})"),
        ("refused", f"{len(summary.problems):,}"),
    ):
        figures.add_row(name, value)
    shown = [platforms, figures]
    if summary.violations:
        injected = Table(title=f"injected; truth: {summary.truth}")
        injected.add_column("code")
        injected.add_column("trades", justify="right")
        for code, count in summary.violations.items():
            injected.add_row(code, str(count))
        shown.append(injected)
    return shown
