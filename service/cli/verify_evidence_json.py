"""The machine-readable account of evidence."""

from __future__ import annotations

from service.cli.verify_evidence import EvidenceCheck
from service.cli.verify_json import plain
from service.core.evidence import SealedEntry
from service.profiles.giftcard.findings.encoding import finding_value


def evidence_value(check: EvidenceCheck) -> dict[str, object]:
    """One element of `files`."""
    report = check.report
    evidence = report.evidence
    checkpoint = None if report.head is None else report.checkpoint
    return {
        "kind": "evidence",
        "verdict": str(report.verdict),
        "exit_code": report.exit_code,
        "reason": report.reason,
        "steps": [plain(each) for each in report.steps],
        "problems": [plain(each) for each in report.problems],
        "trade": None if evidence is None else evidence.trade,
        "head": plain(report.head),
        "as_of": None if checkpoint is None else {"size": checkpoint.size, "signed_at": checkpoint.signed_at},
        "time_stamps": [
            {"size": each.size, "trusted": each.trusted, "told": plain(each.told)} for each in check.stamps
        ],
        "restored": [{"seq": seq, "claims": list(names)} for seq, names in check.restored],
        "entries": _entries(check),
        "findings": None if check.findings is None else [finding_value(each) for each in check.findings],
    }


def _entries(check: EvidenceCheck) -> list[object]:
    reports, found = iter(check.report.receipts), list[object]()
    for element in () if check.report.evidence is None else check.report.evidence.entries:
        if isinstance(element.shown, SealedEntry):
            found.append({"sealed": plain(element.shown)})
            continue
        report = next(reports)
        told = {"verdict": str(report.verdict), "reason": report.reason, "facts": plain(report.facts)}
        found.append(told)
    return found
