"""The ASGI application: routers, one translation of errors, one outermost layer for what nobody foresaw."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import service
from service.api import case_bodies, cases, components, documentation, evidence_component, problems
from service.api.admission import Admission
from service.api.bodies import send_and_drain
from service.api.discretion import Discretion
from service.api.routers import (
    access,
    anchors,
    attachments,
    batch,
    capabilities,
    checkpoints,
    compare,
    consents,
    disputes,
    entries,
    events,
    evidence,
    findings,
    grants,
    health,
    holds,
    keys,
    logs,
    lookup,
    receipts,
    schemas,
    shares,
    signers,
    trades,
    webhooks,
)
from service.api.services import Services
from service.api.shortcuts import Shortcut, Shortcuts, shortcuts
from service.core.errors import TallyError

log = logging.getLogger("tally.api")

ErrorPage = Callable[[Request, problems.Refusal], Response | None]
"""A refusal as a page for people; None where a program asks, which gets problem+json."""

_EVENTS_IN_FLIGHT = 1024
_BATCHES_IN_FLIGHT = 8
_BATCHES_AT_ONCE = 2
_STEPS_IN_FLIGHT = 16  # of disputes: each holds a thread until it is durable
_COMPARISONS_IN_FLIGHT = 2
_UPLOADS_IN_FLIGHT = 4  # of a platform's disputes: each reserves as many bytes as it announces
_EVIDENCE_IN_FLIGHT = 16  # of a platform's trades, and slips: each takes a thread, and printing a core
_EVIDENCE_OF_ONE = 8
_UPLOADS_OF_ONE = 2  # whoever holds one link must not keep the others from handing in theirs

_ROUTERS = (
    events,
    batch,
    trades,
    findings,
    evidence,
    holds,
    entries,
    disputes,
    attachments,
    lookup,
    compare,
    receipts,
    schemas,
    keys,
    signers,
    shares,
    consents,
    grants,
    access,
    capabilities,
    logs,
    checkpoints,
    anchors,
    health,
    webhooks,
)

_DESCRIPTION = """\
Tallystick (符契): a receipt you can hold against the platform.

A platform posts events; the answer is a signed receipt with an inclusion proof under a checkpoint of the
platform's append-only log. Checkpoints are anchored on chain; `/logs/…` serves everything that completes
and checks a receipt, without an account and without content.
"""


class _DrainedResponse(Response):
    """Refuses an oversized body, then lets its sender finish for a moment."""

    def __init__(self, refusal: problems.Refusal) -> None:
        super().__init__(problems.body(refusal), refusal.kind.status)
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_and_drain(self._refusal, scope, receive, send)


async def _answer_error(request: Request, error: Exception) -> Response:
    refusal = problems.from_error(error)
    if refusal.kind.status >= 500:
        log.warning("refused %s: %s", refusal.kind.slug, type(error).__name__)
    if refusal.kind.slug == "internal-error":
        log.error("internal error", exc_info=error)
    if refusal.headers.get("connection") == "close":
        return _DrainedResponse(refusal)
    return _refused(request, refusal)


async def _answer_unforeseen(request: Request, error: Exception) -> Response:
    """What nobody handled, inside the routes. It is raised again after this, and `Edge` records it."""
    return _refused(request, problems.from_error(error))


def _refused(request: Request, refusal: problems.Refusal) -> Response:
    state = getattr(request.scope.get("app"), "state", None)
    page: ErrorPage | None = getattr(state, "error_page", None)
    shown = None if page is None else page(request, refusal)
    return problems.response(refusal) if shown is None else shown


class Edge:
    """Outermost: measures every answer, and turns what nobody handled into a bare 500.

    The operations that have a shortcut are handed over before routing.
    """

    def __init__(self, app: ASGIApp, services: Services, shortcuts: Shortcuts) -> None:
        self._app = app
        self._discreet = Discretion(self._dispatch, services.access)
        self._metrics = services.metrics
        self._shortcuts = shortcuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, finished = 0, False

        async def observed(message: Message) -> None:
            nonlocal status, finished
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        started = time.perf_counter()
        try:
            await self._discreet(scope, receive, observed)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:
            log.error("internal error", exc_info=error)
            if not status:
                await _refused(Request(scope), problems.from_error(error))(scope, receive, observed)
            elif not finished:  # cut off in the middle of an answer: the connection must show it
                raise
        finally:
            self._metrics.answered(_template(scope), status, time.perf_counter() - started)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _unspeakable(scope):
            await _refused(Request(scope), _NO_NUL)(scope, receive, send)
            return
        found = self._shortcuts.find(scope["method"], scope["path"])
        if found is None:
            await self._app(scope, receive, send)
        else:
            await self._hand_over(*found, scope, receive, send)

    async def _hand_over(
        self, shortcut: Shortcut, segment: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        scope["app"], scope["route"] = self._app, shortcut
        request = Request(scope, receive)
        try:
            answer = await shortcut.handler(request, segment)
        except ClientDisconnect:
            raise
        except Exception as error:
            answer = await _answer_error(request, error)
        await answer(scope, receive, send)


_NO_NUL = problems.Refusal("invalid-request", "no path or parameter here holds a NUL character")


def _unspeakable(scope: Scope) -> bool:
    """Whether path or query hold a NUL. Nothing is called so, and PostgreSQL answers it with an error that
    costs its connection.
    """
    return "\0" in scope["path"] or b"%00" in scope["query_string"]


def _template(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", "unmatched")


class Api(FastAPI):
    """FastAPI with this service's document."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document; made once."""
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title, version=self.version, description=_DESCRIPTION, routes=self.routes
            )
            document["components"] = {
                "schemas": {
                    **components.schemas(),
                    **cases.schemas(),
                    **case_bodies.schemas(),
                    **evidence_component.schemas(),
                },
                "securitySchemes": documentation.SECURITY,
            }
            _drop_generated_refusals(document["paths"])
            self.openapi_schema = document
        return self.openapi_schema


def _drop_generated_refusals(paths: Mapping[str, Mapping[str, Any]]) -> None:
    """FastAPI documents a 422 of its own shape wherever a handler has parameters; ours are problems."""
    for operations in paths.values():
        for operation in operations.values():
            answer = operation["responses"].get("422", {})
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            if schema.get("$ref", "").endswith("HTTPValidationError"):
                content = {problems.MEDIA_TYPE: {"schema": documentation.reference("Problem")}}
                operation["responses"]["422"] = {"description": "`invalid-parameter`", "content": content}


def create_app(
    services: Services, pages: Sequence[APIRouter] = (), error_page: ErrorPage | None = None
) -> ASGIApp:
    """The application over `services`, ready for an ASGI server; `pages` are routers for people, and
    `error_page` shows them refusals.
    """
    app = Api(
        title="Tallystick",
        version=service.__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        license_info={"name": "Apache-2.0"},
        # What FastAPI would report to a collector holds paths, and so trade ids.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.services = services
    app.state.error_page = error_page
    app.state.event_admission = Admission(_EVENTS_IN_FLIGHT)
    app.state.batch_admission = Admission(_BATCHES_IN_FLIGHT)
    app.state.compare_admission = Admission(_COMPARISONS_IN_FLIGHT)
    app.state.evidence_admission = Admission(_EVIDENCE_IN_FLIGHT)
    app.state.holder_evidence_admission = Admission(_EVIDENCE_OF_ONE)
    app.state.step_admission = Admission(_STEPS_IN_FLIGHT)
    app.state.upload_admission = Admission(_UPLOADS_IN_FLIGHT)
    app.state.holder_upload_admission = Admission(_UPLOADS_OF_ONE)
    app.state.batch_turn = asyncio.Semaphore(_BATCHES_AT_ONCE)
    for router in pages:  # first: some of their routes share an address with the API's, for browsers only
        app.include_router(router)
    for room in _ROUTERS:
        app.include_router(room.router)
    for kind in (TallyError, problems.Refusal, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer_error)
    app.add_exception_handler(Exception, _answer_unforeseen)
    return Edge(app, services, shortcuts(services))
