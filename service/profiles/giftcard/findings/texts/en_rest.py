"""Sentences of the second half of the table of rules: consents, cards, safeguards, disputes, the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REST: Final[Mapping[str, str]] = {}
