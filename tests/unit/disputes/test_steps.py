from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from service.access.readers import Reader
from service.core.hexs import to_hex
from service.disputes.attachments import QUOTA
from service.disputes.errors import (
    CaseUnknown,
    ClaimOpen,
    StepForbidden,
    StepRefused,
    StepRejected,
    StepRepeatedOtherwise,
    TooManyAtOnce,
)
from service.disputes.index import CaseIndexing
from service.disputes.naming import Naming
from service.disputes.ports import Attachment, CaseLog
from service.disputes.recorder import LogRecorder
from service.disputes.requests import Opening, StepRequest
from service.disputes.states import Action, State
from service.disputes.steps import Steps
from service.disputes.unused_files import KEPT_MS, UnusedFiles
from service.log.errors import EventConflict
from service.log.ports import Appended
from tests.unit.disputes.case_log import Book
from tests.unit.disputes.case_memory import MemoryFiles, MemoryIndex
from tests.unit.log.whole_log import seeded

PLATFORM = Reader("platform", "k", "kaka", "live")
USER = Reader("share", "s", "kaka", "live", trade="t")
QUOTE = {
    "items": [{"line": 1, "brand": "b", "face": 100, "net": 90, "kind": "code"}],
    "offer": {"currency": "CNY", "net": 90},
    "terms": {"valid_until": "2026-11-22T12:00:00.000Z"},
}
WITHDRAW = StepRequest(
    Action.WITHDRAW, "dispute_award", {"outcome": "withdrawn", "body": {"kind": "parties"}}
)
ACKNOWLEDGE = StepRequest(Action.ACKNOWLEDGE, "dispute_answer", {"kind": "acknowledgement"})


class Interrupted:
    """Records like the real one, after whatever `first` does has been done once."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self.real = LogRecorder(random)
        self.first: Callable[[], object] | None = None
        self.events: list[str] = []

    def record(self, log: CaseLog, event: Mapping[str, object]) -> Appended:
        first, self.first = self.first, None
        if first is not None:
            first()
        appended = self.real.record(log, event)
        self.events.append(str(event["event"]))
        return appended


class Office:
    """Steps over a log in memory with one trade."""

    def __init__(self) -> None:
        self.book = Book()
        self.book.post(("q", "t", "quote", QUOTE))
        self.index, self.files = MemoryIndex(), MemoryFiles()
        self.recorder = Interrupted(seeded(b"record"))
        self.log = self.book.log()
        self.now = 1_900_000_000_000
        self.steps = Steps(
            self.recorder,
            self.index,
            self.files,
            Naming(b"s" * 32, seeded(b"name")),
            clock_ms=self._clock,
            version="1",
        )

    def _clock(self) -> int:
        self.now += 1
        return self.now

    def opening(self, **changes: Any) -> Opening:
        given: dict[str, Any] = {
            "trade": "t",
            "by": "user",
            "claim": {"code": "late", "text": "x"},
            "contested": [{"event": "q"}],
        }
        return Opening(**{**given, **changes})

    def open(self, reader: Reader = USER, **changes: Any) -> str:
        return self.steps.open(self.log, reader, self.opening(**changes)).dispute

    def state(self, dispute: str) -> State:
        return self.steps.load(self.log, USER, dispute).case.state


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.book.process.sequencer.stop()


def test_of_two_steps_at_once_one_is_judged_by_what_the_other_left(office: Office) -> None:
    dispute = office.open()
    office.recorder.first = lambda: office.steps.take(office.log, USER, dispute, WITHDRAW)
    with pytest.raises(StepRefused) as refused:
        office.steps.take(office.log, PLATFORM, dispute, ACKNOWLEDGE)
    assert (refused.value.state, refused.value.allowed) == (State.WITHDRAWN, ())
    assert office.state(dispute) is State.WITHDRAWN
    assert len(office.recorder.events) == 2


def test_of_two_possible_steps_at_once_both_are_taken(office: Office) -> None:
    dispute = office.open()
    office.recorder.first = lambda: office.steps.take(office.log, PLATFORM, dispute, ACKNOWLEDGE)
    office.steps.take(office.log, USER, dispute, WITHDRAW)
    assert office.state(dispute) is State.WITHDRAWN
    case = office.steps.load(office.log, USER, dispute).case
    assert [step.ignored for step in case.steps] == [None, None]


def test_of_two_openings_at_once_one_counts(office: Office) -> None:
    office.recorder.first = lambda: office.open()
    with pytest.raises(ClaimOpen) as open_already:
        office.open()
    assert list(office.index.cases) == [open_already.value.dispute]


def test_a_repeat_is_found_in_the_log_before_it_is_indexed(office: Office) -> None:
    dispute = office.open(key="k")
    office.index.cases.clear()
    assert office.open(key="k") == dispute
    assert office.state(dispute) is State.OPENED
    with pytest.raises(StepRepeatedOtherwise):
        office.open(key="k", remedy="explain")
    step = StepRequest(Action.ACKNOWLEDGE, "dispute_answer", {"kind": "acknowledgement"}, "k")
    first = office.steps.take(office.log, PLATFORM, dispute, step)
    again = office.steps.take(office.log, PLATFORM, dispute, step)
    assert (first.repeated, again.repeated, first.leaf) == (False, True, again.leaf)
    with pytest.raises(StepRepeatedOtherwise):
        asking = StepRequest(Action.REQUEST_INFO, "dispute_answer", {"kind": "info_request"}, "k")
        office.steps.take(office.log, PLATFORM, dispute, asking)


def test_whoever_may_not_is_told_so_whatever_the_state(office: Office) -> None:
    dispute = office.open()
    for reader, step in ((USER, ACKNOWLEDGE), (PLATFORM, WITHDRAW)):
        with pytest.raises(StepForbidden):
            office.steps.take(office.log, reader, dispute, step)
    grant = Reader("grant", "g", "kaka", "live", trade="t", dispute=dispute, role="mediator")
    with pytest.raises(StepForbidden):
        office.open(grant)


def test_other_trades_and_disputes_are_unknown(office: Office) -> None:
    dispute = office.open()
    stranger = Reader("share", "s", "kaka", "live", trade="t2")
    elsewhere = Reader("grant", "g", "kaka", "live", trade="t", dispute="another")
    for reader in (stranger, elsewhere):
        with pytest.raises(CaseUnknown):
            office.steps.load(office.log, reader, dispute)
    for reader, trade in ((stranger, "t"), (PLATFORM, "nowhere")):
        with pytest.raises(CaseUnknown):
            office.open(reader, trade=trade)


def test_problems_point_into_the_request(office: Office) -> None:
    with pytest.raises(StepRejected) as rejected:
        office.open(claim={"code": "late", "text": ""})
    assert [each.pointer for each in rejected.value.problems] == ["/claim/text"]
    with pytest.raises(StepRejected) as rejected:
        office.open(contested=[{"event": "q", "digest": "0x" + "00" * 32}])
    assert [each.pointer for each in rejected.value.problems] == ["/contested/0/digest"]


def test_a_trade_takes_so_many_steps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.disputes.steps.MAX_STEPS", 3)
    monkeypatch.setattr("service.disputes.steps.ASSURED_STEPS", 2)
    dispute = office.open()
    asked = StepRequest(Action.REQUEST_INFO, "dispute_answer", {"kind": "info_request"})
    for _ in range(2):
        office.steps.take(office.log, PLATFORM, dispute, asked)
    with pytest.raises(StepForbidden):
        office.steps.take(office.log, PLATFORM, dispute, asked)
    # The platform has filled the trade, and posts on, in its user's name: the user is heard all the same.
    for number in range(3):
        forged = {"dispute": dispute, "kind": "acknowledgement", "actor": {"role": "user"}}
        office.book.post((f"dispute:{number}", "t", "dispute_answer", forged))
    office.steps.take(office.log, USER, dispute, WITHDRAW)
    with pytest.raises(StepForbidden):
        office.open()


def test_another_sides_claim_stands_in_nobodys_way(office: Office) -> None:
    platforms = office.open(PLATFORM, by="platform")
    users = office.open(USER)
    assert users != platforms
    for reader, by in ((PLATFORM, "platform"), (PLATFORM, "user"), (USER, "user")):
        with pytest.raises(ClaimOpen) as refused:
            office.open(reader, by=by)
        assert refused.value.dispute == (platforms if by == "platform" else users)


@pytest.mark.parametrize("audience", ["arbitrator", "restricted"])
def test_a_claim_that_the_user_must_not_see_stands_in_no_way_either(office: Office, audience: str) -> None:
    hidden = {"by": "user", "claim": {"code": "late", "text": "x"}, "contested": []}
    office.book.post(
        ("h", "t", "dispute_opened", {**hidden, "dispute": "hidden", "audience": audience}),
    )
    assert office.open(USER) != "hidden"


def evidence_of(office: Office, dispute: str) -> tuple[Attachment, StepRequest]:
    """A file just handed in, and the step that puts it forward."""
    digest = bytes([7]) * 32
    file = Attachment(dispute, "t", digest, "image/png", 9, None, "user", office.now)
    office.files.add(b"", file, b"", QUOTA)
    item = {"digest": to_hex(digest), "media_type": "image/png", "bytes": 9}
    claims = {"by": "user", "item": item, "proves": "x"}
    return file, StepRequest(Action.USER_EVIDENCE, "dispute_evidence", claims)


def test_a_file_that_no_entry_names_goes_after_a_week(office: Office) -> None:
    dispute = office.open()
    file, step = evidence_of(office, dispute)
    unused = UnusedFiles(office.files, [office.log], office._clock)
    office.now = file.at + KEPT_MS - 2
    assert unused.sweep() == 0
    assert office.files.files == [file]
    office.now = file.at + KEPT_MS + 1
    assert unused.sweep() == 1
    assert office.files.files == []
    with pytest.raises(StepRejected) as rejected:
        office.steps.take(office.log, USER, dispute, step)
    assert [each.pointer for each in rejected.value.problems] == ["/item/digest"]


def test_a_file_that_an_entry_names_stays_whatever_is_noted_of_it(office: Office) -> None:
    dispute = office.open()
    file, step = evidence_of(office, dispute)
    office.steps.take(office.log, USER, dispute, step)
    office.files.referred.clear()  # whoever recorded it died before noting that
    office.now += 2 * KEPT_MS
    assert UnusedFiles(office.files, [office.log], office._clock).sweep() == 0
    assert office.files.files == [file]
    assert office.files.referred == {file.digest}


def test_a_file_is_not_removed_under_a_step_that_puts_it_forward(office: Office) -> None:
    dispute = office.open()
    file, step = evidence_of(office, dispute)
    unused = UnusedFiles(office.files, [office.log], office._clock)
    office.now += KEPT_MS + 10
    office.recorder.first = unused.sweep  # after the step was checked, before it is recorded
    office.steps.take(office.log, USER, dispute, step)
    assert office.files.files == [file]


def test_a_step_whose_file_has_just_been_removed_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute = office.open()
    _, step = evidence_of(office, dispute)

    def too_late(*_: object) -> set[bytes]:
        office.files.files.clear()
        return set()

    monkeypatch.setattr(office.files, "put_forward", too_late)
    with pytest.raises(StepRejected):
        office.steps.take(office.log, USER, dispute, step)


def test_endless_company_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> Appended:
        raise EventConflict(["e"])

    monkeypatch.setattr("service.disputes.steps.time.sleep", lambda _: None)
    monkeypatch.setattr(office.recorder, "record", taken)
    with pytest.raises(TooManyAtOnce):
        office.open()


def test_event_ids_of_steps_cannot_be_foretold() -> None:
    mine, other = Naming(b"s" * 32, seeded()), Naming(b"t" * 32, seeded())
    names = {naming.event(b"l" * 32, trade, n) for naming in (mine, other) for trade in "ab" for n in (0, 1)}
    assert len(names) == 8
    assert all(len(name) <= 64 for name in names)
    assert mine.mark(b"l" * 32, "t", "user", "k") != mine.mark(b"l" * 32, "t", "platform", "k")


def test_indexing_again_changes_nothing(office: Office) -> None:
    dispute = office.open()
    indexing = CaseIndexing(office.index, office.files)
    before = dict(office.index.cases)
    office.index.cases.clear()
    entries = office.log.reader.trade("t")
    indexing.handle(office.log, entries)
    assert office.index.cases == before
    office.book.post(("p", "t", "payout", {"payout": "p", "state": "initiated", "legs": []}))
    indexing.handle(office.log, office.log.reader.trade("t")[-1:])
    assert office.index.cases[dispute].seen == 2
