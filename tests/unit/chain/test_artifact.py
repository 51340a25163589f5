"""The committed artifact is what the sources compile to, and it is the ABI that the design fixes."""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from service.core.eip712 import keccak256

ROOT = Path(__file__).resolve().parents[3]
CHECKPOINT = "(bytes32,uint64,bytes32,uint64,uint64,bytes32)"
PATH = "(uint64,bytes32,bytes32[])"
FUNCTIONS = {
    "openLog(string,address,bytes32,uint32,uint96)": "bytes32",
    "logId(address,string)": "bytes32",
    "addKey(bytes32,address,bytes32)": "",
    "retireKey(bytes32,address)": "",
    "declareCompromised(bytes32,address)": "",
    "seal(bytes32,bytes32)": "",
    "transferOwnership(bytes32,address)": "",
    "acceptOwnership(bytes32)": "",
    f"anchor({CHECKPOINT},bytes,uint64,bytes32[])": "",
    "head(bytes32)": "(uint64,uint40,uint48,uint40,uint32,bytes32)",
    "anchoredAt(bytes32,uint64,bytes32)": "uint40,uint48,uint64,uint40,uint40",
    "verifyInclusion(bytes32,uint64,bytes32,uint64,bytes32,bytes32[])": "uint64,uint64",
    "verifyEntry(bytes32,uint64,bytes32,uint64,bytes,bytes32[])": "uint64,uint64",
    f"reportMissedAnchor({CHECKPOINT},bytes)": "",
    f"reportLateAnchor({CHECKPOINT},bytes,uint64,bytes32)": "",
    f"reportFork({CHECKPOINT},bytes,{CHECKPOINT},bytes,bytes32,bytes32[])": "",
    f"reportLeafConflict({CHECKPOINT},bytes,{PATH},{CHECKPOINT},bytes,{PATH})": "",
    f"challenge({CHECKPOINT},bytes)": "",
    f"answer({CHECKPOINT},uint64,bytes32,bytes32[])": "",
    f"answerVia({CHECKPOINT},bytes32,uint64,bytes32[],uint64,bytes32,{PATH})": "",
    f"reportUnanswered({CHECKPOINT})": "",
    "faults(bytes32)": "uint64",
    "faultAt(bytes32,uint64)": "(uint8,address,uint64,uint64,uint64,bytes32)",
    # beside the fixed ones: what a challenger or an auditor must be able to ask
    "logInfo(bytes32)": "(address,uint96,address,uint32,bool,bytes32)",
    "keyInfo(bytes32,address)": "(uint64,uint64,uint64)",
    "challengeInfo(bytes32)": "(address,uint64,uint8,uint8,address)",
}


@pytest.fixture(scope="module")
def artifact() -> dict[str, Any]:
    """The committed artifact."""
    path = ROOT / "service" / "chain" / "artifacts" / "AuditRegistry.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    """scripts/compile as a module."""
    pytest.importorskip("solcx", reason="py-solc-x is a development dependency")
    loader = SourceFileLoader("scripts_compile", str(ROOT / "scripts" / "compile"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


def test_recompiled_artifact_is_the_committed_one(compiler: ModuleType) -> None:
    """Byte for byte: the sources, the settings and the compiler determine it."""
    try:
        compiler.compiler()
    except compiler.CompilerMissing as error:
        pytest.skip(str(error))
    assert compiler.render(compiler.build()) == compiler.ARTIFACT.read_text(encoding="utf-8"), (
        "run scripts/compile"
    )


def test_sources_are_those_it_was_compiled_from(compiler: ModuleType, artifact: dict[str, Any]) -> None:
    """Without a compiler at least this: nobody edited a contract and forgot to compile."""
    recorded = {name: source["sha256"] for name, source in artifact["sources"].items()}
    assert recorded == {name: compiler.sha256_of(ROOT / name) for name in recorded}


def test_code_hash(artifact: dict[str, Any]) -> None:
    runtime = bytes.fromhex(artifact["runtime_bytecode"][2:])
    assert artifact["runtime_code_hash"] == "0x" + keccak256(runtime).hex()
    assert artifact["bytecode"].endswith(artifact["runtime_bytecode"][2:])
    assert len(runtime) <= 24_576


def test_settings(artifact: dict[str, Any]) -> None:
    settings = artifact["compiler"]["settings"]
    assert artifact["compiler"]["version"] == "0.8.37"
    assert settings["evmVersion"] == "paris"
    assert settings["metadata"] == {"appendCBOR": False, "bytecodeHash": "none"}


def spell(item: dict[str, Any]) -> str:
    """Return an ABI type, tuples written out."""
    if item["type"].startswith("tuple"):
        return "(" + ",".join(map(spell, item["components"])) + ")" + item["type"].removeprefix("tuple")
    return str(item["type"])


def test_abi(artifact: dict[str, Any]) -> None:
    functions = {
        f"{f['name']}({','.join(map(spell, f['inputs']))})": ",".join(map(spell, f["outputs"]))
        for f in artifact["abi"]
        if f["type"] == "function"
    }
    assert functions == FUNCTIONS
    payable = [f["name"] for f in artifact["abi"] if f.get("stateMutability") == "payable"]
    assert payable == ["challenge"]
    assert {f["type"] for f in artifact["abi"]} == {"function", "event", "error"}, (
        "no constructor, no receive"
    )


def test_slots(artifact: dict[str, Any]) -> None:
    slots = {
        v["label"].removeprefix("_"): (v["slot"], v["type"]) for v in artifact["storage_layout"]["storage"]
    }
    assert [slots[name][0] for name in ("anchors", "heads", "keys", "faults")] == [0, 1, 2, 3]
    assert slots["anchors"][1] == "mapping(bytes32 => mapping(bytes32 => uint256))"
