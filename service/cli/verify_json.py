"""The machine-readable account of `tally verify --json`: one object, hashes as hex, times as in the
receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass

from service.core.hexs import to_hex
from service.core.verdict import Report

FORMAT = "tallystick-verification/1"


def to_value(names: Sequence[str], reports: Sequence[Report], exit_code: int) -> dict[str, object]:
    """`{format, exit_code, files: [{file, verdict, exit_code, reason, steps, facts}]}`."""
    files = [_file(name, report) for name, report in zip(names, reports, strict=True)]
    return {"format": FORMAT, "exit_code": exit_code, "files": files}


def _file(name: str, report: Report) -> dict[str, object]:
    return {
        "file": name,
        "verdict": str(report.verdict),
        "exit_code": report.exit_code,
        "reason": report.reason,
        "steps": [_plain(step) for step in report.steps],
        "facts": _plain(report.facts),
    }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return to_hex(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
