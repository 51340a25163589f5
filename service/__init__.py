"""Tallystick: receipts for trades that anyone can hold against the platform which gave them."""

from __future__ import annotations

__version__ = "0.1.0"
