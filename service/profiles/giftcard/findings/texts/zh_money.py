"""Sentences of the first half of the table of rules: price, promise and payout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MONEY: Final[Mapping[str, str]] = {}
