"""One request of somebody who has signed in, and the form that came with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

from fastapi import Request

from service.access.ports import Tenant
from service.access.readers import Reader
from service.access.sessions import SignedIn
from service.api.problems import Refusal
from service.api.services import OpenLog, Services, services_of
from service.web.console.room import ConsoleRoom
from service.web.language import Language, language_of

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1100
"""A hold names at most 900 entries."""


class Form:
    """A posted form. Fields left empty count as absent, as people mean it."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def get(self, name: str) -> str | None:
        """The field's text without blanks around it; None when there is none."""
        return next(iter(self._fields.get(name, ())), None)

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field of several, such as check boxes."""
        return self._fields.get(name, ())

    @property
    def does(self) -> str:
        """Which of the page's forms was sent."""
        return self.get("do") or ""


EMPTY = Form({})


def parse_form(body: bytes) -> Form:
    """A body of `application/x-www-form-urlencoded`; 400 unless it is one in UTF-8."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Refusal("invalid-request", "this is not a form") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        text = value.replace("\r\n", "\n").strip()
        if text:
            fields.setdefault(name, []).append(text)
    return Form(fields)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, for what, with which form."""

    request: Request
    room: ConsoleRoom
    signed_in: SignedIn
    form: Form = EMPTY

    @property
    def services(self) -> Services:
        """The API's services."""
        return services_of(self.request)

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return language_of(self.request)

    @property
    def log(self) -> OpenLog:
        """The log of the key: the live one, or the test log."""
        return self.services.log_of(self.signed_in.principal)

    @property
    def reader(self) -> Reader:
        """Who reads: the platform, all of its log."""
        who = self.signed_in.principal
        return Reader("platform", who.key_id, who.platform, who.mode)

    @property
    def tenant(self) -> Tenant:
        """Whose shares, webhooks and records."""
        return Tenant(self.signed_in.principal.platform, self.signed_in.principal.mode)

    @property
    def origin(self) -> str:
        """The address that links and examples begin with."""
        return self.services.access.links.origin


def visit_of(request: Request) -> Visit:
    """The visit that the guard let in."""
    return cast(Visit, request.state.visit)
