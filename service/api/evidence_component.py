"""The component schema of evidence, as docs/protocol.md describes it."""

from __future__ import annotations

from typing import Any

from service.api.components import listing, nullable, record
from service.api.documentation import reference

_HASH = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
_HEX = {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_OPEN = {"type": "object"}


def schemas() -> dict[str, Any]:
    """All components by name."""
    sealed = record({"seq": _COUNT, "index": _COUNT, "leaf": _HASH})
    path = listing(_HASH)
    head = {"log": _HASH, "trade": _TEXT, "count": _COUNT, "leaf": _HASH, "size": _COUNT, "root": _HASH}
    key = {"address": _HEX, "role": _TEXT, "valid_from": _TIME, "valid_until": nullable(_TIME)}
    stamp = {
        "size": _COUNT,
        "root": _HASH,
        "checkpoint": _TEXT,
        "consistency": path,
        "token": _TEXT,
        "authority": _TEXT,
    }
    attachment = {
        "digest": _HASH,
        "media_type": _TEXT,
        "bytes": _COUNT,
        "label": nullable(_TEXT),
        "entries": listing(_COUNT),
    }
    shown = record({"receipt": reference("Receipt"), "inclusion": path})
    return {
        "Evidence": record(
            {
                "format": {"const": "tallystick-evidence/1"},
                "log": reference("Log"),
                "trade": _TEXT,
                "taken": _TIME,
                "checkpoint": _TEXT,
                "head": record({**head, "signature": _HEX}),
                "entries": listing({"oneOf": [shown, record({"sealed": sealed, "inclusion": path})]}),
                "context": listing(reference("Receipt")),
                "keys": nullable(listing(record(key))),
                "final": listing(record({"chain_id": _COUNT, "hash": _HASH})),
                "audience": listing(_TEXT),
                "findings": nullable(_OPEN),
                "attachments": listing(record(attachment)),
                "timestamps": listing(record(stamp)),
                "generator": _TEXT,
                "hints": _OPEN,
            }
        )
    }
