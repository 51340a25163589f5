"""What nodes say when they refuse a transaction: every client has its own words. Pure.

Sources: go-ethereum `core/error.go`, `core/txpool/errors.go`; Nethermind `AcceptTxResult`; Besu
`TransactionInvalidReason`; Erigon `txpoolcfg`; reth `RpcPoolError`; anvil `BlockchainError`.
"""

from __future__ import annotations

from service.anchoring.ports import SendResult

# Order matters: "replacement transaction underpriced" is also "underpriced".
_WORDS: tuple[tuple[SendResult, tuple[str, ...]], ...] = (
    (SendResult.KNOWN, ("already known", "already imported", "alreadyknown", "known transaction")),
    (
        SendResult.NONCE_TOO_LOW,
        ("nonce too low", "nonce_too_low", "oldnonce", "nonce is too low", "invalid nonce"),
    ),
    (
        SendResult.UNDERPRICED,
        (
            "replacement transaction underpriced",
            "replacement_underpriced",
            "replacementnotallowed",
            "underpriced replacement",
        ),
    ),
    (
        SendResult.FEE_TOO_LOW,
        (
            "less than block base fee",
            "fee cap less than",
            "underpriced",
            "feetoolow",
            "gas price too low",
            "max fee per gas",
        ),
    ),
    (
        SendResult.NO_FUNDS,
        ("insufficient funds", "insufficientfunds", "upfront cost exceeds", "insufficient balance"),
    ),
)


def classify(message: str) -> SendResult:
    """The meaning of a node's refusal; REFUSED when none of the known words are in it."""
    text = message.lower()
    for result, words in _WORDS:
        if any(word in text for word in words):
            return result
    return SendResult.REFUSED
