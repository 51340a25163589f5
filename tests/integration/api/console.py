"""Somebody at the console without a browser: signs in, opens pages, sends their forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.integration.api.service_process import ServiceProcess

HTML = {"accept": "text/html", "accept-language": "en"}


class Visitor:
    """One session. `post` sends what a page's form would, with its secret and this site's origin."""

    def __init__(self, service: ServiceProcess, key: str, *, address: str | None = None) -> None:
        transport = None if address is None else httpx.HTTPTransport(local_address=address)
        self.http = httpx.Client(base_url=service.url, headers=HTML, timeout=30, transport=transport)
        self.origin = service.url
        self.signed_in = self.http.post(
            "/console/sign-in", data={"key": key}, headers={"origin": service.url}
        )
        self.form = ""
        if self.signed_in.status_code == 303:
            found = re.search(r'name="form" value="([^"]+)"', self.get("/console").text)
            assert found is not None
            self.form = found[1]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return self.http.get(path, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        form: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A form. `form`: another secret than the session's; `headers` instead of this site's origin."""
        sent = {"form": self.form if form is None else form, **(fields or {})}
        return self.http.post(
            path, data=sent, headers={"origin": self.origin} if headers is None else dict(headers)
        )
