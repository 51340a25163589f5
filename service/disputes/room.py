"""Everything of disputes that HTTP uses, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.disputes.attachments import Files
from service.disputes.case_ports import CaseIndex
from service.disputes.consents import Consents
from service.disputes.ports import CaseLog
from service.disputes.steps import Steps


@dataclass(frozen=True, slots=True)
class CaseRoom:
    """Cases of all open logs. `logs` by the log's name."""

    logs: Mapping[str, CaseLog]
    index: CaseIndex
    steps: Steps
    files: Files
    consents: Consents
    clock_ms: Callable[[], int]
