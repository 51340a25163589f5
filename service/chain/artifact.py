"""The registry as compiled: what is deployed, and the code hash that everybody pins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from service.core.hexs import from_hex


@dataclass(frozen=True, slots=True)
class Artifact:
    """ABI, creation code, and keccak256 of the runtime code (the same on every chain)."""

    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    runtime_code_hash: bytes


@lru_cache(maxsize=1)
def load() -> Artifact:
    """The artifact shipped with the package."""
    text = files("service.chain").joinpath("artifacts/AuditRegistry.json").read_bytes()
    value = json.loads(text)
    return Artifact(
        abi=tuple(value["abi"]),
        bytecode=from_hex(value["bytecode"], None),
        runtime_code_hash=from_hex(value["runtime_code_hash"]),
    )
