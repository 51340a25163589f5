"""No name and no text here holds a NUL: PostgreSQL answers it with an error that costs its connection, so it
is refused before anybody asks a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api.service_process import ServiceProcess


@pytest.fixture
def kaka(service: ServiceProcess) -> Iterator[httpx.Client]:
    with service.client("kaka") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/v1/trades/a%00b",
        "/v1/events/%00",
        "/v1/disputes/%00/grants",
        "/v1/webhooks/%00",
        "/v1/disputes?trade=%00",
        "/v1/access?dispute=d%00",
        "/v1/shares?trade=%00",
        "/t/%00",
        "/logs/%00/checkpoint",
    ],
)
def test_in_a_path_or_parameter(kaka: httpx.Client, path: str) -> None:
    answer = kaka.get(path)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:tallystick:problem:invalid-request"
    # What only looks like one is a name like any other.
    assert kaka.get(path.replace("%00", "%2500")).status_code in (200, 404)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/shares", {"trade": "a\0b"}, "/trade"),
        ("/v1/webhooks", {"url": "https://a.example/", "events": ["anchor.late", "\0"]}, "/events/1"),
        (
            "/v1/webhooks",
            {"url": "https://a.example/", "events": ["anchor.late"], "description": "\0"},
            "/description",
        ),
    ],
)
def test_in_a_document(kaka: httpx.Client, path: str, body: dict[str, Any], pointer: str) -> None:
    answer = kaka.post(path, json=body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
