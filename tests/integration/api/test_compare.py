"""`POST /v1/receipts/compare`: what is held against what the log has, for anybody and for readers."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from service.core import disclosure
from tests.integration.api.service_process import ServiceProcess, quote, unique

PATH = "/v1/receipts/compare"


@pytest.fixture(scope="module")
def kaka(service: ServiceProcess) -> httpx.Client:
    return service.client("kaka")


@pytest.fixture(scope="module")
def anybody(service: ServiceProcess) -> httpx.Client:
    return service.client(None)


@pytest.fixture(scope="module")
def held(kaka: httpx.Client) -> dict[str, Any]:
    """The receipt of the first of a trade's two entries."""
    trade = unique("t")
    receipt: dict[str, Any] = kaka.post("/v1/events", json=quote(trade=trade)).json()
    kaka.post("/v1/events", json=quote(trade=trade)).raise_for_status()
    return receipt


def _compare(client: httpx.Client, held: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=held)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _bent(held: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    assert old in held["entry"]
    return {**held, "entry": held["entry"].replace(old, new)}


def test_a_genuine_receipt_is_present(
    kaka: httpx.Client, anybody: httpx.Client, held: dict[str, Any]
) -> None:
    (one,) = _compare(anybody, held)["entries"]
    assert (one["result"], one["genuine"], one["index"]) == ("present", True, held["index"])
    assert (one["differs"], one["erased"]) == ([], False)
    assert _compare(anybody, held)["looked_at"] == "receipt"
    assert "unshown" not in _compare(anybody, held)
    assert _compare(kaka, held)["unshown"] == {one["trade"]: [1]}


def test_what_never_belonged_to_an_entry_was_not_erased_from_it(
    anybody: httpx.Client, held: dict[str, Any]
) -> None:
    made_up = disclosure.make(disclosure.new_salt(bytes(16)), "x-promise", "a thousand more")
    (one,) = _compare(anybody, {**held, "disclosures": [*held["disclosures"], made_up]})["entries"]
    assert (one["result"], one["genuine"], one["erased"]) == ("present", False, False)


def test_a_bent_entry_is_altered_for_its_readers_and_absent_for_anybody(
    service: ServiceProcess, kaka: httpx.Client, anybody: httpx.Client, held: dict[str, Any]
) -> None:
    bent = _bent(held, "2026-01-31T08:00:00.000Z", "2026-01-31T07:00:00.000Z")
    (seen,) = _compare(kaka, bent)["entries"]
    assert (seen["result"], seen["genuine"]) == ("altered", False)
    assert seen["differs"] == ["/statement/occurred"]
    assert seen["reason"] == "not_included"
    with service.client("bendi") as bendi:
        for client in (anybody, bendi):
            (one,) = _compare(client, bent)["entries"]
            assert (one["result"], one["differs"]) == ("absent", [])


def test_a_real_entry_at_a_wrong_index_is_moved(anybody: httpx.Client, held: dict[str, Any]) -> None:
    (one,) = _compare(anybody, {**held, "index": held["index"] + 1})["entries"]
    assert (one["result"], one["genuine"]) == ("moved", False)


def test_another_services_log_is_foreign(anybody: httpx.Client, held: dict[str, Any]) -> None:
    (one,) = _compare(anybody, {**held, "log": {**held["log"], "id": "0x" + "77" * 32}})["entries"]
    assert (one["result"], one["genuine"]) == ("foreign_log", None)


def test_what_never_was_is_absent(kaka: httpx.Client, held: dict[str, Any]) -> None:
    event = json.loads(held["entry"])["statement"]["event"]
    (one,) = _compare(kaka, _bent(held, event, unique("e")))["entries"]
    assert (one["result"], one["genuine"]) == ("absent", False)


@pytest.mark.parametrize("form", ["json", "zip"])
def test_evidence_and_bundles_are_compared_entry_by_entry(
    kaka: httpx.Client, anybody: httpx.Client, held: dict[str, Any], form: str
) -> None:
    trade = json.loads(held["entry"])["statement"]["trade"]
    evidence = kaka.get(f"/v1/trades/{trade}/evidence.{form}")
    assert evidence.status_code == 200, evidence.text
    headers = {"content-type": f"application/{form}"}
    found = anybody.post(PATH, content=evidence.content, headers=headers).json()["entries"]
    assert [(one["result"], one["genuine"]) for one in found] == [("present", True)] * 2
    told = kaka.post(PATH, content=evidence.content, headers=headers).json()
    assert (told["unshown"], told["looked_at"]) == ({trade: []}, {"json": "evidence", "zip": "bundle"}[form])
    assert told.get("files", {}).get("problems") == {"json": None, "zip": []}[form]


def test_a_bundles_files_are_held_against_its_manifest(
    kaka: httpx.Client, anybody: httpx.Client, held: dict[str, Any]
) -> None:
    trade = json.loads(held["entry"])["statement"]["trade"]
    packed = zipfile.ZipFile(io.BytesIO(kaka.get(f"/v1/trades/{trade}/evidence.zip").content))
    files = {name: packed.read(name) for name in packed.namelist()}

    def told(changed: dict[str, bytes]) -> dict[str, Any]:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in changed.items():
                archive.writestr(name, content)
        answer = anybody.post(
            PATH, content=target.getvalue(), headers={"content-type": "application/zip"}
        ).json()
        assert {one["result"] for one in answer["entries"]} == {"present"}
        found: dict[str, Any] = answer["files"]
        return found

    assert told(files) == {"count": len(files), "undecided": None, "problems": []}
    assert told(files | {"certificate.pdf": b"%PDF another"})["problems"] == [
        {"reason": "file_altered", "detail": "certificate.pdf"}
    ]
    bent = files | {"manifest.json": files["manifest.json"].replace(b'"bytes":', b'"bytes":1', 1)}
    assert told(bent)["problems"][0]["reason"] == "manifest_wrong"
    foreign = files | {
        "manifest.json": files["manifest.json"].replace(held["log"]["id"].encode(), b"0x" + b"77" * 32)
    }
    assert told(foreign)["problems"][0]["reason"] == "manifest_wrong"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"not json", b'{"format":"tallystick-receipt/1"}'])
def test_what_is_no_receipt_is_refused(anybody: httpx.Client, body: bytes) -> None:
    answer = anybody.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        _zip("evidence.json", b" " * 64 * 1024 * 1024),
        _zip("other.json", b"{}"),
        _zip("evidence.json", b"{}"),
        b"PK\x03\x04 and nothing more",
    ],
    ids=["a bomb", "no evidence", "no such evidence", "no archive"],
)
def test_an_archive_that_is_no_bundle_is_refused(anybody: httpx.Client, body: bytes) -> None:
    answer = anybody.post(PATH, content=body, headers={"content-type": "application/zip"})
    assert answer.status_code == 422, answer.text


def test_limits(anybody: httpx.Client) -> None:
    large = anybody.post(PATH, content=b" " * (5 * 2**20), headers={"content-type": "application/json"})
    assert large.status_code == 413
    assert anybody.post(PATH, content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    wrong = {"authorization": "Bearer tally_live_wrong"}
    assert anybody.post(PATH, json={}, headers=wrong).status_code == 401
