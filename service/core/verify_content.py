"""Steps 2, 3 and 5: the entry, its disclosures, and its place under the checkpoint of the POST."""

from __future__ import annotations

from collections.abc import Sequence

from service.core import disclosure, entry
from service.core.checkpoint import SignedCheckpoint
from service.core.disclosure import Disclosed
from service.core.entry import Entry
from service.core.errors import TallyError
from service.core.merkle import verify_inclusion
from service.core.receipt import Receipt
from service.core.verdict import StepFailed


def check_entry(receipt: Receipt) -> Entry:
    """Step 2: the entry is canonical and speaks of the receipt's log."""
    try:
        parsed = entry.parse(receipt.entry)
    except TallyError as error:
        raise StepFailed("entry_malformed", str(error)) from None
    if parsed.statement.log != receipt.log.origin:
        raise StepFailed("entry_of_other_log", f"the statement's log is {parsed.statement.log}")
    return parsed


def check_disclosures(disclosures: Sequence[str], digests: Sequence[str]) -> tuple[Disclosed, ...]:
    """Step 3: each disclosure opens one digest of the statement, and no claim is told twice."""
    committed, names, opened = set(digests), set(), []
    for number, text in enumerate(disclosures):
        try:
            disclosed = disclosure.parse(text, f"/disclosures/{number}")
        except TallyError as error:
            raise StepFailed("disclosure_malformed", str(error)) from None
        digest = disclosure.digest(text)
        if digest not in committed:
            raise StepFailed("disclosure_not_committed", f"disclosure {number} ({disclosed.name})")
        committed.remove(digest)
        if disclosed.name in names:
            raise StepFailed("claim_twice", f"the claim {disclosed.name} is disclosed twice")
        names.add(disclosed.name)
        opened.append(disclosed)
    return tuple(opened)


def check_inclusion(receipt: Receipt, leaf: bytes, checkpoint: SignedCheckpoint) -> None:
    """Step 5: the leaf stands at the receipt's index under the checkpoint's size and root."""
    try:
        verify_inclusion(leaf, receipt.index, checkpoint.size, receipt.inclusion, checkpoint.root)
    except TallyError as error:
        raise StepFailed("not_included", str(error)) from None
