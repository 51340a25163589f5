"""Media types and preferences of requests."""

from __future__ import annotations

from fastapi import Request

from service.api.problems import Refusal

JSON = "application/json"
NDJSON = "application/x-ndjson"


def media_type(request: Request, *accepted: str) -> str:
    """The body's media type without parameters; 415 unless it is one of those accepted."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal("unsupported-media-type", "compressed bodies are not accepted")
    header = request.headers.get("content-type", "")
    if header in accepted:
        return header
    name, _, parameters = header.partition(";")
    name = name.strip().lower()
    if name not in accepted or ("charset" in parameters.lower() and "utf-8" not in parameters.lower()):
        raise Refusal(
            "unsupported-media-type",
            "send " + " or ".join(accepted) + ", in UTF-8",
            headers={"accept": ", ".join(accepted)},
        )
    return name


def prefers_minimal(request: Request) -> bool:
    """Whether the caller sent `Prefer: return=minimal` (RFC 7240)."""
    header = request.headers.get("prefer")
    if header is None:
        return False
    return any(one.partition(";")[0].strip().lower() == "return=minimal" for one in header.split(","))
