"""Findings: deterministic rules over a trade, one small pure module a rule."""
