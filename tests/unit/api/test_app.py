"""The application without edges: its document, its refusals, its metrics. Real logs are the integration
tests' business.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx
import jsonschema
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from service.access.api_keys import ApiKeys
from service.access.signers import Signers
from service.anchoring.ports import AnchoringMetrics
from service.api.app import Edge, ErrorPage, create_app
from service.api.bodies import BodyBudget
from service.api.metrics import LogState, Metrics
from service.api.services import Services
from service.api.shortcuts import Shortcuts
from service.web.problem_page import error_page
from tests.unit.access.fakes import MemoryStore, Times
from tests.unit.access.share_fakes import Stores


class Fixture:
    """The application over fakes at the ports, with no log open."""

    def __init__(self) -> None:
        times = Times()
        store = MemoryStore()
        self.budget = BodyBudget(2**26)
        self.keys = ApiKeys(store, bytes(32), clock_ms=times.ms, monotonic=times.monotonic, random=os.urandom)
        self.ready = True
        state = LogState("kaka", 7, 5, 12.0, False)
        self.services = Services(
            logs={},
            api_keys=self.keys,
            signers=Signers(store, clock_ms=times.ms),
            access=Stores(times).room(),
            budget=self.budget,
            metrics=Metrics(
                lambda: [state], lambda: self.budget.used, lambda: AnchoringMetrics(anchored=7, block=12)
            ),
            readiness=lambda: {"ready": self.ready},
            threads=ThreadPoolExecutor(1),
            printers=ThreadPoolExecutor(1),
            random=os.urandom,
            lookup=cast(Any, None),
            comparer=cast(Any, None),
            webhooks=cast(Any, None),
            disputes=cast(Any, None),
            erasure=cast(Any, None),
            evidence=cast(Any, None),
        )
        self.app: ASGIApp = create_app(self.services)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://test")


@pytest.fixture
async def made() -> AsyncIterator[Fixture]:
    fixture = Fixture()
    async with fixture.client:
        yield fixture
    fixture.services.threads.shutdown()


async def document(made: Fixture) -> dict[str, Any]:
    return cast(dict[str, Any], (await made.client.get("/openapi.json")).json())


async def test_every_schema_of_the_document_is_a_valid_json_schema(made: Fixture) -> None:
    openapi = await document(made)
    assert openapi["openapi"].startswith("3.1")
    for schema in openapi["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def test_every_reference_of_the_document_leads_somewhere(made: Fixture) -> None:
    openapi = await document(made)

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for child in node.values() for found in references(child)]
        if isinstance(node, list):
            return [found for child in node for found in references(child)]
        return []

    found = references(openapi)
    assert found
    for reference in found:
        assert reference.startswith("#/components/schemas/"), reference
        assert reference.rpartition("/")[2] in openapi["components"]["schemas"], reference


async def test_every_operation_is_described(made: Fixture) -> None:
    openapi = await document(made)
    operations = [operation for path in openapi["paths"].values() for operation in path.values()]
    assert len(operations) >= 20
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert "500" in operation["responses"]
        for status, answer in operation["responses"].items():
            assert answer["description"], (operation["summary"], status)
            if int(status) >= 400 and operation["summary"] != "Can it take events?":
                assert list(answer["content"]) == ["application/problem+json"]
        if operation["security"]:
            assert "401" in operation["responses"]


async def test_every_path_parameter_is_documented(made: Fixture) -> None:
    openapi = await document(made)
    for path, operations in openapi["paths"].items():
        named = {part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")}
        for operation in operations.values():
            documented = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert documented == named, path


async def test_nothing_but_the_document_describes_itself(made: Fixture) -> None:
    for path in ("/docs", "/redoc"):
        assert (await made.client.get(path)).status_code == 404


async def test_what_nobody_foresaw_is_a_bare_500(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("SELECT secret FROM entries")

    fixture = Fixture()
    edge = Edge(cast(ASGIApp, broken), fixture.services, Shortcuts({}, {}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://test") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "SELECT" not in answer.text


async def test_readiness_is_503_when_not(made: Fixture) -> None:
    assert (await made.client.get("/readyz")).status_code == 200
    made.ready = False
    assert (await made.client.get("/readyz")).status_code == 503
    assert (await made.client.get("/healthz")).status_code == 200


async def test_metrics_count_routes_by_template(made: Fixture) -> None:
    await made.client.get("/v1/schemas/quote")
    await made.client.get("/v1/schemas/nonsense")
    await made.client.get("/nowhere/13812345678")
    text = (await made.client.get("/metrics")).text
    assert "tally_anchoring_anchored_total 7.0" in text
    assert "tally_anchoring_block 12.0" in text
    assert 'tally_http_requests_total{route="/v1/schemas/{name}",status="200"} 1.0' in text
    assert 'tally_http_requests_total{route="/v1/schemas/{name}",status="404"} 1.0' in text
    assert 'tally_http_requests_total{route="unmatched",status="404"} 1.0' in text
    assert "13812345678" not in text
    assert 'tally_log_size{log="kaka"} 7.0' in text
    assert 'tally_log_anchored_size{log="kaka"} 5.0' in text
    assert "tally_body_bytes 0.0" in text


async def test_keys_are_for_the_operator(made: Fixture) -> None:
    _, platform = made.keys.create("kaka", "live", "platform", "")
    _, admin = made.keys.create("", "live", "admin", "")
    assert (await made.client.get("/v1/keys")).status_code == 401
    refused = await made.client.get("/v1/keys", headers={"authorization": f"Bearer {platform}"})
    assert refused.status_code == 403
    listed = await made.client.get("/v1/keys", headers={"authorization": f"Bearer {admin}"})
    assert [key["role"] for key in listed.json()["keys"]] == ["platform", "admin"]
    assert platform not in listed.text
    wrong = await made.client.post(
        "/v1/keys", headers={"authorization": f"Bearer {admin}"}, json={"platform": "nobody"}
    )
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/platform"
    typed = await made.client.post(
        "/v1/keys", headers={"authorization": f"Bearer {admin}"}, json={"platform": 1}
    )
    assert typed.json()["errors"][0]["pointer"] == "/platform"
    assert (
        await made.client.post("/v1/events", headers={"authorization": f"Bearer {admin}"}, json={})
    ).status_code == 403


async def test_signers_by_their_platform(made: Fixture) -> None:
    _, token = made.keys.create("kaka", "live", "platform", "")
    headers = {"authorization": f"Bearer {token}"}
    address = "0x" + "ab" * 20
    posted = await made.client.post(
        "/v1/signers", headers=headers, json={"address": address, "role": "platform"}
    )
    assert posted.status_code == 200
    listed = (await made.client.get("/v1/signers", headers=headers)).json()["signers"]
    assert [signer["address"] for signer in listed] == [address]
    ended = await made.client.delete(f"/v1/signers/{address}/platform", headers=headers)
    assert ended.json()["valid_until"] is not None
    bad = await made.client.post("/v1/signers", headers=headers, json={"address": address, "role": "king"})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/role")
    time = {"address": address, "role": "platform", "valid_until": "tomorrow"}
    assert (await made.client.post("/v1/signers", headers=headers, json=time)).json()["errors"][0][
        "pointer"
    ] == ("/valid_until")


def _with_a_fault(error_page: ErrorPage | None = None) -> tuple[Fixture, httpx.AsyncClient]:
    """The application with routes that raise: before an answer, and in the middle of one."""
    faulty = APIRouter()

    @faulty.get("/faulty")
    async def raise_at_once() -> None:
        raise RuntimeError("SELECT secret FROM entries")

    @faulty.get("/torn")
    async def raise_half_way() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            raise RuntimeError("SELECT secret FROM entries")

        return StreamingResponse(parts())

    fixture = Fixture()
    app = create_app(fixture.services, [faulty], error_page)
    return fixture, httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_a_route_that_raises_answers_a_problem_without_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, client = _with_a_fault()
    async with client:
        answer = await client.get("/faulty")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:tallystick:problem:internal-error"
    assert "SELECT" not in answer.text
    assert [record.message for record in caplog.records if record.name == "tally.api"] == ["internal error"]


async def test_an_answer_torn_in_the_middle_is_seen_to_be_torn() -> None:
    _, client = _with_a_fault()
    async with client:
        with pytest.raises(RuntimeError):
            await client.get("/torn")


async def test_browsers_get_a_page_and_programs_a_problem() -> None:
    _, client = _with_a_fault(error_page)
    html = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "en"}
    async with client:
        shown = await client.get("/faulty", headers=html)
        plain = await client.get("/faulty", headers={"accept": "application/json"})
        absent = await client.get("/nowhere", headers=html)
        api = await client.get("/v1/nowhere", headers=html)
        tile = await client.get("/logs/nobody/checkpoint", headers=html)
        refused = await client.post("/healthz", headers=html)
    assert (shown.status_code, shown.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "on our side" in shown.text
    assert "SELECT" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert plain.headers["content-type"] == "application/problem+json"
    assert (absent.status_code, absent.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert api.headers["content-type"] == tile.headers["content-type"] == "application/problem+json"
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
