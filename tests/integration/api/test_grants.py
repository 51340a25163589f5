"""Grants on the real service, over HTTP and by `tally grant`."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from service.cli.main import tally
from tests.integration.api.service_process import ServiceProcess, unique
from tests.integration.api.sharing import Trade, bearer, grant, post_trade


@pytest.fixture(scope="module")
def bendi(service: ServiceProcess) -> httpx.Client:
    return service.client("bendi")


@pytest.fixture(scope="module")
def posted(bendi: httpx.Client) -> Trade:
    return post_trade(bendi)


def test_an_arbitrator_sees_the_dispute_by_its_link(
    service: ServiceProcess, bendi: httpx.Client, posted: Trade
) -> None:
    given = grant(bendi, posted.dispute, label="第三方调解")
    assert given["url"] == f"{service.url}/case/{given['token']}"
    with bearer(service, None) as anybody:
        answer = anybody.get(f"/case/{given['token']}")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert {"dispute": posted.dispute, "trade": posted.trade, "role": "arbitrator"}.items() <= (
            answer.json().items()
        )
        assert anybody.head(f"/case/{given['token']}").status_code == 200
        assert anybody.get(f"/t/{given['token']}").status_code == 404
    with bearer(service, given["token"]) as arbitrator:
        timeline = arbitrator.get(answer.json()["links"]["timeline"])
        assert [each["sight"] for each in timeline.json()["entries"]] == ["full", "sealed", "full", "full"]
        assert "review" not in timeline.text
        assert arbitrator.get(f"/v1/receipts/{posted.leaves['review']}").status_code == 404


def test_a_grant_for_restricted_content_opens_reviews(
    service: ServiceProcess, bendi: httpx.Client, posted: Trade
) -> None:
    given = grant(bendi, posted.dispute, restricted=True, role="mediator")
    with bearer(service, given["token"]) as mediator:
        entries = mediator.get(f"/v1/trades/{posted.trade}").json()["entries"]
        assert [each["sight"] for each in entries] == ["full"] * 4
        assert mediator.get(f"/v1/receipts/{posted.leaves['review']}").status_code == 200


def test_grants_are_listed_recorded_and_revoked(
    service: ServiceProcess, bendi: httpx.Client, posted: Trade
) -> None:
    given = grant(bendi, posted.dispute, label="to be revoked")
    with bearer(service, given["token"]) as arbitrator:
        assert arbitrator.get(f"/v1/trades/{posted.trade}").status_code == 200
        deadline = time.monotonic() + 3
        recorded: list[dict[str, Any]] = []
        while not any(each["id"] == given["id"] for each in recorded):
            assert time.monotonic() < deadline
            recorded = bendi.get("/v1/access", params={"dispute": posted.dispute}).json()["accesses"]
        answer = bendi.get(f"/v1/disputes/{posted.dispute}/grants")
        listed = {each["id"]: each for each in answer.json()["grants"]}
        assert listed[given["id"]]["last_used"] is not None
        assert given["token"] not in answer.text
        revoked = bendi.delete(f"/v1/disputes/{posted.dispute}/grants/{given['id']}")
        assert revoked.json()["revoked"] is not None
        assert arbitrator.get(f"/v1/trades/{posted.trade}").status_code == 401
        assert arbitrator.get(f"/case/{given['token']}").status_code == 404


def test_the_operator_names_the_log(service: ServiceProcess, posted: Trade) -> None:
    path = f"/v1/disputes/{posted.dispute}/grants"
    with service.client(admin=True) as operator:
        assert operator.get(path, params={"log": "bendi"}).status_code == 200
        assert operator.get(path, params={"log": "kaka"}).status_code == 404
        assert operator.get(path).status_code == 422
        made = operator.post(path, params={"log": "bendi"}, json={"role": "mediator"})
        assert made.status_code == 201
        gone = operator.delete(f"{path}/{made.json()['id']}", params={"log": "bendi"})
        assert gone.status_code == 200


def test_bad_requests_for_grants(bendi: httpx.Client, posted: Trade) -> None:
    path = f"/v1/disputes/{posted.dispute}/grants"
    for members, pointer in (
        ({"role": "judge"}, "/role"),
        ({"role": "mediator", "expires": "2020-01-01T00:00:00.000Z"}, "/expires"),
        ({"role": "mediator", "expires": "2199-01-01T00:00:00.000Z"}, "/expires"),
        ({"role": "mediator", "restricted": "yes"}, "/restricted"),
        ({"role": "mediator", "label": "x" * 201}, "/label"),
    ):
        answer = bendi.post(path, json=members)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert bendi.post(f"/v1/disputes/{unique('d')}/grants", json={"role": "mediator"}).status_code == 404


def run(service: ServiceProcess, *arguments: str) -> str:
    result = CliRunner().invoke(
        tally, ["grant", *arguments, "--data", str(service.data)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def create(service: ServiceProcess, dispute: str) -> tuple[str, str]:
    """A grant made on the command line: its id and token."""
    made = ("create", dispute, "--log", "bendi", "--role", "arbitrator", "--days", "90", "--json")
    document = json.loads(run(service, *made))
    assert document["url"] == f"{service.url}/case/{document['token']}"
    return document["id"], document["token"]


def test_the_command_line_beside_a_running_service(service: ServiceProcess, posted: Trade) -> None:
    of_log = ("--log", "bendi")
    kept, revoked = create(service, posted.dispute), create(service, posted.dispute)
    run(service, "revoke", posted.dispute, revoked[0], *of_log)
    for (_, token), status in ((kept, 200), (revoked, 401)):
        with bearer(service, token) as arbitrator:
            assert arbitrator.get(f"/v1/trades/{posted.trade}").status_code == status
    listed = run(service, "list", posted.dispute, *of_log)
    assert f"{revoked[0]}  arbitrator  revoked" in listed
    assert f"{kept[0]}  arbitrator  until" in listed
    content = [path.read_bytes() for path in service.data.glob("tallystick.db*") if path.is_file()]
    assert any(kept[0].encode() in each for each in content), "this is where tokens would be"
    for each in (*content, service.journal().encode(), listed.encode()):
        assert kept[1].encode() not in each
        assert revoked[1].encode() not in each


@pytest.mark.full
def test_a_grant_in_use_ends_within_seconds_of_its_revocation_elsewhere(
    service: ServiceProcess, posted: Trade
) -> None:
    made, token = create(service, posted.dispute)
    with bearer(service, token) as arbitrator:
        assert arbitrator.get(f"/v1/trades/{posted.trade}").status_code == 200
        run(service, "revoke", posted.dispute, made, "--log", "bendi")
        revoked = time.monotonic()
        while arbitrator.get(f"/v1/trades/{posted.trade}").status_code == 200:
            assert time.monotonic() - revoked < 6
            time.sleep(0.2)
        assert arbitrator.get(f"/v1/trades/{posted.trade}").status_code == 401
