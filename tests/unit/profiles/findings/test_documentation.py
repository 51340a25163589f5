"""docs/findings.md lists the rules that there are, each as what it is."""

from __future__ import annotations

import re
from pathlib import Path

from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Rule
from service.profiles.giftcard.findings.rules import RULES

TEXT = (Path(__file__).parents[4] / "docs" / "findings.md").read_text("utf-8")


def said(rule: Rule) -> str:
    """What the table's second column has to say of a rule."""
    parts = ["note"] if rule.kind is Kind.NOTE else []
    parts += [f"against {rule.against}"] if rule.against != "platform" else []
    parts += [f"for {rule.audience}"] if rule.audience != "parties" else []
    return ", ".join(parts)


def test_every_rule_is_listed_in_order_as_what_it_is() -> None:
    rows = re.findall(r"^\| ([a-z_]+) \|([^|]*)\|", TEXT.partition("## Rules")[2], re.MULTILINE)
    rules = [(code, more.strip()) for code, more in rows if code != "code"]
    assert rules == [(rule.code, said(rule)) for rule in RULES]
