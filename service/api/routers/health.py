"""`/healthz`, `/readyz`, `/metrics`: for load balancers and Prometheus. No secrets, no ids."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.api.components import record
from service.api.documentation import content, operation
from service.api.media import JSON
from service.api.services import services_of

router = APIRouter(tags=["health"])
_HEADERS = {"cache-control": "no-store"}
_LIVE = record({"status": {"const": "ok"}})
_READY = record({"ready": {"type": "boolean"}})


@router.get(
    "/healthz",
    **operation("Is the process alive?", {200: ("It is", content(JSON, _LIVE))}, authenticated=False),
)
async def healthz() -> Response:
    """Answers as long as the event loop turns; asks nothing else."""
    return Response(b'{"status":"ok"}', 200, _HEADERS, JSON)


@router.get(
    "/readyz",
    **operation(
        "Can it take events?",
        {
            200: ("It can", content(JSON, _READY)),
            503: ("It cannot; the body says which part", content(JSON, _READY)),
        },
        authenticated=False,
    ),
)
async def readyz(request: Request) -> Response:
    """Database reachable and logs open. The chain is reported, but events are accepted without it for a
    while.
    """
    services = services_of(request)
    state = await services.off_loop(services.readiness)
    return Response(orjson.dumps(state), 200 if state["ready"] else 503, _HEADERS, JSON)


@router.get(
    "/metrics",
    **operation(
        "Counters for Prometheus",
        {200: ("Prometheus text format", content("text/plain", {"type": "string"}))},
        authenticated=False,
    ),
)
async def metrics(request: Request) -> Response:
    """Requests, latencies, events, log sizes, newest anchors."""
    services = services_of(request)
    text = await services.off_loop(services.metrics.exposition)
    return Response(text, 200, _HEADERS, "text/plain; version=0.0.4; charset=utf-8")
