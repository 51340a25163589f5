"""What is found before FastAPI looks are operations of the document, and nothing else is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from service.api.app import Api
from service.api.shortcuts import Shortcuts, shortcuts
from tests.unit.api.test_app import Fixture


@pytest.fixture
def fixture() -> Iterator[Fixture]:
    made = Fixture()
    yield made
    made.services.threads.shutdown()


@pytest.fixture
def found(fixture: Fixture) -> Shortcuts:
    return shortcuts(replace(fixture.services, logs={"kaka": cast(Any, None), "kaka-test": cast(Any, None)}))


ASKED = {
    ("POST", "/v1/events"): ("/v1/events", "events"),
    ("POST", "/v1/events/batch"): ("/v1/events/batch", "batch"),
    ("GET", "/v1/receipts/0xab"): ("/v1/receipts/{leaf}", "0xab"),
    ("GET", "/logs/kaka/proof"): ("/logs/{name}/proof", "proof"),
    ("GET", "/logs/kaka-test/checkpoint"): ("/logs/{name}/checkpoint", "checkpoint"),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_shortcut_is_an_operation_of_the_document(
    asked: tuple[str, str], found: Shortcuts, fixture: Fixture
) -> None:
    shortcut, segment = found.find(*asked) or pytest.fail("no shortcut")
    assert (shortcut.path, segment) == ASKED[asked]
    app = fixture.app._app  # type: ignore[attr-defined]
    assert asked[0].lower() in cast(Api, app).openapi()["paths"][shortcut.path]


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", "/v1/events"),
        ("HEAD", "/v1/receipts/0xab"),
        ("GET", "/v1/receipts/"),
        ("GET", "/v1/receipts"),
        ("GET", "/v1/receipts/0xab/slip.pdf"),
        ("GET", "/logs/nobody/proof"),
        ("GET", "/logs/kaka/proof/"),
        ("GET", "/logs/kaka/tile/0/000"),
        ("POST", "/logs/kaka/proof"),
    ],
)
def test_everything_else_is_routed(asked: tuple[str, str], found: Shortcuts) -> None:
    assert found.find(*asked) is None
