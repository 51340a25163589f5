"""The schemas of `/openapi.json`: what is posted and answered, as JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.profiles import giftcard

_HASH = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
_ADDRESS = {"type": "string", "pattern": "^0x[0-9a-f]{40}$"}
_BYTES = {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
_TEXT = {"type": "string"}
_ID = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_NOTE = {"type": "string", "description": "C2SP signed note of a tlog-checkpoint, two signature lines"}


def record(
    members: Mapping[str, Any], *, optional: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """An object schema; `members` are required."""
    return {
        "type": "object",
        "required": sorted(members),
        "properties": {**members, **(optional or {})},
        **more,
    }


def listing(items: Mapping[str, Any]) -> dict[str, Any]:
    """An array schema."""
    return {"type": "array", "items": items}


def nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem() -> dict[str, Any]:
    blocked = record(
        {
            "reason": {"enum": ["dispute", "hold", "retention", "record"]},
            "claims": listing(_TEXT),
            "until": {**nullable(_TIME), "description": "null: until somebody decides"},
            "event": {**nullable(_ID), "description": "what opened the dispute or placed the hold"},
        }
    )
    error = record({"detail": _TEXT, "code": _TEXT}, optional={"pointer": _TEXT, "parameter": _TEXT})
    return record(
        {
            "type": {"type": "string", "pattern": "^urn:tallystick:problem:"},
            "title": _TEXT,
            "status": _COUNT,
            "detail": _TEXT,
        },
        optional={
            "errors": listing(error),
            "events": listing(_ID),
            "indexes": listing(_COUNT),
            "blocked": listing(blocked),
            "erasable": listing(_TEXT),
        },
        description="RFC 9457 problem details; pointers are RFC 6901, into the posted document",
    )


def _event() -> dict[str, Any]:
    signature = record({"type": {"const": "eip712"}, "address": _ADDRESS, "role": _TEXT, "signature": _BYTES})
    return record(
        {
            "event": {**_ID, "description": "unique in the log; the idempotency key"},
            "trade": _ID,
            "type": {"type": "string", "description": "one of /v1/schemas, or x-…"},
            "occurred": _TIME,
            "claims": {"type": "object"},
        },
        optional={
            "disclosures": listing(
                {"type": "string", "description": "base64url of JCS([salt, name, value])"}
            ),
            "decoy": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
            "signatures": listing(signature),
        },
        additionalProperties=False,
        examples=[giftcard.example("quote")],
    )


def _log() -> dict[str, Any]:
    return record({"origin": _TEXT, "id": _HASH, "chain_id": _COUNT, "registry": _ADDRESS})


def _anchor(*, inclusion: bool) -> dict[str, Any]:
    state_proof = record({"header": _BYTES, "account": listing(_BYTES), "storage": listing(_BYTES)})
    via = record({"log": _HASH, "index": _COUNT, "size": _COUNT, "root": _HASH, "inclusion": listing(_HASH)})
    members = {
        "chain_id": _COUNT,
        "registry": _ADDRESS,
        "size": _COUNT,
        "root": _HASH,
        "checkpoint": nullable(_NOTE),
        "via": nullable(via),
        "state_proof": nullable(state_proof),
    }
    return record(
        {**members, "inclusion": listing(_HASH)} if inclusion else members,
        optional={} if inclusion else {"inclusion": listing(_HASH)},
    )


def _receipt() -> dict[str, Any]:
    return record(
        {
            "format": {"const": "tallystick-receipt/1"},
            "log": _ref("Log"),
            "entry": {"type": "string", "description": "the entry's exact bytes"},
            "disclosures": listing(_TEXT),
            "index": _COUNT,
            "checkpoint": _NOTE,
            "inclusion": listing(_HASH),
            "anchors": listing(_ref("Anchor")),
            "cosignatures": {"type": "array", "maxItems": 0},
            "hints": {"type": "object", "description": "never proven, never shown as proven"},
        }
    )


def _batch() -> dict[str, Any]:
    return record(
        {
            "format": {"const": "tallystick-batch/1"},
            "log": _ref("Log"),
            "first": _COUNT,
            "size": _COUNT,
            "entries": listing(_TEXT),
            "disclosures": listing(listing(_TEXT)),
            "checkpoint": _NOTE,
            "left": listing(_HASH),
            "right": listing(_HASH),
        }
    )


def _timeline_entry() -> dict[str, Any]:
    return record(
        {
            "seq": _COUNT,
            "index": _COUNT,
            "leaf": _HASH,
            "sight": {
                "enum": ["full", "withheld", "sealed"],
                "description": "withheld: without disclosures; sealed: without the entry too",
            },
        },
        optional={
            "entry": _TEXT,
            "disclosures": {**nullable(listing(_TEXT)), "description": "null once the content was erased"},
            "erased": {
                **listing(record({"claims": listing(_TEXT), "at": _TIME, "ground": _TEXT, "erasure": _HASH})),
                "description": "which claims are gone, since when, why, and the leaf of the record of it",
            },
        },
    )


def _trade() -> dict[str, Any]:
    entries = listing(_ref("TimelineEntry"))
    return record(
        {"log": _ref("Log"), "trade": _ID, "entries": entries, "next": nullable(_TEXT)},
        description="`next` is the cursor of the following page, null on the last",
    )


def _access() -> dict[str, Any]:
    key = {"id": _TEXT, "platform": _TEXT, "mode": {"enum": ["live", "test"]}, "role": _TEXT, "label": _TEXT}
    times = {"created": _TIME, "revoked": nullable(_TIME)}
    signer = {"address": _ADDRESS, "role": _TEXT, "valid_from": _TIME, "valid_until": nullable(_TIME)}
    return {
        "ApiKey": record({**key, **times}),
        "NewApiKey": record(
            {**key, **times, "api_key": {"type": "string", "description": "shown this once"}}
        ),
        "Signer": record({**signer, "created": _TIME}),
    }


def _capabilities() -> dict[str, Any]:
    share = {
        "id": _TEXT,
        "trade": _ID,
        "created": _TIME,
        "expires": _TIME,
        "code_expires": {**_TIME, "description": "until when the short code opens it"},
        "revoked": nullable(_TIME),
        "last_used": nullable(_TIME),
    }
    grant = {
        "id": _TEXT,
        "dispute": _ID,
        "trade": _ID,
        "role": {"enum": ["mediator", "arbitrator"]},
        "restricted": {"type": "boolean", "description": "whether reviews are shown too"},
        "label": _TEXT,
        "created": _TIME,
        "expires": _TIME,
        "revoked": nullable(_TIME),
        "last_used": nullable(_TIME),
    }
    code = {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]$"}
    qr = {"type": "string", "description": "the link's QR code, an SVG element"}
    access = {
        "holder": {"enum": ["share", "grant"]},
        "id": _TEXT,
        "trade": _ID,
        "dispute": nullable(_ID),
        "kind": {"type": "string", "description": "method and route"},
        "at": _TIME,
        "network": {**nullable(_TEXT), "description": "a keyed hash; tells networks apart"},
    }
    return {
        "Share": record(share),
        "NewShare": record({**share, "url": _TEXT, "code": code, "qr": qr}),
        "SharedReceipt": record({"receipt": _ref("Receipt"), "share": _ref("NewShare")}),
        "Grant": record(grant),
        "NewGrant": record({**grant, "token": _TEXT, "url": _TEXT}),
        "Access": record(access),
    }


def _public() -> dict[str, Any]:
    log = record(
        {
            "name": _TEXT,
            "origin": _TEXT,
            "id": _HASH,
            "chain_id": _COUNT,
            "registry": _ADDRESS,
            "test": {"type": "boolean"},
            "size": _COUNT,
        }
    )
    proof = {"index": _COUNT, "leaf": _HASH, "size": _COUNT, "root": _HASH, "inclusion": listing(_HASH)}
    checkpoint = record(
        {
            "size": _COUNT,
            "root": _HASH,
            "signed_at": _COUNT,
            "anchor_by": _COUNT,
            "checkpoint": {"type": "string", "description": "the signed note"},
        }
    )
    return {
        "LogEntry": log,
        "InclusionProof": record({"log": _ref("Log"), **proof}),
        "ConsistencyProof": record(
            {
                "log": _ref("Log"),
                "old": _COUNT,
                "new": _COUNT,
                "old_root": _HASH,
                "new_root": _HASH,
                "proof": listing(_HASH),
            }
        ),
        "Checkpoints": record(
            {"log": _ref("Log"), "checkpoints": listing(checkpoint), "next": nullable(_COUNT)}
        ),
        "Anchors": record(
            {"log": _ref("Log"), "anchors": listing(_ref("ListedAnchor")), "next": nullable(_TEXT)}
        ),
    }


def _erasure() -> dict[str, Any]:
    hold = {
        "hold": {**_ID, "description": "its entry's event id"},
        "leaf": _HASH,
        "targets": listing(_HASH),
        "ground": _TEXT,
        "until": nullable(_TIME),
        "released": nullable(_TIME),
    }
    run = ("trades", "entries", "claims", "erasures", "unfinished")
    erased = {"erasure": {**_HASH, "description": "leaf of the erasure entry"}}
    return {
        "Erased": record({**erased, "claims": listing(_TEXT), "at": _TIME}),
        "Hold": record(hold),
        "RetentionRun": record({**dict.fromkeys(run, _COUNT), "rewritten": {"type": "boolean"}}),
    }


def schemas() -> dict[str, Any]:
    """All components by name."""
    return {
        "Problem": _problem(),
        "Event": _event(),
        "Log": _log(),
        "Anchor": _anchor(inclusion=True),
        "ListedAnchor": _anchor(inclusion=False),
        "Receipt": _receipt(),
        "Batch": _batch(),
        "TimelineEntry": _timeline_entry(),
        "Trade": _trade(),
        **_access(),
        **_capabilities(),
        **_erasure(),
        **_public(),
    }
