"""An operator's transactions: deploy the registry, open a log, manage its keys, seal it.

They are rare, watched by a person, and idempotent: each looks at the chain first and does only what is
missing, so a run cut short is simply run again. (The anchor worker, which nobody watches, keeps its attempts
in the database instead.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.anchoring.errors import TransactionFailed, WrongChain
from service.anchoring.fees import FeePolicy, Fees, ether, first
from service.chain import artifact
from service.chain.backend import Node, RpcError, data, quantity
from service.chain.deployments import Deployment
from service.chain.registry import ZERO, Registry
from service.chain.signers import TransactionSigner
from service.core.eip712 import keccak256, log_id
from service.core.hexs import to_hex
from service.core.rlp import rlp_encode

_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Mined:
    """A mined transaction of an operator."""

    tx: bytes
    block: int
    gas_used: int


class Operator:
    """The account that deploys registries and owns logs. `sleep` in seconds; waits at most `patience` for a
    receipt.
    """

    def __init__(
        self,
        node: Node,
        signer: TransactionSigner,
        fees: FeePolicy,
        sleep: Callable[[float], None],
        *,
        patience: float = 300.0,
    ) -> None:
        self._node = node
        self._signer = signer
        self._fees = fees
        self._sleep = sleep
        self._patience = patience

    @property
    def address(self) -> str:
        """The account's address."""
        return self._signer.address

    def deploy(self) -> Deployment:
        """Create a registry and check its code. Raises `TransactionFailed`, `WrongChain`."""
        nonce = self._nonce()
        mined = self._send(None, artifact.load().bytecode, nonce)
        address = created_address(self.address, nonce)
        registry = Registry(self._node, address)
        if not registry.has_code():
            raise WrongChain(f"the deployed registry is not at {address}")
        return Deployment(
            self._node.chain_id, address, mined.block, registry.code_hash, mined.tx, self.address
        )

    def ensure_log(
        self, registry: Registry, origin: str, key: str, ed25519_key: bytes, max_delay: int, deposit: int
    ) -> bool:
        """Open the log if it is not, add the key if the log lacks it; whether anything was missing."""
        log = log_id(self.address, origin)
        if int(registry.log_info(log).owner, 16) == 0:
            call = registry.calldata.open_log(origin, key, ed25519_key, max_delay, deposit)
        elif registry.key_info(log, key).added_at == 0:
            call = registry.calldata.add_key(log, key, ed25519_key)
        else:
            return False
        self._send(registry.address, call)
        return True

    def retire_key(self, registry: Registry, log: bytes, key: str) -> None:
        """Retire a key of a log, if it is not."""
        if registry.key_info(log, key).retired_at == 0:
            self._send(registry.address, registry.calldata.retire_key(log, key))

    def declare_compromised(self, registry: Registry, log: bytes, key: str) -> None:
        """Declare a key of a log compromised, if it is not."""
        if registry.key_info(log, key).compromised_at == 0:
            self._send(registry.address, registry.calldata.declare_compromised(log, key))

    def seal(self, registry: Registry, log: bytes, successor: bytes = ZERO) -> None:
        """Seal a log, if it is not."""
        if not registry.log_info(log).is_sealed:
            self._send(registry.address, registry.calldata.seal(log, successor))

    def _nonce(self) -> int:
        return quantity(self._node.call("eth_getTransactionCount", self.address, "pending"))

    def _send(self, to: str | None, calldata: bytes, nonce: int | None = None) -> Mined:
        call: dict[str, object] = {"from": self.address, "data": to_hex(calldata)}
        if to is not None:
            call["to"] = to
        try:
            gas = quantity(self._node.call("eth_estimateGas", call)) * 5 // 4
            fees = self._price(gas)
            self._check_funds(gas * fees.max_fee)
            used = self._nonce() if nonce is None else nonce
            raw, tx = self._signer.sign(to, calldata, used, fees, gas)
            self._node.call("eth_sendRawTransaction", to_hex(raw))
        except RpcError as error:
            raise TransactionFailed(
                f"the node refuses the transaction of {self.address}: {error.message}"
            ) from None
        return self._wait(tx)

    def _check_funds(self, cost: int) -> None:
        held = quantity(self._node.call("eth_getBalance", self.address, "latest"))
        if held < cost:
            raise TransactionFailed(
                f"the account {self.address} holds {ether(held)} ether, and this transaction may cost "
                f"{ether(cost)}: send it some, then run the command again"
            )

    def _price(self, gas: int) -> Fees:
        base_fee = quantity(
            self._node.call("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0"
        )
        # The budget is an anchor's; an operator's own transactions are bounded by the fee caps.
        unbounded = FeePolicy(
            self._fees.max_fee,
            self._fees.max_priority,
            self._fees.min_priority,
            self._fees.bump_percent,
            2**63 - 1,
        )
        fees = first(base_fee, self._fees.min_priority, unbounded, gas)
        if fees is None or fees.max_fee < base_fee:  # nobody would mine it, and nobody watches it
            raise TransactionFailed(
                f"gas costs {base_fee / 1e9:.3f} gwei now, more than the network file's fees.max_fee_gwei "
                "allows; wait, or raise it"
            )
        return fees

    def _wait(self, tx: bytes) -> Mined:
        waited = 0.0
        while True:
            receipt = self._node.call("eth_getTransactionReceipt", to_hex(tx))
            if receipt is not None and receipt.get("blockNumber") is not None:
                break
            if waited >= self._patience:
                raise TransactionFailed(
                    f"{to_hex(tx)} was not mined within {self._patience:.0f} s; look again later"
                )
            self._sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        if quantity(receipt["status"]) != 1:
            raise TransactionFailed(f"{to_hex(tx)} reverted")
        return Mined(tx, quantity(receipt["blockNumber"]), quantity(receipt["gasUsed"]))


def created_address(deployer: str, nonce: int) -> str:
    """Address of the contract that this account creates with this nonce (Yellow Paper, equation 86)."""
    encoded = rlp_encode([bytes.fromhex(deployer[2:]), nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")])
    return to_hex(keccak256(encoded)[12:])


def code_hash_at(node: Node, address: str) -> bytes:
    """keccak256 of the code at an address."""
    return keccak256(data(node.call("eth_getCode", address, "latest")))
