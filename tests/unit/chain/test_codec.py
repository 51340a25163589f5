"""The registry's ABI encoding, against web3's own encoder, and its errors as exceptions."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from web3 import Web3

from service.anchoring.errors import HeadMoved, KeyRefused, RegistryRefused, refusal
from service.chain import artifact
from service.chain.codec import Codec
from service.chain.registry import Calldata, Path
from service.core.eip712 import keccak256
from service.core.errors import FormatError

LOG, ROOT, KEY = b"\x01" * 32, b"\x02" * 32, "0x" + "ab" * 20
CHECKPOINT = (LOG, 10, ROOT, 1000, 2000, bytes(32))
SIGNATURE = b"\x03" * 65
PATH = Path(4, ROOT, (LOG, ROOT))
CALLDATA = Calldata(Codec(artifact.load().abi))


@pytest.mark.parametrize(
    ("function", "arguments", "ours"),
    [
        ("openLog", ["a/b", KEY, LOG, 60, 5], CALLDATA.open_log("a/b", KEY, LOG, 60, 5)),
        ("anchor", [CHECKPOINT, SIGNATURE, 3, [LOG]], CALLDATA.anchor(CHECKPOINT, SIGNATURE, 3, [LOG])),
        ("addKey", [LOG, KEY, ROOT], CALLDATA.add_key(LOG, KEY, ROOT)),
        ("retireKey", [LOG, KEY], CALLDATA.retire_key(LOG, KEY)),
        ("declareCompromised", [LOG, KEY], CALLDATA.declare_compromised(LOG, KEY)),
        ("seal", [LOG, ROOT], CALLDATA.seal(LOG, ROOT)),
        ("transferOwnership", [LOG, KEY], CALLDATA.transfer_ownership(LOG, KEY)),
        ("acceptOwnership", [LOG], CALLDATA.accept_ownership(LOG)),
        ("reportMissedAnchor", [CHECKPOINT, SIGNATURE], CALLDATA.report_missed_anchor(CHECKPOINT, SIGNATURE)),
        (
            "reportLateAnchor",
            [CHECKPOINT, SIGNATURE, 11, ROOT],
            CALLDATA.report_late_anchor(CHECKPOINT, SIGNATURE, 11, ROOT),
        ),
        (
            "reportFork",
            [CHECKPOINT, SIGNATURE, CHECKPOINT, b"", ROOT, [LOG]],
            CALLDATA.report_fork(CHECKPOINT, SIGNATURE, CHECKPOINT, b"", ROOT, [LOG]),
        ),
        (
            "reportLeafConflict",
            [CHECKPOINT, SIGNATURE, PATH.abi(), CHECKPOINT, SIGNATURE, PATH.abi()],
            CALLDATA.report_leaf_conflict(CHECKPOINT, SIGNATURE, PATH, CHECKPOINT, SIGNATURE, PATH),
        ),
        ("challenge", [CHECKPOINT, SIGNATURE], CALLDATA.challenge(CHECKPOINT, SIGNATURE)),
        ("answer", [CHECKPOINT, 11, ROOT, [LOG]], CALLDATA.answer(CHECKPOINT, 11, ROOT, [LOG])),
        (
            "answerVia",
            [CHECKPOINT, ROOT, 11, [LOG], 12, ROOT, PATH.abi()],
            CALLDATA.answer_via(CHECKPOINT, ROOT, 11, [LOG], 12, ROOT, PATH),
        ),
        ("reportUnanswered", [CHECKPOINT], CALLDATA.report_unanswered(CHECKPOINT)),
    ],
)
def test_calldata_is_what_web3_encodes(function: str, arguments: list[object], ours: bytes) -> None:
    web3s = (
        Web3().eth.contract(abi=list(artifact.load().abi)).encode_abi(function, args=_checksummed(arguments))
    )
    assert "0x" + ours.hex() == web3s


def _checksummed(arguments: list[object]) -> list[object]:
    return [Web3.to_checksum_address(a) if a == KEY else a for a in arguments]


def test_every_writing_function_has_its_calldata() -> None:
    writing = {
        item["name"]
        for item in artifact.load().abi
        if item["type"] == "function" and item["stateMutability"] not in ("view", "pure")
    }
    ours = {
        "".join(part.capitalize() for part in name.split("_")) for name in dir(Calldata) if name[0] != "_"
    }
    assert {name[0].upper() + name[1:] for name in writing} == ours


def test_an_error_with_its_values() -> None:
    data = keccak256(b"HeadMoved(uint64,uint64)")[:4] + encode(["uint64", "uint64"], [7, 5])
    known = Codec(artifact.load().abi).error(data)
    assert known == ("HeadMoved", {"headSize": 7, "oldSize": 5})
    error = refusal(*known)
    assert isinstance(error, HeadMoved)
    assert str(error) == "the registry refuses: HeadMoved(headSize=7, oldSize=5)"


def test_kinds_of_refusals() -> None:
    assert isinstance(refusal("KeyIsRetired", {}), KeyRefused)
    assert isinstance(refusal("UnknownKey", {}), KeyRefused)
    assert type(refusal("RootMismatch", {"root": LOG})) is RegistryRefused
    assert str(refusal("", {}, "out of gas")) == "the node refuses: out of gas"


def test_data_of_nobody() -> None:
    codec = Codec(artifact.load().abi)
    assert codec.error(b"\x00\x01\x02\x03") is None
    with pytest.raises(FormatError):
        codec.result("faults", b"")


def test_the_artifact_pins_its_own_code() -> None:
    loaded = artifact.load()
    assert len(loaded.runtime_code_hash) == 32
    assert len(loaded.bytecode) > 1000
