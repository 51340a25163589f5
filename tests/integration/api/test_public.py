"""`/logs/…` without an account: enough to complete and check a receipt, and nothing more."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from service.core import checkpoint, merkle, receipt, tile, tree
from service.core.hexs import from_hex
from tests.integration.api.service_process import ServiceProcess, quote

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def anyone(service: ServiceProcess) -> httpx.Client:
    return service.client(None)


@pytest.fixture(scope="module")
def held(service: ServiceProcess) -> receipt.Receipt:
    """A receipt of bendi's log, in which there are more than 600 entries."""
    with service.client("bendi") as bendi:
        body = [quote() for _ in range(600)]
        bendi.post("/v1/events/batch", json=body).raise_for_status()
        return receipt.parse(bendi.post("/v1/events", json=quote()).content)


class Tiles:
    """A TileReader over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """One tile."""
        answer = self._client.get(f"/logs/bendi/{tile.path(level, index, width)}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == IMMUTABLE
        assert len(answer.content) == 32 * (width or 256)
        return answer.content


def signed(anyone: httpx.Client) -> checkpoint.SignedCheckpoint:
    answer = anyone.get("/logs/bendi/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    return checkpoint.parse_signed(answer.content)


def test_tiles_give_the_checkpoints_root_and_every_proof(anyone: httpx.Client, held: receipt.Receipt) -> None:
    now = signed(anyone)
    tiles = Tiles(anyone)
    assert tree.root(tiles, now.size) == now.root
    leaf = merkle.leaf_hash(held.entry)
    merkle.verify_inclusion(
        leaf, held.index, now.size, tree.inclusion_proof(tiles, held.index, now.size), now.root
    )


def test_no_tile_beyond_the_signed_size(anyone: httpx.Client, held: receipt.Receipt) -> None:
    size = signed(anyone).size
    full, width = divmod(size, 256)
    assert anyone.get(f"/logs/bendi/{tile.path(0, full, width + 1)}").status_code == 404
    assert anyone.get(f"/logs/bendi/{tile.path(0, full, 0)}").status_code == 404
    assert anyone.get(f"/logs/bendi/{tile.path(0, full - 1, 17)}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/64/000",
        "tile/entries/000",
        "tile/0/000/",
    ],
)
def test_paths_that_are_none(anyone: httpx.Client, held: receipt.Receipt, path: str) -> None:
    assert anyone.get(f"/logs/bendi/{path}").status_code == 404


def test_inclusion_proofs(anyone: httpx.Client, held: receipt.Receipt) -> None:
    for size in (held.index + 1, held.index + 1, None):
        parameters = {"index": str(held.index)} | ({} if size is None else {"size": str(size)})
        answer = anyone.get("/logs/bendi/proof", params=parameters)
        proof = answer.json()
        path = [from_hex(node) for node in proof["inclusion"]]
        assert from_hex(proof["leaf"]) == merkle.leaf_hash(held.entry)
        merkle.verify_inclusion(
            from_hex(proof["leaf"]), proof["index"], proof["size"], path, from_hex(proof["root"])
        )
        assert answer.headers["cache-control"] == ("no-cache" if size is None else IMMUTABLE)


def test_consistency_proofs(anyone: httpx.Client, held: receipt.Receipt) -> None:
    now = signed(anyone)
    for old in (0, 1, 255, 256, 257, held.index, now.size):
        answer = anyone.get("/logs/bendi/consistency", params={"old": str(old), "new": str(now.size)})
        proof: dict[str, Any] = answer.json()
        assert from_hex(proof["new_root"]) == now.root
        merkle.verify_consistency(
            old,
            now.size,
            from_hex(proof["old_root"]),
            now.root,
            [from_hex(node) for node in proof["proof"]],
        )


def test_anchors_complete_a_receipt_without_an_account(anyone: httpx.Client, held: receipt.Receipt) -> None:
    deadline = time.monotonic() + 40
    anchors: list[dict[str, Any]] = []
    while time.monotonic() < deadline and not (anchors and anchors[0]["state_proof"]):
        anchors = anyone.get("/logs/bendi/anchors", params={"index": str(held.index)}).json()["anchors"]
        time.sleep(0.2)
    assert len(anchors) == 1
    anchor = anchors[0]
    assert anchor["size"] > held.index
    path = [from_hex(node) for node in anchor["inclusion"]]
    leaf = merkle.leaf_hash(held.entry)
    merkle.verify_inclusion(leaf, held.index, anchor["size"], path, from_hex(anchor["root"]))
    assert checkpoint.parse_signed(anchor["checkpoint"]).root == from_hex(anchor["root"])
    # The member is exactly what a receipt carries: with it in place the receipt parses.
    import json

    document = json.loads(receipt.format(held)) | {"anchors": anchors}
    assert receipt.parse(json.dumps(document).encode()).anchors[0].state_proof is not None


def test_the_list_of_anchors_is_paged_and_ascends(anyone: httpx.Client, held: receipt.Receipt) -> None:
    sizes: list[int] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": "1"} | ({} if cursor is None else {"cursor": cursor})
        page = anyone.get("/logs/bendi/anchors", params=parameters).json()
        sizes += [anchor["size"] for anchor in page["anchors"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sizes == sorted(set(sizes))
    assert sizes
    beyond = anyone.get("/logs/bendi/anchors", params={"index": "99999999"})
    assert beyond.status_code == 422


def test_nothing_public_holds_content(anyone: httpx.Client, held: receipt.Receipt) -> None:
    leaf = "0x" + merkle.leaf_hash(held.entry).hex()
    for path in (
        "/logs",
        "/logs/bendi/checkpoint",
        "/logs/bendi/anchors",
        f"/logs/bendi/proof?index={held.index}",
    ):
        text = anyone.get(path).text
        assert "京东" not in text
        assert "statement" not in text
    assert anyone.get(f"/v1/receipts/{leaf}").status_code == 401


def test_the_list_of_logs(anyone: httpx.Client, held: receipt.Receipt) -> None:
    logs = {log["name"]: log for log in anyone.get("/logs").json()["logs"]}
    assert list(logs) == ["kaka", "xianka", "bendi", "kaka-test", "xianka-test", "bendi-test"]
    assert [log["test"] for log in logs.values()] == [False] * 3 + [True] * 3
    assert logs["bendi"]["size"] > held.index
    assert from_hex(logs["bendi"]["id"]) == held.log.id


def test_an_empty_log_has_no_checkpoint_yet(anyone: httpx.Client) -> None:
    assert anyone.get("/logs/bendi-test/checkpoint").status_code == 404
    consistency = anyone.get("/logs/bendi-test/consistency", params={"old": "0", "new": "0"}).json()
    assert from_hex(consistency["new_root"]) == merkle.EMPTY_ROOT


def test_checkpoints_page_by_page(anyone: httpx.Client, held: receipt.Receipt) -> None:
    sizes: list[int] = []
    after: int | None = 0
    while after is not None:
        page = anyone.get("/logs/bendi/checkpoints", params={"after": str(after), "limit": "1"}).json()
        for each in page["checkpoints"]:
            noted = checkpoint.parse_signed(each["checkpoint"])
            told = (each["size"], from_hex(each["root"]), each["signed_at"], each["anchor_by"])
            assert told == (noted.size, noted.root, noted.signed_at, noted.anchor_by)
            sizes.append(noted.size)
        after = page["next"]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == signed(anyone).size
    for parameters in ({"limit": "0"}, {"limit": "101"}, {"after": "-1"}, {"spread": "0"}, {"spread": "101"}):
        assert anyone.get("/logs/bendi/checkpoints", params=parameters).status_code == 422
    assert anyone.get("/logs/nobody/checkpoints").status_code == 404


def test_checkpoints_from_the_whole_of_the_log(anyone: httpx.Client, held: receipt.Receipt) -> None:
    spread = anyone.get("/logs/bendi/checkpoints", params={"spread": "100"}).json()
    sizes = [each["size"] for each in spread["checkpoints"]]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == signed(anyone).size
    assert spread["next"] is None
    one = anyone.get("/logs/bendi/checkpoints", params={"spread": "1"}).json()["checkpoints"]
    assert [each["size"] for each in one] == [signed(anyone).size]
    assert anyone.get("/logs/bendi-test/checkpoints?spread=5").json()["checkpoints"] == []


def test_a_leaf_hash_has_a_place(anyone: httpx.Client, held: receipt.Receipt) -> None:
    leaf = "0x" + merkle.leaf_hash(held.entry).hex()
    proof = anyone.get("/logs/bendi/proof", params={"leaf": leaf}).json()
    assert (proof["index"], proof["leaf"]) == (held.index, leaf)
    assert set(proof) == {"log", "index", "leaf", "size", "root", "inclusion"}
    assert anyone.get("/logs/bendi/proof", params={"leaf": "0x" + "00" * 32}).status_code == 404
    wrong = anyone.get("/logs/bendi/proof", params={"leaf": leaf.upper()})
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "leaf")


def test_faults_as_the_node_tells_them(anyone: httpx.Client, held: receipt.Receipt) -> None:
    answer = anyone.get("/logs/kaka/faults")
    assert (answer.status_code, answer.json()["faults"]) == (200, [])
    assert anyone.get("/logs/nobody/faults").status_code == 404
