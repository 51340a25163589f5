"""Certificates are printed once for evidence that says the same, never shown for evidence that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from service.access.readers import Reader
from service.core.evidence import (
    AttachmentNote,
    Element,
    Evidence,
    FinalBlock,
    RegisteredKey,
    SealedEntry,
    StampNote,
)
from service.disputes.evidence_room import EvidenceRoom, Wanted
from service.disputes.prints import KEPT_MS, Print, Prints
from tests.unit.disputes.case_log import Book
from tests.unit.disputes.test_evidence import USER, book, desk
from tests.unit.log.whole_log import NOW

__all__ = ["book"]
TRUST = b"{}"


@dataclass
class Press:
    """Prints evidence as pages that name it, and counts them."""

    printed: list[Evidence] = field(default_factory=list)

    def __call__(self, evidence: Evidence) -> bytes:
        self.printed.append(evidence)
        return b"pages %d of %d" % (len(self.printed), evidence.taken)


def taken(book: Book, reader: Reader | None = None, at: int = NOW, **changes: Any) -> Evidence:
    found = desk(book, clock_ms=lambda: at, **changes).take(book.log(), "t1", reader)
    assert found is not None
    return found


def printed(prints: Prints, evidence: Evidence, trust: bytes, press: Callable[[Evidence], bytes]) -> Print:
    made = prints.of(lambda: evidence, trust, press)
    assert made is not None
    return made


def test_the_same_evidence_is_printed_once_with_its_first_time(book: Book) -> None:
    press, prints = Press(), Prints(lambda: NOW)
    first = printed(prints, taken(book), TRUST, press)
    book.post(("o1", "other", "x-note", {"text": "the log has grown, the trade has not"}))
    later = taken(book, at=NOW + 5_000)
    assert later.checkpoint != first.evidence.checkpoint
    again = printed(prints, later, TRUST, press)
    assert again is first
    assert again.evidence.taken == NOW, "the evidence that the certificate was printed from goes with it"


def test_after_a_minute_it_is_printed_anew(book: Book) -> None:
    clock = [NOW]
    press, prints = Press(), Prints(lambda: clock[0])
    printed(prints, taken(book), TRUST, press)
    clock[0] = NOW + KEPT_MS
    printed(prints, taken(book, at=clock[0]), TRUST, press)
    assert len(press.printed) == 1
    clock[0] += 1
    printed(prints, taken(book, at=clock[0]), TRUST, press)
    assert len(press.printed) == 2


def _stamped(evidence: Evidence) -> Evidence:
    note = StampNote(3, bytes(32), evidence.checkpoint, (), b"another token", "authority")
    return replace(evidence, timestamps=(note,))


def _elsewhere(element: Element) -> Element:
    if isinstance(element.shown, SealedEntry):
        return replace(element, shown=replace(element.shown, index=99))
    return element


def _finding(evidence: Evidence) -> Evidence:
    return replace(evidence, findings={**(evidence.findings or {}), "results": ["something else"]})


CHANGES: dict[str, Callable[[Evidence], Evidence]] = {
    "another trade": lambda each: replace(each, trade="t2"),
    "another log": lambda each: replace(each, log=replace(each.log, origin="other.example/log")),
    "another entry at the end": lambda each: replace(each, head=replace(each.head, leaf=b"\7" * 32)),
    "more entries": lambda each: replace(each, head=replace(each.head, count=9)),
    "an entry not shown": lambda each: replace(each, entries=each.entries[1:]),
    "a sealed entry elsewhere": lambda each: replace(each, entries=tuple(map(_elsewhere, each.entries))),
    "no context": lambda each: replace(each, context=each.receipts[:1]),
    "a key": lambda each: replace(each, keys=(RegisteredKey("0x" + "99" * 20, "user", 0, None),)),
    "no keys known": lambda each: replace(each, keys=None),
    "other readers": lambda each: replace(each, audience=("nobody",)),
    "a finding": _finding,
    "a file": lambda each: replace(
        each, attachments=(AttachmentNote(bytes(32), "image/png", 1, None, (0,)),)
    ),
    "a time stamp": _stamped,
    "a final block": lambda each: replace(each, final=(FinalBlock(1, bytes(32)),)),
    "another generator": lambda each: replace(each, generator="tallystick 2"),
    "another hint": lambda each: replace(each, hints={"trust": 1}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_evidence_that_says_something_else_is_printed_itself(book: Book, change: str) -> None:
    press, prints = Press(), Prints(lambda: NOW)
    evidence = taken(book, USER)
    other = CHANGES[change](evidence)
    for each in (evidence, other, evidence, other):
        assert printed(prints, each, TRUST, press).evidence is each
    assert len(press.printed) == 2


def test_other_readers_and_another_trust_file_get_pages_of_their_own(book: Book) -> None:
    press, prints = Press(), Prints(lambda: NOW)
    found = [
        printed(prints, taken(book), TRUST, press),
        printed(prints, taken(book, USER), TRUST, press),
        printed(prints, taken(book), b'{"keys":[]}', press),
    ]
    assert len({each.certificate for each in found}) == 3


def test_a_new_entry_an_anchor_and_an_erasure_are_seen_at_once(book: Book) -> None:
    press, prints = Press(), Prints(lambda: NOW)
    printed(prints, taken(book), TRUST, press)
    book.post(("e4", "t1", "x-note", {"text": "one more"}))
    assert len(printed(prints, taken(book), TRUST, press).evidence.entries) == 5


def test_nothing_erased_is_kept_not_even_what_was_being_printed(book: Book) -> None:
    press, prints = Press(), Prints(lambda: NOW)
    printed(prints, taken(book), TRUST, press)
    prints.forget(b"\0" * 32, 0, None)
    printed(prints, taken(book), TRUST, press)
    assert len(press.printed) == 2, "an erasure clears what was kept"
    prints.forget(b"\0" * 32, 0, None)

    def erased_meanwhile(evidence: Evidence) -> bytes:
        prints.forget(b"\0" * 32, 0, None)
        return press(evidence)

    printed(prints, taken(book), TRUST, erased_meanwhile)
    printed(prints, taken(book), TRUST, press)
    assert len(press.printed) == 4, "what was gathered before an erasure is not kept after it"


def test_what_was_gathered_before_an_erasure_is_not_kept_after_it(book: Book) -> None:
    press, prints = Press(), Prints(lambda: NOW)

    def erased_before_it_is_printed() -> Evidence:
        gathered = taken(book)
        prints.forget(b"\0" * 32, 0, None)
        return gathered

    assert prints.of(erased_before_it_is_printed, TRUST, press) is not None
    printed(prints, taken(book), TRUST, press)
    assert len(press.printed) == 2


def test_nothing_gathered_is_nothing_printed() -> None:
    press, prints = Press(), Prints(lambda: NOW)
    assert prints.of(lambda: None, TRUST, press) is None
    assert press.printed == []


def test_a_bundle_holds_the_evidence_its_certificate_was_printed_from(book: Book) -> None:
    times = iter((NOW, NOW + 1, NOW + 2))
    press = Press()
    room = EvidenceRoom(
        {"kaka": book.log()},
        desk(book, clock_ms=lambda: next(times)),
        lambda log: TRUST,
        Prints(lambda: NOW),
        printer=lambda log, evidence, view, findings: press(evidence),
    )
    pages = room.certificate(Wanted("kaka", "t1"))
    assert pages == b"pages 1 of %d" % NOW
    bundle = room.bundle(Wanted("kaka", "t1"))
    assert bundle is not None
    assert pages in bundle
    assert b'"taken":"2026' in bundle
    bare = room.bundle(Wanted("kaka", "t1", certificate=False))
    assert bare is not None
    assert b"pages" not in bare
    assert len(press.printed) == 1
