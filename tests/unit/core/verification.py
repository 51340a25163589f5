"""What the tests of verification share: a fake view of the chain, and how to state an expectation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.core import trust as trust_files
from service.core.chain_view import Block
from service.core.state_proof import AnchorSlot
from service.core.verdict import Report, Status, Verdict
from service.core.verify import verify_receipt
from tests.reference import eip712, genuine, state_trie
from tests.reference.genuine import NOW, T0

Value = dict[str, Any]
LOG = genuine.make_log()
CHAIN = LOG.keys.chain_id
CODE_HASH = eip712.keccak(state_trie.CODE)


def parse_trust(value: Value) -> trust_files.Trust:
    return trust_files.parse(genuine.encode(value))


TRUST = parse_trust(genuine.trust())


FINAL = Block(1_000, b"\x10" * 32, T0 + 7_000)


@dataclass
class View:
    """A chain as one node sees it: a fake at the port."""

    hashes: dict[int, bytes] = field(default_factory=dict)
    final: Block = FINAL
    code: bytes = CODE_HASH
    slots: dict[tuple[bytes, int, bytes], AnchorSlot] = field(default_factory=dict)
    newest: dict[tuple[bytes, int, bytes], AnchorSlot] = field(default_factory=dict)
    head: int = 11
    failing: Exception | None = None

    def finalized(self, chain_id: int) -> Block:
        if self.failing is not None:
            raise self.failing
        assert chain_id == CHAIN
        return self.final

    def block(self, chain_id: int, number: int) -> Block | None:
        found = self.hashes.get(number)
        return None if found is None else Block(number, found, 0)

    def code_hash(self, chain_id: int, address: str, number: int) -> bytes:
        assert number == self.final.number
        return self.code

    def anchored_at(
        self, chain_id: int, registry: str, log: bytes, size: int, root: bytes, number: int | None
    ) -> AnchorSlot | None:
        return (self.newest if number is None else self.slots).get((log, size, root))

    def head_size(self, chain_id: int, registry: str, log: bytes, number: int) -> int:
        return self.head


def view_of(receipt: Value, **more: Any) -> View:
    """A node that has the receipt's blocks."""
    numbers = {110: 0, 120: 0}
    hashes = [block for found in genuine.block_hashes(receipt).values() for block in found]
    return View(hashes=dict(zip(numbers, hashes, strict=False)), **more)


def verify(
    receipt: Value, named: bool = True, trust: Any = TRUST, now: int = NOW, view: Any = None
) -> Report:
    hashes = genuine.block_hashes(receipt) if named else {}
    return verify_receipt(genuine.encode(receipt), trust=trust, block_hashes=hashes, view=view, now=now)


def status(report: Report, number: int) -> Status:
    return report.steps[number - 1].status


def expect(report: Report, verdict: Verdict, step: int, reason: str) -> None:
    """The verdict, and that this step decided it."""
    assert (report.verdict, report.reason) == (verdict, reason), report.steps
    assert report.steps[step - 1].reason == reason


def tampered(report: Report, step: int, reason: str) -> None:
    expect(report, Verdict.TAMPERED, step, reason)
    assert report.exit_code == 1
    assert status(report, step) is Status.BAD


def undecided(report: Report, verdict: Verdict, step: int, reason: str) -> None:
    expect(report, verdict, step, reason)
    assert report.exit_code == 2
    assert status(report, step) is Status.UNDECIDED


def append_told(log: genuine.Log, told: list[str]) -> None:
    """An entry that commits to exactly these disclosures."""
    statement = genuine.statement(log.keys, "X-1", "T-X", "quote", T0 + 60 * len(log.entries), told)
    append_statement(log, statement, told, [])


def append_statement(log: genuine.Log, said: Value, told: list[str], signatures: list[Value]) -> None:
    at = T0 + 60 * len(log.entries)
    entry = {
        "prev": None,
        "received": genuine.time_text(at + 1),
        "seq": 0,
        "signatures": signatures,
        "statement": said,
        "v": 1,
    }
    log.entries.append(genuine.encode(entry))
    log.told.append(told)
    log.statements.append(genuine.encode(said))


def receipt_of(append: Callable[[genuine.Log], None], size: int | None = None) -> Value:
    """A receipt of an entry appended to the log of the tests, anchored with the next anchor."""
    log = copy.deepcopy(LOG)
    append(log)
    index = len(log.entries) - 1
    anchored = genuine.Anchored(len(log.entries), 130, T0 + 60 * 15)
    on_chain = (*genuine.ON_CHAIN, anchored)
    return genuine.receipt(log, index, [genuine.anchor(log, index, anchored, on_chain)])
