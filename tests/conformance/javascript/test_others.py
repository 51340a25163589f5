"""The JavaScript verifier against other people's code: @ethereumjs for tries, eth-account for messages."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data

from tests.conformance.javascript.test_javascript import ROOT, pytestmark, run

__all__ = ["pytestmark"]

MESSAGES = {
    "Checkpoint": "bytes32 log,uint64 size,bytes32 root,uint64 signedAt,uint64 anchorBy,bytes32 via",
    "Statement": "bytes32 log,bytes32 digest",
    "Acceptance": "bytes32 log,string platform,string trade,bytes32 quote,uint256 amount,string currency,"
    "string channel,uint64 validUntil,bytes32 salt",
    "Acknowledgement": "bytes32 log,string trade,bytes32 payout,uint256 amount,string currency,bytes32 salt",
    "Endorsement": "bytes32 log,string role,bytes32 digest,bytes32 salt",
    "TradeHead": "bytes32 log,string trade,uint64 count,bytes32 leaf,uint64 size,bytes32 root",
}
DOMAIN = "string name,string version,uint256 chainId,address verifyingContract"


@pytest.mark.skipif(
    not (ROOT / "node_modules/@ethereumjs/mpt").is_dir(), reason="scripts/bootstrap --dev installs it"
)
@pytest.mark.parametrize("rounds", [40, pytest.param(1500, marks=pytest.mark.full)])
def test_tries_and_rlp(rounds: int) -> None:
    *failures, counted = run("trie.mjs", arguments=[str(rounds)])
    assert failures == []
    assert json.loads(counted)["checked"] > 20 * rounds


def _fields(text: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), field.split(" "), strict=True)) for field in text.split(",")]


def _value(kind: str, chance: random.Random) -> Any:
    if kind == "bytes32":
        return "0x" + chance.randbytes(32).hex()
    if kind == "string":
        return "".join(chance.choice('aZ09._:- 卡卡同盟é\n"\\') for _ in range(chance.randrange(40)))
    bits = int(kind.removeprefix("uint"))
    return chance.choice([0, 1, 2**bits - 1, chance.getrandbits(bits), chance.getrandbits(20)])


@pytest.mark.parametrize("rounds", [120, pytest.param(5000, marks=pytest.mark.full)])
def test_typed_data(rounds: int) -> None:
    chance, lines, expected = random.Random(7), [], []
    for _ in range(rounds):
        name, fields = chance.choice(list(MESSAGES.items()))
        chain, registry = chance.randrange(1, 2**40), "0x" + chance.randbytes(20).hex()
        message = {each["name"]: _value(each["type"], chance) for each in _fields(fields)}
        key = chance.randbytes(32)
        signable = encode_typed_data(
            full_message={
                "types": {"EIP712Domain": _fields(DOMAIN), name: _fields(fields)},
                "primaryType": name,
                "domain": {
                    "name": "Tallystick",
                    "version": "1",
                    "chainId": chain,
                    "verifyingContract": registry,
                },
                "message": message,
            }
        )
        signed = Account.sign_message(signable, key)
        members = [[each["type"], _sent(message[each["name"]])] for each in _fields(fields)]
        lines.append({"chainId": chain, "registry": registry, "type": name, "members": members})
        lines[-1]["signature"] = "0x" + bytes(signed.signature).hex()
        address = Account.from_key(key).address.lower()
        expected.append({"digest": "0x" + _hash_eip191_message(signable).hex(), "address": address})
    answers = run("typed_lines.mjs", "".join(json.dumps(line) + "\n" for line in lines))
    assert [json.loads(answer) for answer in answers] == expected


def _sent(value: object) -> object:
    return str(value) if isinstance(value, int) else value
