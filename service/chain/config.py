"""Network files, `chain-config/*.toml`: read strictly, every error names the member."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from service.anchoring.fees import FeePolicy, FeesUnusable
from service.anchoring.send_state import Timing
from service.chain.finality import Finality
from service.core.errors import TallyError

GWEI: Final = 10**9
ETHER: Final = 10**18
MOST_DEPOSIT: Final = 5 * 10**16
_EXPLORER = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._-]+)*")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ChainConfigError(TallyError):
    """A network file cannot be used; the message names the file and the member."""


@dataclass(frozen=True, slots=True)
class AnchoringConfig:
    """`interval`, `promise`, `max_delay`, `expected` in seconds; `poll` in milliseconds; `challenge_deposit`
    in wei.
    """

    interval: int
    promise: int
    max_delay: int
    expected: int
    poll: int
    challenge_deposit: int


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """A real network: its id, its nodes, and the file that says where the registry is."""

    chain_id: int
    rpc: tuple[str, ...]
    timeout: int
    deployment: Path


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """One network file. `node` is None for the embedded chain; `explorer` is the address of a block explorer
    for people, to which `/block/N`, `/tx/HASH` and `/address/A` are added.
    """

    name: str
    node: NodeConfig | None
    anchoring: AnchoringConfig
    finality: Finality
    fees: FeePolicy
    timing: Timing
    explorer: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether the chain is a local one of the data folder's own."""
        return self.node is None


def load(path: Path, environment: Mapping[str, str]) -> ChainConfig:
    """Read a network file; `${NAME}` in RPC URLs comes from `environment`. Errors: ChainConfigError."""
    try:
        # Decimal: 0.1 gwei is a hundred million wei, not a little more.
        value = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ChainConfigError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ChainConfigError(f"{path}: not TOML: {error}") from None
    table = _Table(str(path), "", value)
    name = table.text("name", _NAME)
    kind = table.text("kind", re.compile("embedded|node"))
    node = _node(table, path, environment) if kind == "node" else None
    config = ChainConfig(
        name=name,
        node=node,
        anchoring=_anchoring(table.table("anchoring")),
        finality=_finality(table.table("finality")),
        **_fees(table.table("fees")),
        explorer=table.optional_text("explorer", _EXPLORER),
    )
    table.finish()
    return config


def _node(table: _Table, path: Path, environment: Mapping[str, str]) -> NodeConfig:
    return NodeConfig(
        chain_id=table.integer("chain_id", 1, 2**53 - 1),
        rpc=tuple(_url(table, text, environment) for text in table.texts("rpc")),
        timeout=table.integer("timeout_seconds", 1, 120),
        deployment=path.parent / table.text("deployment", re.compile(r"[A-Za-z0-9._/-]+\.json")),
    )


def _url(table: _Table, text: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = environment.get(match[1])
        if not found:
            table.fail("rpc", f"the variable {match[1]} is not set")
        return found or ""

    url = _VARIABLE.sub(value, text)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        table.fail("rpc", "expected http:// or https:// URLs")
    return url


def _anchoring(table: _Table) -> AnchoringConfig:
    config = AnchoringConfig(
        interval=table.integer("interval_seconds", 1, 86_400),
        promise=table.integer("promise_seconds", 60, 2_592_000),
        max_delay=table.integer("max_delay_seconds", 60, 2_592_000),
        expected=table.integer("expected_seconds", 1, 86_400),
        poll=table.integer("poll_milliseconds", 50, 600_000),
        challenge_deposit=table.amount("challenge_deposit_ether", ETHER, least=0),
    )
    if config.promise > config.max_delay:
        table.fail("promise_seconds", "the registry refuses promises longer than max_delay_seconds")
    if config.challenge_deposit > MOST_DEPOSIT:
        table.fail("challenge_deposit_ether", "the registry allows at most 0.05")
    if config.interval + 2 * config.expected > config.promise:
        table.fail("promise_seconds", "must leave room for interval_seconds and twice expected_seconds")
    table.finish()
    return config


def _finality(table: _Table) -> Finality:
    rule = table.text("rule", re.compile("finalized|confirmations"))
    confirmations = table.integer("confirmations", 1, 100_000) if rule == "confirmations" else None
    table.finish()
    return Finality(confirmations)


def _fees(table: _Table) -> dict[str, Any]:
    max_fee = table.amount("max_fee_gwei", GWEI)
    max_priority = table.amount("max_priority_fee_gwei", GWEI)
    min_priority = table.amount("min_priority_fee_gwei", GWEI)
    bump_percent = table.integer("bump_percent", 10, 1000)
    budget = table.amount("budget_ether", ETHER)
    timing = Timing(
        rebroadcast=1000 * table.integer("rebroadcast_seconds", 1, 86_400),
        bump=1000 * table.integer("bump_seconds", 1, 86_400),
    )
    table.finish()
    try:
        policy = FeePolicy(max_fee, max_priority, min_priority, bump_percent, budget)
    except FeesUnusable as error:
        table.fail("", str(error))
        raise
    return {"fees": policy, "timing": timing}


class _Table:
    """A TOML table whose members are taken one by one; what is left at the end is unknown."""

    def __init__(self, file: str, name: str, value: Mapping[str, Any]) -> None:
        self._file = file
        self._name = name
        self._left = dict(value)

    def fail(self, member: str, problem: str) -> None:
        """Refuse the file over one member."""
        place = ".".join(part for part in (self._name, member) if part)
        raise ChainConfigError(f"{self._file}: {place}: {problem}")

    def _take(self, member: str) -> Any:
        if member not in self._left:
            self.fail(member, "missing")
        return self._left.pop(member)

    def text(self, member: str, pattern: re.Pattern[str]) -> str:
        """A string of a pattern."""
        value = self._take(member)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.fail(member, f"expected a text like {pattern.pattern}")
        return str(value)

    def optional_text(self, member: str, pattern: re.Pattern[str]) -> str | None:
        """A string of a pattern, or None where the member is left out."""
        return self.text(member, pattern) if member in self._left else None

    def texts(self, member: str) -> list[str]:
        """A list of at least one string."""
        value = self._take(member)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
            self.fail(member, "expected a list of texts")
        return list(value)

    def integer(self, member: str, low: int, high: int) -> int:
        """An integer in [low, high]."""
        value = self._take(member)
        if type(value) is not int or not low <= value <= high:
            self.fail(member, f"expected a whole number from {low} to {high}")
        return int(value)

    def amount(self, member: str, unit: int, least: int = 1) -> int:
        """A decimal number of `unit`s, as whole wei, at least `least`."""
        value = self._take(member)
        if type(value) not in (int, Decimal) or not Decimal(value).is_finite() or value * unit < least:
            self.fail(member, "expected a number, " + ("positive" if least else "not negative"))
        wei = Decimal(value) * unit
        if wei != int(wei) or wei >= 2**63:
            self.fail(member, "is not a whole number of wei below 2^63")
        return int(wei)

    def table(self, member: str) -> _Table:
        """A table."""
        value = self._take(member)
        if not isinstance(value, dict):
            self.fail(member, "expected a table")
        return _Table(self._file, member, value)

    def finish(self) -> None:
        """Refuse members that nobody asked for: a misspelt one must not be silent."""
        if self._left:
            self.fail(sorted(self._left)[0], "unknown member")
