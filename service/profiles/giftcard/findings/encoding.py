"""Findings as bytes: the same findings of the same trade at the same time give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from service.core.canonical import canonicalize
from service.core.hexs import to_hex
from service.core.times import format_time
from service.profiles.giftcard.findings.model import Finding, TradeView
from service.profiles.giftcard.scalars import MAX_INTEGER

FORMAT: Final = "tallystick-findings/1"
_MOST_BYTES: Final = 8 * 1024 * 1024


def encode(view: TradeView, findings: Iterable[Finding], now: int) -> bytes:
    """RFC 8785 bytes of the findings of `view` at `now` (ms). `size` is the largest log size that a shown
    entry of the trade was promised at.
    """
    value: dict[str, object] = {
        "format": FORMAT,
        "log": {
            "origin": view.origin,
            "id": to_hex(view.log_id),
            "chain_id": view.chain_id,
            "registry": view.registry,
        },
        "trade": view.trade,
        "evaluated": format_time(now),
        "results": [finding_value(each) for each in findings],
    }
    if view.entries:
        value["size"] = max(each.promise.size for each in view.entries)
    return canonicalize(value, max_bytes=_MOST_BYTES)


def finding_value(finding: Finding) -> dict[str, object]:
    """One result as a JSON value; `amount` with `currency`, `missing` and `figures` only where there are
    any. A sum beyond 2^53-1, which JSON here has no integer for, is given as 2^53-1.
    """
    value: dict[str, object] = {
        "code": finding.code,
        "truth": finding.truth.value,
        "kind": finding.kind.value,
        "against": finding.against,
        "audience": finding.audience,
        "severity": finding.severity,
        "version": finding.version,
        "cured": finding.cured,
        "zh": finding.zh,
        "en": finding.en,
        "references": [{"event": each.event, "leaf": to_hex(each.leaf)} for each in finding.references],
    }
    if finding.amount is not None:
        value |= {"amount": _in_range(finding.amount), "currency": finding.currency}
    if finding.missing:
        value["missing"] = list(finding.missing)
    if finding.figures:
        value["figures"] = {name: _in_range(figure) for name, figure in finding.figures.items()}
    return value


def _in_range(figure: object) -> object:
    return max(-MAX_INTEGER, min(MAX_INTEGER, figure)) if type(figure) is int else figure
