"""Before a service runs on a real network: the accounts to fund, and the registry."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.anchoring.errors import AnchoringError, NodeUnreachable
from service.bootstrap.chain import GAS_KEY, OPENER_KEY
from service.chain import deployments
from service.chain.backend import Node, quantity
from service.chain.config import load
from service.chain.operator import Operator
from service.chain.signers import TransactionSigner
from service.store.keyfiles import KeyFiles


@dataclass(frozen=True, slots=True)
class Account:
    """An account that pays for something; `balance` in wei, None when no node answers."""

    address: str
    balance: int | None


def accounts(
    config: Path, keys: KeyFiles, environment: Mapping[str, str] = os.environ
) -> tuple[str, dict[str, Account]]:
    """The network's name, and its `opener` and `gas` accounts, made when absent: what has to be funded before
    anything can be deployed. Errors: ChainConfigError, AnchoringError for the embedded chain, KeyFileError.
    """
    loaded = load(config, environment)
    if loaded.node is None:
        raise AnchoringError(f"{config} means the embedded chain, which funds its accounts itself")
    node = Node(loaded.node.rpc, loaded.node.chain_id, timeout=loaded.node.timeout)
    shown = {}
    for name in (OPENER_KEY, GAS_KEY):
        address = TransactionSigner(keys.evm(name), node.chain_id).address
        try:
            balance = quantity(node.call("eth_getBalance", address, "latest"))
        except NodeUnreachable:
            balance = None
        shown[name] = Account(address, balance)
    return loaded.name, shown


def deploy(
    config: Path, keys: KeyFiles, environment: Mapping[str, str] = os.environ
) -> deployments.Deployment:
    """Deploy the registry to a real network and write its deployments file. Refuses when there is one
    already.
    """
    loaded = load(config, environment)
    if loaded.node is None:
        raise AnchoringError(f"{config} means the embedded chain, which deploys its own registry")
    if loaded.node.deployment.exists():
        raise deployments.DeploymentError(f"{loaded.node.deployment} exists: a registry is deployed already")
    node = Node(loaded.node.rpc, loaded.node.chain_id, timeout=loaded.node.timeout)
    opener = TransactionSigner(keys.evm(OPENER_KEY), node.chain_id)
    deployment = Operator(node, opener, loaded.fees, time.sleep).deploy()
    deployments.write(loaded.node.deployment, deployment)
    return deployment
