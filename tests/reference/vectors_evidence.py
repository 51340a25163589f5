"""Evidence of one trade, genuine and spoilt, each with the verdict that a verifier must reach."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from eth_account import Account

from tests.reference import eip712, genuine, rfc9162
from tests.reference.genuine import ON_CHAIN, T0

Value = dict[str, Any]
LOG = genuine.make_log()
TRADE, OTHER = "T-1", "T-10"
TAKEN = T0 + 3_600


def build() -> Value:
    """The content of `evidence.json`."""
    return {
        "comment": "Verdict, exit code, reason and the codes of all problems at `now` (ms), with this trust "
        "file and no other view of the chain than the case's block hashes. Spoilt rows bring no anchors.",
        "now": genuine.NOW,
        "trust": genuine.trust(),
        "cases": [*good(), *undecided(), *tampered()],
    }


def case(
    name: str, value: Value, verdict: str, reason: str, problems: list[str], named: bool = True
) -> Value:
    """One row."""
    hashes: dict[str, list[str]] = {}
    for each in receipts_of(value):
        for chain, found in genuine.block_hashes(each).items():
            hashes.setdefault(str(chain), []).extend(map(genuine.hexed, found))
    return {
        "name": name,
        "verdict": verdict,
        "exit_code": {"good": 0, "tampered": 1}.get(verdict, 2),
        "reason": reason,
        "problems": problems,
        "block_hashes": {chain: sorted(set(found)) for chain, found in hashes.items()} if named else {},
        "evidence": value,
    }


def receipts_of(value: Value) -> list[Value]:
    """All receipts in the evidence."""
    return [each["receipt"] for each in value["entries"] if "receipt" in each] + list(value["context"])


def head(log: genuine.Log, trade: str, size: int, **changes: Any) -> Value:
    """The signed TradeHead at this size."""
    places = [index for index in log.trades[trade] if index < size]
    message = {
        "log": log.keys.log,
        "trade": trade,
        "count": len(places),
        "leaf": log.leaves[places[-1]],
        "size": size,
        "root": log.root(size),
    } | changes
    hashed = eip712.digest(log.keys.domain, "TradeHead", message, eip712.TALLYSTICK)
    signature = Account.unsafe_sign_hash(hashed, log.keys.evm_key).signature
    plain = {name: genuine.hexed(each) if isinstance(each, bytes) else each for name, each in message.items()}
    return plain | {"signature": genuine.hexed(bytes(signature))}


def element(log: genuine.Log, index: int, size: int, *, sealed: bool = False) -> Value:
    """One entry with its path in the tree of `size`."""
    path = [genuine.hexed(node) for node in rfc9162.path(index, log.leaves[:size])]
    if sealed:
        seq = next(places.index(index) for places in log.trades.values() if index in places)
        return {
            "sealed": {"seq": seq, "index": index, "leaf": genuine.hexed(log.leaves[index])},
            "inclusion": path,
        }
    return {"receipt": genuine.genuine(index, 0 if index < ON_CHAIN[0].size else 1), "inclusion": path}


def evidence(
    log: genuine.Log = LOG, *, size: int = 11, sealed: tuple[int, ...] = (), **changes: Any
) -> Value:
    """The evidence of trade T-1 at this size."""
    places = [index for index in log.trades[TRADE] if index < size]
    entries = [element(log, index, size, sealed=index in sealed) for index in places]
    value: Value = {
        "format": "tallystick-evidence/1",
        "log": genuine.genuine()["log"],
        "trade": TRADE,
        "taken": genuine.time_text(TAKEN),
        "checkpoint": log.note(size, genuine.signed_at(size)),
        "head": head(log, TRADE, size),
        "entries": entries,
        "context": [],
        "keys": None,
        "final": [],
        "audience": ["user", "parties"],
        "findings": None,
        "attachments": [],
        "timestamps": [],
        "generator": "reference",
        "hints": {},
    }
    return copy.deepcopy(value | changes)


def stamp(size: int, newest: int = 11) -> Value:
    """A time stamp over the checkpoint of this size; the token is opaque to the core."""
    return {
        "size": size,
        "root": genuine.hexed(LOG.root(size)),
        "checkpoint": LOG.note(size, genuine.signed_at(size)),
        "consistency": [genuine.hexed(node) for node in rfc9162.proof(size, LOG.leaves[:newest])],
        "token": "AA==",
        "authority": "x",
    }


def good() -> list[Value]:
    """Whole and genuine."""
    withheld = evidence()
    for each in withheld["entries"]:
        each["receipt"]["disclosures"] = each["receipt"]["disclosures"][:1]
    context = evidence(context=[genuine.genuine(4)])
    named: list[tuple[str, Value]] = [
        ("a trade of three entries", evidence()),
        ("claims withheld", withheld),
        ("the middle entry sealed", evidence(sealed=(genuine.ACCEPTANCE,))),
        ("an entry of another trade to compare with", context),
        ("a time stamp", evidence(timestamps=[stamp(8)])),
    ]
    return [case(name, value, "good", "good", []) for name, value in named]


def undecided() -> list[Value]:
    """Nothing wrong, and not enough to be good."""
    young = evidence()
    young["entries"][2]["receipt"]["anchors"] = []
    all_sealed = evidence(sealed=tuple(LOG.trades[TRADE]))
    return [
        case("no block named", evidence(), "anchor_not_checked", "no_view", [], named=False),
        case("the last entry not anchored yet", young, "not_anchored_yet", "no_anchors", []),
        case("nothing but sealed entries", all_sealed, "anchor_not_checked", "nothing_shown", []),
    ]


def tampered() -> list[Value]:
    """One change each, and what it is called."""
    found: list[Value] = []

    def add(name: str, problems: list[str], change: Callable[[Value], Any]) -> None:
        value = evidence()
        change(value)
        for each in receipts_of(value):
            each["anchors"] = []
        found.append(case(name, value, "tampered", problems[0], problems))

    entries: Callable[[Value], list[Value]] = lambda value: value["entries"]  # noqa: E731
    stranger = element(LOG, 4, 11)
    other_log = copy.deepcopy(element(LOG, genuine.QUOTE, 11))
    other_log["receipt"]["log"]["chain_id"] = 1
    add("the middle entry left out", ["entry_omitted"], lambda v: entries(v).pop(1))
    add("the first entry left out", ["entry_omitted"], lambda v: entries(v).pop(0))
    add("the last entry left out", ["entry_omitted"], lambda v: entries(v).pop())
    add(
        "two entries changed places", ["entries_reordered"], lambda v: entries(v).insert(0, entries(v).pop(1))
    )
    add("an entry twice", ["entry_twice"], lambda v: entries(v).append(entries(v)[0]))
    add("an entry of another trade", ["entry_of_other_trade"], lambda v: entries(v).append(stranger))
    add(
        "an entry of another log",
        ["entry_altered", "entry_of_other_log"],
        lambda v: entries(v).append(other_log),
    )
    add("another amount", ["entry_altered"], lambda v: other_amount(entries(v)[1]["receipt"]))
    add("an entry's path cut short", ["entry_not_in_checkpoint"], lambda v: entries(v)[0]["inclusion"].pop())
    add("a sealed leaf of nothing", ["prev_differs", "entry_not_in_checkpoint"], seal_wrongly)
    add(
        "sealed entries exchanged",
        ["seq_out_of_order", "prev_differs"],
        lambda v: v.update(entries=exchanged()),
    )
    add(
        "an entry of the trade among the context",
        ["entry_omitted"],
        lambda v: v.update(context=[genuine.genuine(genuine.QUOTE)]),
    )
    add(
        "a context entry altered",
        ["context_altered"],
        lambda v: v.update(context=[genuine.genuine(4) | {"index": 2}]),
    )
    add("a head that counts less", ["entry_beyond_head"], lambda v: recount(v, 2))
    add("a head that counts more", ["entry_omitted"], lambda v: recount(v, 4))
    add(
        "a head's count changed",
        ["entry_omitted", "head_signature_wrong"],
        lambda v: v["head"].update(count=4),
    )
    add(
        "the head of an older checkpoint",
        ["head_of_other_checkpoint"],
        lambda v: v.update(head=head(LOG, TRADE, 9)),
    )
    add(
        "the head of another trade",
        ["entry_beyond_head", "head_of_other_trade", "head_leaf_differs"],
        lambda v: v.update(head=head(LOG, OTHER, 11)),
    )
    note = LOG.note(9, genuine.signed_at(9))
    add(
        "an older checkpoint",
        ["entry_not_in_checkpoint"] * 3 + ["head_of_other_checkpoint"],
        lambda v: v.update(checkpoint=note),
    )
    add(
        "taken before the checkpoint was signed",
        ["taken_before_checkpoint"],
        lambda v: v.update(taken=genuine.time_text(T0)),
    )
    add(
        "taken in the future",
        ["taken_in_the_future"],
        lambda v: v.update(taken=genuine.time_text(T0 + 86_400)),
    )
    add(
        "a time stamp of a tree that never was",
        ["stamp_of_nothing"],
        lambda v: v["timestamps"].append(stamp(8) | {"root": genuine.hexed(LOG.root(7))}),
    )
    add(
        "a time stamp over another note",
        ["stamp_of_nothing"],
        lambda v: v["timestamps"].append(stamp(8) | {"checkpoint": LOG.note(9, genuine.signed_at(9))}),
    )
    add(
        "a context entry of another log",
        ["context_of_other_log"],
        lambda v: v.update(context=[of_other_log()]),
    )
    add(
        "a context entry twice",
        ["context_twice"],
        lambda v: v.update(context=[genuine.genuine(4), genuine.genuine(4)]),
    )
    add("another root of the checkpoint's size", ["fork"], lambda v: v["entries"][2].update(receipt=forked()))
    add(
        "a time stamp without its way into the tree",
        ["stamp_of_nothing"],
        lambda v: v["timestamps"].append(stamp(8) | {"consistency": []}),
    )
    return found


def of_other_log() -> Value:
    """A genuine receipt of another platform's log."""
    other = genuine.Log(genuine.make_keys("tallystick.test/logs/xianka", b"xianka"))
    other.append("X-1", "T-9", "quote", {"items": []})
    return genuine.receipt(other, 0, [])


def forked() -> Value:
    """The payout's receipt from a log that signed another tree of the same size."""
    other = copy.deepcopy(LOG)
    other.entries[-1] = other.entries[-1].replace(b"E-10", b"E-11")
    return genuine.receipt(other, genuine.PAYOUT, [], size=len(LOG.entries))


def other_amount(receipt: Value) -> None:
    """Another amount in the acceptance."""
    receipt["disclosures"][1] = genuine.disclosures("A-1", {"amount": 93_501})[0]


def seal_wrongly(value: Value) -> None:
    """A sealed entry with a leaf that the log does not have there."""
    value["entries"][1] = element(LOG, genuine.ACCEPTANCE, 11, sealed=True)
    value["entries"][1]["sealed"]["leaf"] = genuine.hexed(bytes(32))


def exchanged() -> list[Value]:
    """Quote and acceptance sealed, each under the other's seq."""
    value = evidence(sealed=(genuine.QUOTE, genuine.ACCEPTANCE))["entries"]
    first, second = value[0], value[1]
    first["sealed"]["seq"], second["sealed"]["seq"] = 1, 0
    return [second, first, value[2]]


def recount(value: Value, count: int) -> None:
    """A head that the log really signed, with a false count."""
    places = LOG.trades[TRADE]
    leaf = LOG.leaves[places[min(count, len(places)) - 1]]
    value["head"] = head(LOG, TRADE, 11, count=count, leaf=LOG.leaves[places[-1]] if count > 3 else leaf)
