"""Step 9: several receipts given together fit together.

Compared are receipts of one log with nothing bad in steps 1 to 6, and only among those whose log is trusted
or among those whose is not: a stranger's forgery beside a genuine receipt must not cast doubt on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from service.core.canonical import canonicalize
from service.core.disclosure import MAX_DISCLOSURE_BYTES
from service.core.times import parse_time
from service.core.verdict import EntryFact, Report, Status, Step

_MOST_NAMED = 20
_NOTHING = Step(9, "trade", Status.SKIPPED, "needs_earlier_step")


def check_trades(reports: Sequence[Report]) -> tuple[Step, ...]:
    """Step 9 of each report, in order. A hole in a trade is named, a contradiction is bad for all it
    concerns."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number, report in enumerate(reports):
        entry = report.facts.entry
        if entry is not None:
            trusted = report.facts.checkpoint is not None
            groups[entry.log_id, entry.chain_id, entry.registry, trusted].append(number)
    steps = [report.steps[-1] if report.steps else _NOTHING for report in reports]
    for numbers in groups.values():
        shown = _Shown([reports[number] for number in numbers])
        for number in numbers:
            steps[number] = shown.step(reports[number])
    return tuple(steps)


class _Shown:
    """The receipts shown of one log, indexed by everything of which a log may have only one."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._leaves: dict[Hashable, set[bytes]] = defaultdict(set)
        self._indexes: dict[bytes, set[int]] = defaultdict(set)
        self._roots: dict[int, set[bytes]] = defaultdict(set)
        self._seqs: dict[str, dict[int, int]] = defaultdict(dict)
        self._received: dict[int, int] = {}
        self._entries: dict[bytes, list[EntryFact]] = defaultdict(list)
        for report in reports:
            self._add(report)
        self._latest = self._running_latest()
        self._claims = {leaf: _told_differently(each) for leaf, each in self._entries.items()}

    def _add(self, report: Report) -> None:
        entry = report.facts.entry
        assert entry is not None
        for key in _unique_keys(entry):
            self._leaves[key].add(entry.leaf)
        self._indexes[entry.leaf].add(entry.index)
        self._seqs[entry.trade][entry.seq] = entry.index
        self._received[entry.index] = parse_time(entry.received)
        self._entries[entry.leaf].append(entry)
        for size, root in _roots(report):
            self._roots[size].add(root)

    def _running_latest(self) -> dict[int, int]:
        """Per index, the latest time at which it or a lower index was received."""
        latest, found = 0, {}
        for index in sorted(self._received):
            latest = found[index] = max(latest, self._received[index])
        return found

    def step(self, report: Report) -> Step:
        entry = report.facts.entry
        assert entry is not None
        for reason, detail in self._contradictions(entry, report):
            return Step(9, "trade", Status.BAD, reason, detail)
        seqs = self._seqs[entry.trade]
        missing = [str(seq) for seq in range(max(seqs)) if seq not in seqs][: _MOST_NAMED + 1]
        if missing:
            named = ", ".join(missing[:_MOST_NAMED]) + (" …" if len(missing) > _MOST_NAMED else "")
            return Step(9, "trade", Status.SKIPPED, "not_shown", f"of trade {entry.trade}: seq {named}")
        return Step(9, "trade", Status.OK, "ok")

    def _contradictions(self, entry: EntryFact, report: Report) -> Iterator[tuple[str, str]]:
        for size, _ in _roots(report):
            if len(self._roots[size]) > 1:
                yield "fork", f"two roots of size {size}"
        for key in _unique_keys(entry):
            if len(self._leaves[key]) > 1:
                yield f"{key[0]}_twice", f"two entries of {' '.join(map(str, key))}"
        if len(self._indexes[entry.leaf]) > 1:
            yield "leaf_twice", "one entry at two indexes"
        for name in self._claims[entry.leaf]:
            yield "claim_differs", f"the claim {name} is shown with different values"
        before = self._leaves.get(("seq", entry.trade, entry.seq - 1))
        if before and entry.prev not in before:
            yield "prev_differs", f"seq {entry.seq} does not continue seq {entry.seq - 1}"
        if self._latest[entry.index] > parse_time(entry.received):
            yield "time_runs_back", f"a lower index was received after index {entry.index}"
        seqs = self._seqs[entry.trade]
        before_it = seqs.get(entry.seq - 1)
        if before_it is not None and before_it >= entry.index:
            yield "seq_out_of_order", f"seq {entry.seq - 1} has a higher index than seq {entry.seq}"


def _roots(report: Report) -> Iterator[tuple[int, bytes]]:
    """(size, root) that the log signed at the POST, and that of the confirmed anchor."""
    for fact in (report.facts.checkpoint, report.facts.anchor):
        if fact is not None:
            yield fact.size, fact.root


def _told_differently(shown: Sequence[EntryFact]) -> list[str]:
    """Claims to which receipts of one entry give different values.

    Whoever made the salts can have committed to two values of one claim, the second in the decoy's place, and
    show each to another reader.
    """
    if len(shown) < 2:
        return []
    values: dict[str, set[bytes]] = defaultdict(set)
    for entry in shown:
        for name, value in entry.claims:
            values[name].add(canonicalize(value, max_bytes=MAX_DISCLOSURE_BYTES))
    return [name for name, found in values.items() if len(found) > 1]


def _unique_keys(entry: EntryFact) -> tuple[tuple[str | int, ...], ...]:
    return ("index", entry.index), ("event", entry.event), ("seq", entry.trade, entry.seq)
