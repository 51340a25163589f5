"""Findings: deterministic rules over a trade, one small pure module a rule."""

from __future__ import annotations

from service.profiles.giftcard.findings.encoding import encode
from service.profiles.giftcard.findings.evaluation import evaluate, for_audience, proved

__all__ = ["encode", "evaluate", "for_audience", "proved"]
