"""What can go wrong between a platform and the service, each with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from service.core.errors import Problem, TallyError

_SLUG_PREFIX = "urn:tallystick:problem:"


class ApiProblem(TallyError):
    """The service refused a request (RFC 9457). `errors` point into what was sent; mend it, or read `type`.

    `events` are the ids a conflict names, `indexes` the positions at fault in a batch, `retry_after` the
    seconds that the service asked to wait. `members` holds everything else that the answer said.
    """

    def __init__(
        self,
        type: str,
        title: str,
        status: int,
        detail: str = "",
        errors: tuple[Problem, ...] = (),
        members: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(type, title, status, detail)
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.errors = errors
        self.members = dict(members or {})
        self.retry_after = retry_after

    def __str__(self) -> str:
        places = "".join(
            f"; {problem.pointer or '(whole)'}: {problem.detail}" for problem in self.errors[:20]
        )
        return f"{self.status} {self.title}: {self.detail or self.type}{places}"

    @property
    def slug(self) -> str:
        """The last part of `type`, as the service documents it; "" for a problem of somebody else."""
        return self.type.removeprefix(_SLUG_PREFIX) if self.type.startswith(_SLUG_PREFIX) else ""

    @property
    def events(self) -> tuple[str, ...]:
        """Ids of the events that the problem names."""
        return tuple(event for event in self._list("events") if isinstance(event, str))

    @property
    def indexes(self) -> tuple[int, ...]:
        """Positions in the batch, from 0, that are at fault."""
        return tuple(index for index in self._list("indexes") if type(index) is int)

    def _list(self, name: str) -> list[object]:
        value = self.members.get(name)
        return value if isinstance(value, list) else []


class ServiceUnreachable(TallyError):
    """No answer arrived, although the request was repeated. It is not known whether events were stored:
    post the very same events again, their ids make that safe."""


class OutboxConflict(TallyError):
    """The outbox already holds an event of this id with other content."""


class OutboxFailed(TallyError):
    """The outbox's file could not be read or written: what was being put is not kept.

    After an I/O error on the way to the medium the outbox refuses everything until a new process opens it.
    """


def problem_from(status: int, reason: str, body: bytes, retry_after: float | None) -> ApiProblem:
    """The problem that an answer of status 400 or above tells, be it problem+json or a proxy's page."""
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        document = {}
    known = {"type", "title", "status", "detail", "errors"}
    return ApiProblem(
        _text(document, "type") or "about:blank",
        _text(document, "title") or reason or "no reason given",
        status,
        _text(document, "detail"),
        tuple(_problems(document.get("errors"))),
        {name: value for name, value in document.items() if name not in known},
        retry_after,
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _problems(errors: object) -> list[Problem]:
    found = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return [
        Problem(_text(e, "pointer") or _text(e, "parameter"), _text(e, "detail"), _text(e, "code"))
        for e in found
    ]
