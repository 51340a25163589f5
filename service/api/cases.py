"""Cases as they are answered: one with its steps, clock and files; many in a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.api.components import listing, nullable, record
from service.core.hexs import to_hex
from service.core.times import format_time
from service.disputes.case_ports import IndexedCase
from service.disputes.cases import Case, Step
from service.disputes.checks import offered
from service.disputes.loading import LoadedCase
from service.disputes.ports import Attachment
from service.disputes.requests import role_of
from service.disputes.states import Action, State, allowed
from service.log.ports import StoredEntry
from service.profiles.giftcard.answer_clock import AnswerClock

_EVIDENCE = frozenset({Action.USER_EVIDENCE, Action.OTHER_EVIDENCE})
_AWARDED = frozenset({State.AWARDED_FOR_USER, State.AWARDED_FOR_PLATFORM, State.SETTLED, State.PAID})


def document(reader: Reader, case: LoadedCase, files: Sequence[Attachment], now: int) -> dict[str, object]:
    """One case as this reader may see it at `now` (ms)."""
    told = case.case
    entries = {each.index: each for each in case.entries}
    opening = entries[told.opened.index]
    claims = told.opened.claims if sight_of(reader, opening) is Sight.FULL else {}
    return {
        "dispute": told.dispute,
        "trade": told.trade,
        "state": told.state.value,
        "open": told.open,
        "by": told.by,
        "opened": format_time(told.opened.received),
        "opening": _place(opening),
        "claim": claims.get("claim"),
        "contested": claims.get("contested", []),
        "forum": claims.get("forum"),
        "remedy": claims.get("remedy"),
        "clock": None if told.clock is None else _clock(told.clock, told, now),
        "award": _award(reader, told, entries),
        "steps": [_step(reader, step, entries[step.entry.index]) for step in told.steps],
        "attachments": [listed_file(each) for each in files],
        "allowed": list(_allowed(reader, case)),
    }


def brief(case: IndexedCase, now: int) -> dict[str, object]:
    """One case of a list."""
    paused = case.paused_until is not None and now < case.paused_until
    return {
        "dispute": case.dispute,
        "trade": case.trade,
        "state": case.state,
        "open": case.open,
        "by": case.by,
        "code": case.code,
        "forum": case.forum,
        "opened": format_time(case.opened),
        "due": None if case.due is None else format_time(case.due),
        "overdue": case.due is not None and now > case.due,
        "paused": paused,
        "answered": None if case.answered is None else format_time(case.answered),
    }


def _allowed(reader: Reader, case: LoadedCase) -> Iterator[str]:
    for action in allowed(case.case.state, role_of(reader), case.case.by):
        if action is Action.SETTLE and reader.holder == "share" and offered(reader, case) is None:
            continue  # nothing to agree to yet
        yield "evidence" if action in _EVIDENCE else action.value


def _clock(clock: AnswerClock, case: Case, now: int) -> dict[str, object]:
    runs = case.runs is not None
    paused = runs and clock.paused(now)
    # While the clock rests nothing of what remains is lost.
    counted = clock.pause_ends if paused and clock.pause_ends is not None else now
    return {
        "due": format_time(clock.due),
        "paused": paused,
        "paused_since": _time(clock.paused_since if paused else None),
        "pause_ends": _time(clock.pause_ends if paused else None),
        "paused_ms": clock.paused_ms,
        "remaining_ms": max(0, clock.due - counted) if runs else None,
        "answered": _time(clock.answered_at),
        "overdue": runs and clock.late(now),
        "answered_late": clock.answered_at is not None and clock.late(now),
    }


def _award(reader: Reader, case: Case, entries: Mapping[int, StoredEntry]) -> dict[str, object] | None:
    if case.award is None or case.state not in _AWARDED:
        return None
    entry = entries[case.award.index]
    if sight_of(reader, entry) is not Sight.FULL:
        return None
    names = ("outcome", "body", "amount", "pay_by", "binding", "document")
    return {**_place(entry), **{name: case.award.claims.get(name) for name in names}, "paid": case.paid}


def _step(reader: Reader, step: Step, entry: StoredEntry) -> dict[str, object]:
    sight = sight_of(reader, entry)
    place: dict[str, object] = {**_place(entry), "sight": sight.value}
    if sight is Sight.SEALED:
        del place["event"]
        return place
    # Who took a step, and which, stands in its claims: of one that is withheld nothing but its type is told.
    full = sight is Sight.FULL
    action = step.action and ("evidence" if step.action in _EVIDENCE else step.action.value)
    actor = step.entry.claims.get("actor")
    by = step.entry.claims.get("by") or (actor.get("role") if isinstance(actor, dict) else None)
    return {
        **place,
        "type": entry.type,
        "received": format_time(entry.received),
        "action": action if full or action == "evidence" else None,
        "by": by if full else None,
        "ignored": step.ignored,
        "state": step.state.value,
        "claims": dict(step.entry.claims) if full else None,
    }


def _place(entry: StoredEntry) -> dict[str, object]:
    return {"event": entry.event, "seq": entry.seq, "index": entry.index, "leaf": to_hex(entry.leaf)}


def listed_file(attachment: Attachment) -> dict[str, object]:
    """One file without its content."""
    return {
        "digest": to_hex(attachment.digest),
        "media_type": attachment.media_type,
        "bytes": attachment.size,
        "label": attachment.label,
        "by": attachment.by,
        "at": format_time(attachment.at),
    }


def _time(ms: int | None) -> str | None:
    return None if ms is None else format_time(ms)


_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_BOOL: Final = {"type": "boolean"}
_OBJECT: Final = {"type": "object"}


def schemas() -> dict[str, Any]:
    """The answers as components of the API's document."""
    place = {"event": _TEXT, "seq": _COUNT, "index": _COUNT, "leaf": _TEXT}
    states = {"enum": [state.value for state in State]}
    file = record(
        {
            "digest": _TEXT,
            "media_type": _TEXT,
            "bytes": _COUNT,
            "label": nullable(_TEXT),
            "by": _TEXT,
            "at": _TIME,
        }
    )
    common = {"dispute": _TEXT, "trade": _TEXT, "state": states, "open": _BOOL, "by": _TEXT, "opened": _TIME}
    clock = record(
        {
            "due": _TIME,
            "paused": _BOOL,
            "paused_since": nullable(_TIME),
            "pause_ends": nullable(_TIME),
            "paused_ms": _COUNT,
            "remaining_ms": nullable(_COUNT),
            "answered": nullable(_TIME),
            "overdue": _BOOL,
            "answered_late": _BOOL,
        }
    )
    step = record(
        {"seq": _COUNT, "index": _COUNT, "leaf": _TEXT, "sight": _TEXT},
        optional={
            "event": _TEXT,
            "type": _TEXT,
            "received": _TIME,
            "action": nullable(_TEXT),
            "by": nullable(_TEXT),
            "ignored": nullable(_TEXT),
            "state": states,
            "claims": nullable(_OBJECT),
        },
    )
    case = {
        **common,
        "opening": record(place),
        "claim": nullable(_OBJECT),
        "contested": listing(_OBJECT),
        "forum": nullable(_TEXT),
        "remedy": nullable(_TEXT),
        "clock": nullable(clock),
        "award": nullable(_OBJECT),
        "steps": listing(step),
        "attachments": listing({"$ref": "#/components/schemas/DisputeAttachment"}),
        "allowed": listing(_TEXT),
    }
    recorded = record({**place, "repeated": _BOOL})
    return {
        "Dispute": record(case, optional={"recorded": recorded}),
        "DisputeAttachment": file,
        "ListedDispute": record(
            {
                **common,
                "code": nullable(_TEXT),
                "forum": nullable(_TEXT),
                "due": nullable(_TIME),
                "overdue": _BOOL,
                "paused": _BOOL,
                "answered": nullable(_TIME),
            }
        ),
    }
