"""Fixtures of the registry's tests: they run the committed bytecode on anvil, through ape."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# ape looks for anvil on the PATH; npm puts it here
os.environ["PATH"] = os.pathsep.join(
    [os.environ.get("PATH", ""), str(ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin")]
)

ape = pytest.importorskip("ape", reason="the registry's tests need eth-ape (scripts/bootstrap --dev)")
# and finds the compiler in a folder laid out as py-solc-x's
found = subprocess.run(
    [sys.executable, ROOT / "scripts" / "compile", "--solc-folder"], capture_output=True, text=True, check=False
)
if found.returncode != 0:
    pytest.skip(found.stderr.strip(), allow_module_level=True)
os.environ["SOLCX_BINARY_PATH"] = found.stdout.strip()
if shutil.which("anvil") is None:
    pytest.skip("the registry's tests need anvil (npm ci)", allow_module_level=True)

from ape.contracts import ContractContainer, ContractInstance  # noqa: E402
from ethpm_types import ContractType  # noqa: E402

from tests.contracts.signed_log import SignedLog  # noqa: E402

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
def caller(owner, project) -> ContractInstance:
    """The proof library, callable: compiled by ape."""
    return owner.deploy(project.MerkleLogCaller)


@pytest.fixture(scope="session")
def owner(accounts):
    """Opens the logs."""
    return accounts[0]


@pytest.fixture(scope="session")
def stranger(accounts):
    """Nobody in particular."""
    return accounts[1]


@pytest.fixture
def registry(registry_container, owner) -> ContractInstance:
    """A fresh registry."""
    return owner.deploy(registry_container)


@pytest.fixture
def log(registry, owner, chain) -> SignedLog:
    """An open log with one key, a maxDelay of an hour and a deposit of 0.01 ether."""
    return SignedLog.open(registry, owner, chain, "tallystick.test/logs/one")


@pytest.fixture
def directory(registry, owner, chain) -> SignedLog:
    """Another open log, to be used as a directory."""
    return SignedLog.open(registry, owner, chain, "tallystick.test/directory")


@pytest.fixture
def other_registry(registry_container, owner) -> Iterator[ContractInstance]:
    """The same code at another address."""
    yield owner.deploy(registry_container)
