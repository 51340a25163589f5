"""`ape run deploy`: deploy the committed registry bytecode and check what the chain then holds.

    ape run deploy --network ethereum:local:foundry
    ape run deploy --network ethereum:sepolia:node --account ALIAS \\
        --output chain-config/deployments/sepolia.json

The bytecode is the artifact's, not a fresh compilation: verifiers pin its code hash. The registry has no
owner, so the account only pays.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
# ape looks for anvil on the PATH; npm puts it here
os.environ["PATH"] = os.pathsep.join(
    [os.environ.get("PATH", ""), str(ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin")]
)

from ape import accounts, chain, networks  # noqa: E402
from ape.cli import ConnectedProviderCommand  # noqa: E402
from ape.contracts import ContractContainer  # noqa: E402
from ethpm_types import ContractType  # noqa: E402

from service.chain import deployments  # noqa: E402
from service.core.eip712 import keccak256  # noqa: E402
from service.core.hexs import from_hex  # noqa: E402

ARTIFACT = ROOT / "service" / "chain" / "artifacts" / "AuditRegistry.json"


@click.command(cls=ConnectedProviderCommand)
@click.option("--account", "alias", help="Account that pays; on a local network the first test account.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Deployments file to write.")
def cli(alias: str | None, output: Path | None) -> None:
    """Deploy the registry."""
    artifact = json.loads(ARTIFACT.read_text(encoding="utf-8"))
    container = ContractContainer(
        ContractType.model_validate(
            {
                "contractName": artifact["contract"],
                "abi": artifact["abi"],
                "deploymentBytecode": {"bytecode": artifact["bytecode"]},
            }
        )
    )
    if alias is None and not networks.active_provider.network.is_local:
        raise click.UsageError("name the paying account: --account ALIAS")
    account = accounts.test_accounts[0] if alias is None else accounts.load(alias)
    registry = account.deploy(container)
    code_hash = "0x" + keccak256(chain.provider.get_code(registry.address)).hex()
    if code_hash != artifact["runtime_code_hash"]:
        raise click.ClickException(f"the chain holds code {code_hash}, not {artifact['runtime_code_hash']}")
    receipt = registry.creation_metadata.receipt
    click.echo(f"registry {registry.address} on chain {chain.chain_id}, code hash {code_hash}")
    if output is not None:
        deployments.write(
            output,
            deployments.Deployment(
                chain_id=chain.chain_id,
                registry=registry.address.lower(),
                block=receipt.block_number,
                code_hash=from_hex(code_hash),
                tx=from_hex(receipt.txn_hash.lower()),
                deployer=account.address.lower(),
            ),
        )
