"""Counters for Prometheus. No label carries an id, a path or anything a caller chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from service.anchoring.ports import AnchoringMetrics
from service.log.follower import Progress

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class LogState:
    """One log at scrape time. Unknown figures are None: an absent series is better than an invented one."""

    log: str
    size: int | None
    anchored_size: int | None
    anchored_at: float | None
    halted: bool


class _LogCollector(Collector):
    def __init__(self, states: Callable[[], Iterable[LogState]]) -> None:
        self._states = states

    def collect(self) -> Iterable[Metric]:
        size = GaugeMetricFamily("tally_log_size", "Entries in the log", labels=["log"])
        anchored = GaugeMetricFamily("tally_log_anchored_size", "Entries under an anchor", labels=["log"])
        at = GaugeMetricFamily(
            "tally_log_anchored_timestamp_seconds", "Time of the newest anchor", labels=["log"]
        )
        halted = GaugeMetricFamily("tally_log_halted", "1 when the log accepts nothing", labels=["log"])
        for state in self._states():
            for family, value in (
                (size, state.size),
                (anchored, state.anchored_size),
                (at, state.anchored_at),
                (halted, int(state.halted)),
            ):
                if value is not None:
                    family.add_metric([state.log], value)
        return [size, anchored, at, halted]


_ANCHORING_COUNTERS = {
    "sent": "Anchor transactions sent for the first time",
    "rebroadcast": "Anchor transactions sent again",
    "bumped": "Anchor transactions replaced at a higher fee",
    "reverted": "Anchor transactions that reverted",
    "anchored": "Checkpoints anchored by this service",
    "adopted": "Checkpoints anchored by somebody else",
    "orphaned": "Anchors that a reorganisation took back",
    "proofs": "State proofs captured",
    "resets": "Times the embedded chain had to be restored",
    "node_failures": "Looks at the chain that no node answered",
    "fee_capped": "Times a fee cap held a transaction back",
    "gas_used": "Gas paid for anchors",
}
_ANCHORING_GAUGES = {
    "leading": "1 when this process holds the lease to send",
    "in_flight": "Anchor transactions under way",
    "block": "Newest block",
    "final_block": "Newest final block",
    "skew": "Newest block's time minus the host's, in seconds",
    "balance": "Balance of the gas key, in wei",
    "reachable": "1 when a node answered the last look",
}


class _AnchoringCollector(Collector):
    def __init__(self, anchoring: Callable[[], AnchoringMetrics]) -> None:
        self._anchoring = anchoring

    def collect(self) -> Iterable[Metric]:
        now = self._anchoring()
        for name, text in _ANCHORING_COUNTERS.items():
            yield CounterMetricFamily(f"tally_anchoring_{name}", text, value=getattr(now, name))
        for name, text in _ANCHORING_GAUGES.items():
            yield GaugeMetricFamily(f"tally_anchoring_{name}", text, value=int(getattr(now, name)))


class _FollowerCollector(Collector):
    def __init__(self, progress: Callable[[], Iterable[Progress]]) -> None:
        self._progress = progress

    def collect(self) -> Iterable[Metric]:
        labels = ["handler", "log"]
        behind = GaugeMetricFamily(
            "tally_follower_behind", "Signed entries that a handler has not had yet", labels=labels
        )
        failures = CounterMetricFamily(
            "tally_follower_failures", "Batches that a handler failed on", labels=labels
        )
        for one in self._progress():
            behind.add_metric([one.handler, one.log], max(0, one.size - one.handled))
            failures.add_metric([one.handler, one.log], one.failures)
        return [behind, failures]


class Metrics:
    """The process's counters, in a registry of their own so that several services fit into one process."""

    def __init__(
        self,
        states: Callable[[], Iterable[LogState]],
        body_bytes: Callable[[], int],
        anchoring: Callable[[], AnchoringMetrics],
        followed: Callable[[], Iterable[Progress]] = tuple,
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "tally_http_requests", "Requests answered", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tally_http_request_seconds",
            "Time to answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "tally_events", "Events answered with a receipt", ["log", "kind"], registry=self._registry
        )
        self._registry.register(_LogCollector(states))
        self._registry.register(_BodyCollector(body_bytes))
        self._registry.register(_AnchoringCollector(anchoring))
        self._registry.register(_FollowerCollector(followed))
        self._request_series: dict[tuple[str, int], Counter] = {}
        self._second_series: dict[str, Histogram] = {}
        self._event_series: dict[tuple[str, bool], Counter] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """One request answered. `route` is the route's template, never the path."""
        series = self._request_series.get((route, status))
        if series is None:
            series = self._request_series[route, status] = self._requests.labels(route, str(status))
        series.inc()
        times = self._second_series.get(route)
        if times is None:
            times = self._second_series[route] = self._seconds.labels(route)
        times.observe(seconds)

    def appended(self, log: str, count: int, repeated: bool) -> None:
        """Events answered with receipts: new ones, or repeated ones that got their first receipt again."""
        series = self._event_series.get((log, repeated))
        if series is None:
            series = self._event_series[log, repeated] = self._events.labels(
                log, "repeated" if repeated else "new"
            )
        series.inc(count)

    def exposition(self) -> bytes:
        """All counters in the Prometheus text format."""
        return generate_latest(self._registry)


class _BodyCollector(Collector):
    def __init__(self, body_bytes: Callable[[], int]) -> None:
        self._body_bytes = body_bytes

    def collect(self) -> Iterable[Metric]:
        gauge = GaugeMetricFamily("tally_body_bytes", "Bytes reserved for request bodies in memory")
        gauge.add_metric([], self._body_bytes())
        return [gauge]
