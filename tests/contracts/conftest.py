"""Fixtures of the registry's tests: they run the committed bytecode on anvil, through ape."""

from __future__ import annotations

import json
import os
import shutil
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# ape looks for anvil on the PATH; npm puts it here
os.environ["PATH"] = os.pathsep.join(
    [os.environ.get("PATH", ""), str(ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin")]
)

ape = pytest.importorskip("ape", reason="the registry's tests need eth-ape (scripts/bootstrap --dev)")
if shutil.which("anvil") is None:
    pytest.skip("the registry's tests need anvil (npm ci)", allow_module_level=True)

from ape.contracts import ContractContainer, ContractInstance  # noqa: E402
from ethpm_types import ContractType  # noqa: E402

from tests.contracts.signed_log import SignedLog  # noqa: E402

MOCKS = ("MerkleLogCaller", "Recipient")
ARTIFACT = ROOT / "service" / "chain" / "artifacts" / "AuditRegistry.json"


@pytest.fixture(scope="session")
def artifact() -> dict[str, object]:
    """The committed artifact."""
    loaded: dict[str, object] = json.loads(ARTIFACT.read_text())
    return loaded


@pytest.fixture(scope="session")
def registry_container(artifact: dict[str, object]) -> ContractContainer:
    """The committed bytecode, ready to deploy."""
    return ContractContainer(
        ContractType.model_validate(
            {
                "contractName": artifact["contract"],
                "abi": artifact["abi"],
                "deploymentBytecode": {"bytecode": artifact["bytecode"]},
                "runtimeBytecode": {"bytecode": artifact["runtime_bytecode"]},
            }
        )
    )


@pytest.fixture(scope="session")
def mocks() -> dict[str, ContractContainer]:
    """The test contracts, compiled as the registry is."""
    loader = SourceFileLoader("scripts_compile", str(ROOT / "scripts" / "compile"))
    compiler = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(compiler)
    sources = ["contracts/libraries/MerkleLog.sol", *(f"contracts/mocks/{name}.sol" for name in MOCKS)]
    try:
        output = compiler.compile_contracts(sources, ["abi", "evm.bytecode.object"])
    except compiler.CompilerMissing as error:
        pytest.skip(str(error))
    return {name: container(name, output[f"contracts/mocks/{name}.sol"][name]) for name in MOCKS}


def container(name: str, compiled: dict[str, Any]) -> ContractContainer:
    """Return solc's output of one contract, ready to deploy."""
    return ContractContainer(
        ContractType.model_validate(
            {
                "contractName": name,
                "abi": compiled["abi"],
                "deploymentBytecode": {"bytecode": "0x" + compiled["evm"]["bytecode"]["object"]},
            }
        )
    )


@pytest.fixture(scope="session")
def caller(owner, mocks) -> ContractInstance:
    """The proof library, callable."""
    return owner.deploy(mocks["MerkleLogCaller"])


@pytest.fixture(scope="session")
def owner(accounts):
    """Opens the logs."""
    return accounts[0]


@pytest.fixture(scope="session")
def stranger(accounts):
    """Nobody in particular."""
    return accounts[1]


@pytest.fixture(scope="session")
def registry(registry_container, owner) -> ContractInstance:
    """A fresh registry: ape undoes each test."""
    return owner.deploy(registry_container)


@pytest.fixture
def log(registry, owner, chain) -> SignedLog:
    """An open log with one key, a maxDelay of an hour and a deposit of 0.01 ether."""
    return SignedLog.open(registry, owner, chain, "tallystick.test/logs/one")


@pytest.fixture
def directory(registry, owner, chain) -> SignedLog:
    """Another open log, to be used as a directory."""
    return SignedLog.open(registry, owner, chain, "tallystick.test/directory")


@pytest.fixture(scope="session")
def other_registry(registry_container, owner) -> ContractInstance:
    """The same code at another address."""
    return owner.deploy(registry_container)
