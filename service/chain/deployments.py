"""Where a registry is: one JSON file a network, written by `tally chain deploy`, committed, and checked at
every start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from service.anchoring.errors import AnchoringError
from service.chain.snapshots import write_durably
from service.core import shape
from service.core.eip712 import check_address
from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex

FORMAT = "tallystick-deployment/1"
_MEMBERS = frozenset({"format", "chain_id", "registry", "block", "code_hash", "tx", "deployer"})


class DeploymentError(AnchoringError):
    """A deployments file is missing or not one."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A registry: its chain, its address, the block it was created in, the hash of its code, and who paid."""

    chain_id: int
    registry: str
    block: int
    code_hash: bytes
    tx: bytes
    deployer: str


def read(path: Path) -> Deployment:
    """Read a deployments file. Errors: DeploymentError."""
    try:
        value = json.loads(path.read_bytes())
        members = shape.members(value, _MEMBERS, "")
        shape.literal(members["format"], FORMAT, "/format")
        return Deployment(
            chain_id=shape.integer(members["chain_id"], "/chain_id", 1),
            registry=check_address(members["registry"], "/registry"),
            block=shape.integer(members["block"], "/block"),
            code_hash=from_hex(members["code_hash"], 32, "/code_hash"),
            tx=from_hex(members["tx"], 32, "/tx"),
            deployer=check_address(members["deployer"], "/deployer"),
        )
    except FileNotFoundError:
        raise DeploymentError(f"{path} does not exist: run tally chain deploy first") from None
    except (ValueError, FormatError) as error:
        raise DeploymentError(f"{path}: {error}") from None


def write(path: Path, deployment: Deployment) -> None:
    """Write a deployments file, durably."""
    value = {
        "format": FORMAT,
        "chain_id": deployment.chain_id,
        "registry": deployment.registry,
        "block": deployment.block,
        "code_hash": to_hex(deployment.code_hash),
        "tx": to_hex(deployment.tx),
        "deployer": deployment.deployer,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, (json.dumps(value, indent=2) + "\n").encode())
