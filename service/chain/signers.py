"""Keys that pay gas. They sign transactions only: checkpoints are signed by the log's own keys."""

from __future__ import annotations

from eth_account import Account

from service.anchoring.fees import Fees
from service.core.eip712 import keccak256
from service.core.hexs import to_hex


class TransactionSigner:
    """A secp256k1 key (32 bytes) for type-2 transactions on one chain; signatures are deterministic (RFC
    6979).
    """

    def __init__(self, private_key: bytes, chain_id: int) -> None:
        self._key = private_key
        self.chain_id = chain_id
        self.address: str = Account.from_key(private_key).address.lower()

    def sign(
        self, to: str | None, calldata: bytes, nonce: int, fees: Fees, gas_limit: int
    ) -> tuple[bytes, bytes]:
        """The raw transaction and its hash; `to` None creates a contract."""
        transaction: dict[str, object] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "gas": gas_limit,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.max_priority,
            "value": 0,
            "data": to_hex(calldata),
        }
        if to is not None:
            transaction["to"] = bytes.fromhex(to[2:])
        raw = bytes(Account.sign_transaction(transaction, self._key).raw_transaction)
        return raw, keccak256(raw)
