"""What each client says, and what it means."""

from __future__ import annotations

import pytest

from service.anchoring.ports import SendResult
from service.chain.node_errors import classify


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("already known", SendResult.KNOWN),  # geth, erigon, reth
        ("ALREADY_EXISTS: already known", SendResult.KNOWN),  # erigon
        ("AlreadyKnown", SendResult.KNOWN),  # nethermind
        ("Known transaction", SendResult.KNOWN),  # besu
        ("transaction already imported", SendResult.KNOWN),  # anvil
        ("nonce too low: next nonce 5, tx nonce 4", SendResult.NONCE_TOO_LOW),  # geth
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", SendResult.NONCE_TOO_LOW),  # nethermind
        ("Nonce too low", SendResult.NONCE_TOO_LOW),  # besu
        ("replacement transaction underpriced", SendResult.UNDERPRICED),  # geth, reth, anvil
        ("ReplacementNotAllowed", SendResult.UNDERPRICED),  # nethermind
        ("Replacement transaction underpriced", SendResult.UNDERPRICED),  # besu
        ("transaction underpriced: tip needed 1", SendResult.FEE_TOO_LOW),  # geth
        ("max fee per gas less than block base fee", SendResult.FEE_TOO_LOW),  # geth, anvil
        ("FeeTooLow, MaxFeePerGas too low", SendResult.FEE_TOO_LOW),  # nethermind
        ("insufficient funds for gas * price + value", SendResult.NO_FUNDS),  # geth
        ("InsufficientFunds, Account balance: 0", SendResult.NO_FUNDS),  # nethermind
        ("Upfront cost exceeds account balance", SendResult.NO_FUNDS),  # besu
        ("intrinsic gas too low", SendResult.REFUSED),
        ("", SendResult.REFUSED),
    ],
)
def test_the_meaning(words: str, meaning: SendResult) -> None:
    assert classify(words) is meaning
