"""Evidence of the real service: complete, verifiable by others, and nobody else's business."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import httpx
import pytest

from service.cli.rpc_view import RpcView
from service.cli.verify_evidence import check_evidence
from service.cli.verify_files import Checking
from service.core import disclosure, evidence, receipt, trust
from service.core.verdict import Verdict
from tests.integration.api.service_process import ServiceProcess
from tests.integration.api.sharing import Trade, bearer, post_trade, share

UNDECIDED = {Verdict.NOT_ANCHORED_YET, Verdict.ANCHOR_NOT_CHECKED}


@pytest.fixture(scope="module")
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


@pytest.fixture(scope="module")
def posted(kaka: httpx.Client) -> Trade:
    return post_trade(kaka)


@pytest.fixture(scope="module")
def user(service: ServiceProcess, kaka: httpx.Client, posted: Trade) -> httpx.Client:
    return bearer(service, share(kaka, posted.trade)["token"])


def checking(service: ServiceProcess, view: bool = True) -> Checking:
    trusted = trust.parse((service.data / "trust.json").read_bytes())
    node = RpcView([service.credentials["rpc"]]) if view else None
    return Checking(trusted, {}, node, int(time.time() * 1000))


def names(taken: evidence.Evidence) -> set[str]:
    return {disclosure.parse(text).name for each in taken.receipts for text in each.disclosures}


def test_evidence_is_complete_and_anybody_can_check_it(
    service: ServiceProcess, kaka: httpx.Client, posted: Trade
) -> None:
    answer = kaka.get(f"/v1/trades/{posted.trade}/evidence.json")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    taken = evidence.parse(answer.content)
    assert evidence.format(taken) == answer.content, "canonical"
    listed = kaka.get(f"/v1/trades/{posted.trade}").json()["entries"]
    assert [each.entry.decode() for each in taken.receipts] == [each["entry"] for each in listed]
    assert (taken.head.count, taken.sealed) == (len(listed), ())
    report = check_evidence(checking(service, view=False), answer.content, [], []).report
    assert report.problems == ()
    assert report.verdict in UNDECIDED
    assert report.head is not None


def test_once_anchored_the_bundle_is_good(service: ServiceProcess, kaka: httpx.Client, posted: Trade) -> None:
    deadline = time.monotonic() + 20
    while True:
        answer = kaka.get(f"/v1/trades/{posted.trade}/evidence.zip")
        assert answer.status_code == 200
        found = check_evidence(checking(service), answer.content, [], [])
        if found.verdict not in UNDECIDED or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert found.report.problems == ()
    assert found.verdict in {Verdict.GOOD, *UNDECIDED}, "the shared chain may be slower than this test"
    assert answer.headers["content-type"] == "application/zip"
    assert f'filename="{posted.trade}.evidence.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = [archive.read(each) for each in archive.namelist() if each.startswith("receipts/")]
        assert "VERIFY.txt" in archive.namelist()
        assert "tally verify" in archive.read("VERIFY.txt").decode()
    assert [receipt.parse(each).index for each in held] == sorted(receipt.parse(each).index for each in held)


def test_claims_can_be_withheld(service: ServiceProcess, kaka: httpx.Client, posted: Trade) -> None:
    whole = evidence.parse(kaka.get(f"/v1/trades/{posted.trade}/evidence.json").content)
    answer = kaka.get(f"/v1/trades/{posted.trade}/evidence.json?disclose=offer,terms")
    narrow = evidence.parse(answer.content)
    assert names(narrow) == names(whole) & {"offer", "terms"}
    assert [each.entry for each in narrow.receipts] == [each.entry for each in whole.receipts]
    assert check_evidence(checking(service, view=False), answer.content, [], []).report.problems == ()
    assert (
        names(evidence.parse(kaka.get(f"/v1/trades/{posted.trade}/evidence.json?disclose=").content)) == set()
    )
    refused = kaka.get(f"/v1/trades/{posted.trade}/evidence.json", params={"disclose": "of fer"})
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "disclose")


def test_a_user_gets_what_is_for_the_user(service: ServiceProcess, user: httpx.Client, posted: Trade) -> None:
    answer = user.get(f"/v1/trades/{posted.trade}/evidence.json")
    assert answer.status_code == 200
    taken = evidence.parse(answer.content)
    assert taken.audience == ("user", "parties")
    assert (taken.head.count, len(taken.receipts), [each.seq for each in taken.sealed]) == (4, 3, [1])
    assert names(taken).isdisjoint({"rule", "note"}), "the review is sealed, the arbitrator's note withheld"
    report = check_evidence(checking(service, view=False), answer.content, [], []).report
    assert report.problems == ()
    restricted = [each for each in taken.findings["results"] if each["audience"] == "restricted"]  # type: ignore[index]
    assert restricted == []


@pytest.mark.parametrize("form", ["evidence", "evidence.json", "evidence.zip", "evidence.pdf"])
def test_other_tenants_and_other_trades_are_not_there(
    service: ServiceProcess, kaka: httpx.Client, user: httpx.Client, posted: Trade, form: str
) -> None:
    other = post_trade(kaka)
    absent = kaka.get(f"/v1/trades/no-such-trade/{form}")
    assert absent.status_code == 404
    for client, trade in ((service.client("xianka"), posted.trade), (user, other.trade)):
        answer = client.get(f"/v1/trades/{trade}/{form}")
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert service.client(None).get(f"/v1/trades/{posted.trade}/{form}").status_code == 401


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/zip", "application/zip"),
        ("text/html, application/zip;q=0.9", "application/zip"),
    ],
)
def test_the_form_follows_accept(kaka: httpx.Client, posted: Trade, accept: str, media: str) -> None:
    answer = kaka.get(f"/v1/trades/{posted.trade}/evidence", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)


def test_what_the_log_says_of_itself_is_only_a_hint(kaka: httpx.Client, posted: Trade) -> None:
    value: dict[str, Any] = json.loads(kaka.get(f"/v1/trades/{posted.trade}/evidence.json").content)
    assert value["hints"]["trust"]["format"] == "tallystick-trust/1"
    assert "secret" not in json.dumps(value["hints"])
