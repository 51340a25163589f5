"""What types, claims and members mean, in Chinese and in English."""

from __future__ import annotations
