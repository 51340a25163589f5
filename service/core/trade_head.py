"""TradeHead: the log's signed word how many entries a trade has at a size of the log, and which is the last.

A later-shown entry of the trade below that size convicts the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.core import eip712, shape
from service.core.checkpoint import LogIdentity
from service.core.eip712 import SigningKey
from service.core.hexs import from_hex, to_hex

_MEMBERS = frozenset({"log", "trade", "count", "leaf", "size", "root", "signature"})


@dataclass(frozen=True, slots=True)
class TradeHead:
    """At `size` (a checkpoint of the log with `root`) the trade has `count` entries and `leaf` is the last.

    `signature` is r ‖ s ‖ v by the log's checkpoint key over the EIP-712 struct of the same name.
    """

    log: bytes
    trade: str
    count: int
    leaf: bytes
    size: int
    root: bytes
    signature: bytes

    def signer(self, identity: LogIdentity) -> str:
        """The address that signed. Errors: VerificationError when no key can have made the signature."""
        return eip712.recover(_digest(identity, self), self.signature)


def sign(
    key: SigningKey, identity: LogIdentity, trade: str, count: int, leaf: bytes, size: int, root: bytes
) -> TradeHead:
    """The signed head. Deterministic."""
    unsigned = TradeHead(identity.log_id, trade, count, leaf, size, root, b"")
    signature = key.sign(_digest(identity, unsigned))
    return TradeHead(identity.log_id, trade, count, leaf, size, root, signature)


def parse(value: object, at: str) -> TradeHead:
    """The JSON member `{log, trade, count, leaf, size, root, signature}`. FormatError with a pointer."""
    m: Mapping[str, object] = shape.members(value, _MEMBERS, at)
    return TradeHead(
        log=from_hex(m["log"], 32, f"{at}/log"),
        trade=shape.text(m["trade"], f"{at}/trade"),
        count=shape.integer(m["count"], f"{at}/count", 1),
        leaf=from_hex(m["leaf"], 32, f"{at}/leaf"),
        size=shape.integer(m["size"], f"{at}/size", 1),
        root=from_hex(m["root"], 32, f"{at}/root"),
        signature=from_hex(m["signature"], 65, f"{at}/signature"),
    )


def head_value(head: TradeHead) -> dict[str, object]:
    """The JSON value of a head."""
    return {
        "log": to_hex(head.log),
        "trade": head.trade,
        "count": head.count,
        "leaf": to_hex(head.leaf),
        "size": head.size,
        "root": to_hex(head.root),
        "signature": to_hex(head.signature),
    }


def _digest(identity: LogIdentity, head: TradeHead) -> bytes:
    return eip712.trade_head_digest(
        identity.domain(), head.log, head.trade, head.count, head.leaf, head.size, head.root
    )
