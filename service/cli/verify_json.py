"""The machine-readable account of `tally verify --json`: one object, hashes as hex, times as in the
receipt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass

import orjson

from service.cli.verify_files import Result
from service.core.hexs import to_hex
from service.core.verdict import Report

FORMAT = "tallystick-verification/1"
# DEL and C1 (CSI is one of them), line separators, marks of direction and of no width; all within the BMP.
_OBEYED = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def to_value(names: Sequence[str], results: Sequence[Result], exit_code: int) -> dict[str, object]:
    """`{format, exit_code, files: […]}`: of a receipt `{file, verdict, exit_code, reason, steps, facts}`, of
    evidence `{file, kind: "evidence", verdict, exit_code, reason, steps, problems, head, restored, entries,
    findings}`.
    """
    files = [_result(_text(name), result) for name, result in zip(names, results, strict=True)]
    return {"format": FORMAT, "exit_code": exit_code, "files": files}


def _text(name: str) -> str:
    """A file's name; bytes that are no UTF-8 are spelt as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def _result(name: str, result: Result) -> dict[str, object]:
    if isinstance(result, Report):
        return _file(name, result)
    from service.cli.verify_evidence_json import evidence_value

    return {"file": name, **evidence_value(result)}


def _file(name: str, report: Report) -> dict[str, object]:
    return {
        "file": name,
        "verdict": str(report.verdict),
        "exit_code": report.exit_code,
        "reason": report.reason,
        "steps": [plain(step) for step in report.steps],
        "facts": plain(report.facts),
    }


def encode(value: object) -> str:
    """The JSON text, with escapes for what a terminal might obey or hide; JSON itself asks for few."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain(value: object) -> object:
    """A value of dataclasses, bytes and tuples as JSON."""
    if isinstance(value, bytes):
        return to_hex(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value
