"""One case as a reader meets it: found by the index, told by the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.disputes.case_entries import STEP_TYPES, case_entries, trade_entries
from service.disputes.case_ports import CaseIndex
from service.disputes.cases import Case, Proceedings, replay
from service.disputes.errors import CaseUnknown
from service.disputes.ports import CaseLog
from service.log.errors import EventErased
from service.log.ports import StoredEntry


@dataclass(frozen=True, slots=True)
class LoadedTrade:
    """All entries of a trade by seq, and the cases they tell."""

    trade: str
    entries: Sequence[StoredEntry]
    told: Proceedings

    @property
    def steps(self) -> int:
        """How many entries of disputes the trade has."""
        return sum(entry.type in STEP_TYPES for entry in self.entries)


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """One case, and all entries of its trade by seq."""

    case: Case
    trade: LoadedTrade

    @property
    def dispute(self) -> str:
        """The dispute's id."""
        return self.case.dispute

    @property
    def entries(self) -> Sequence[StoredEntry]:
        """All entries of the trade by seq."""
        return self.trade.entries

    @property
    def indexes(self) -> frozenset[int]:
        """The indexes of the case's own entries."""
        return frozenset({self.case.opened.index, *(step.entry.index for step in self.case.steps)})


def load_trade(log: CaseLog, trade: str) -> LoadedTrade:
    """The trade as the log tells it now."""
    entries = trade_entries(log, trade)
    return LoadedTrade(trade, entries, replay(case_entries(entries)))


def load_case(log: CaseLog, index: CaseIndex, reader: Reader, dispute: str) -> LoadedCase:
    """The case. CaseUnknown when there is none, or none that is any of this reader's business; EventErased
    when the content of its opening is gone.
    """
    found = index.find(log.identity.log_id, dispute)
    # Asked here for its price alone: the look at the opening's entry below would refuse as well.
    if found is None or not reader.may_read(found.trade) or reader.dispute not in (None, dispute):
        raise CaseUnknown("no such dispute")
    trade = load_trade(log, found.trade)
    case = trade.told.case(dispute)
    opening = next((each for each in trade.entries if each.index == found.index), None)
    if opening is None or sight_of(reader, opening) is Sight.SEALED:
        raise CaseUnknown("no such dispute")
    if case is None:
        raise EventErased([opening.event])
    return LoadedCase(case, trade)
