"""When a block is final: by the chain's own word, or after so many blocks on top."""

from __future__ import annotations

from dataclasses import dataclass

from service.chain.backend import Node, RpcError, quantity


@dataclass(frozen=True, slots=True)
class Finality:
    """`confirmations` None: the node's `finalized` tag. N: the block and N - 1 on top of it."""

    confirmations: int | None = None

    def newest(self, node: Node) -> int:
        """Number of the newest final block; -1 while there is none."""
        if self.confirmations is not None:
            return max(quantity(node.call("eth_blockNumber")) - self.confirmations + 1, -1)
        try:
            block = node.call("eth_getBlockByNumber", "finalized", False)
        except RpcError as error:
            if "not found" in error.message.lower() or "unknown block" in error.message.lower():
                return -1  # a chain that has just begun has finalised nothing
            raise
        return -1 if block is None else quantity(block["number"])
