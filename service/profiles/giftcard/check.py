"""Checking an event before it is committed: one fast conversion, and a slow full account only when that
fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from service.core.errors import EventRejected, Problem
from service.core.errors import pointer as to_pointer
from service.core.ids import id_problem
from service.profiles.giftcard.envelope import CLAIM_NAME_PATTERN, MAX_CLAIMS, RESERVED_CLAIMS, envelope
from service.profiles.giftcard.explain import explain
from service.profiles.giftcard.rules import rule_problems
from service.profiles.giftcard.types import SERVICE_TYPES, claims_struct, known_claims

Poster = Literal["platform", "service"]

_CLAIM_NAME: Final = re.compile(CLAIM_NAME_PATTERN)
_convert = msgspec.convert


def check_event(event: Mapping[str, object], *, poster: Poster = "platform") -> None:
    """Refuse an event that is not in the profile's form.

    `event` is the output of `core.canonical.parse`: envelope and claims, integers in range, keys ASCII.
    Checked are the envelope (exactly its members, ids, time, sizes), every known claim and the structural
    rules between claims. Unknown claims are left alone. Figures that do not add up are left alone too: they
    are for findings to prove.

    Raises EventRejected with *every* problem found, each with its RFC 6901 pointer into the event and a
    stable code."""
    problems = _quick_problems(event, poster)
    if problems is None:
        # Should the slow pass ever miss what the fast one refused, the event is refused all the same.
        problems = list(_all_problems(event, poster)) or [
            Problem("", "the event is not in its type's form", "type")
        ]
    if problems:
        raise EventRejected(tuple(problems))


def _quick_problems(event: Mapping[str, object], poster: Poster) -> list[Problem] | None:
    """[] when the event is good; None when the slow pass has to say what is wrong."""
    event_type = event.get("type") if type(event) is dict else None
    if type(event_type) is not str:
        return None
    struct = claims_struct(event_type)
    if struct is None or (event_type in SERVICE_TYPES and poster != "service"):
        return None
    try:
        _convert(event, envelope(struct))
    except msgspec.ValidationError:
        return None
    claims: dict[str, object] = event["claims"]  # type: ignore[assignment]  # the conversion saw an object
    if (
        id_problem(event["event"], "") is None
        and id_problem(event["trade"], "") is None
        and ("disclosures" in event) == ("decoy" in event)
        and len(claims) <= MAX_CLAIMS
        and (claims.keys() <= known_claims(event_type) or next(_name_problems(claims), None) is None)
        and next(rule_problems(event_type, event), None) is None
    ):
        return []
    return None


def _all_problems(event: Mapping[str, object], poster: Poster) -> Iterator[Problem]:
    if not isinstance(event, dict):
        yield Problem("", "an event must be a JSON object", "type")
        return
    event_type = event.get("type")
    struct = claims_struct(event_type) if isinstance(event_type, str) else None
    yield from explain(event, envelope(struct) if struct else envelope(claims_struct("x-unknown")), "")
    for member in ("event", "trade"):
        problem = id_problem(event[member], f"/{member}") if isinstance(event.get(member), str) else None
        if problem is not None and problem.code != "id_pattern":  # a wrong pattern was told above
            yield problem
    yield from _type_problems(event_type, known=struct is not None, poster=poster)
    if ("disclosures" in event) != ("decoy" in event):
        missing, present = ("decoy", "disclosures") if "disclosures" in event else ("disclosures", "decoy")
        yield Problem(f"/{missing}", f"{present} and {missing} come together or not at all", "required")
    claims = event.get("claims")
    if isinstance(claims, dict):
        if len(claims) > MAX_CLAIMS:
            yield Problem("/claims", f"an event has at most {MAX_CLAIMS} claims", "length")
        yield from _name_problems(claims)
        if isinstance(event_type, str) and struct is not None:
            yield from rule_problems(event_type, event)


def _type_problems(event_type: object, *, known: bool, poster: Poster) -> Iterator[Problem]:
    if not isinstance(event_type, str):
        return  # told above
    if not known:
        detail = "there is no such event type; a platform's own types start with x-"
        yield Problem("/type", detail, "unknown_type")
    elif event_type in SERVICE_TYPES and poster != "service":
        yield Problem("/type", f"only the service records an event of type {event_type}", "reserved_type")


def _name_problems(claims: Mapping[str, object]) -> Iterator[Problem]:
    for name in claims:
        if not isinstance(name, str) or _CLAIM_NAME.match(name) is None:
            yield Problem(
                to_pointer(("claims", name)),
                "a claim's name is 1 to 64 printable ASCII characters without space, quote and backslash",
                "claim_name",
            )
        elif name in RESERVED_CLAIMS:
            yield Problem(to_pointer(("claims", name)), "this name is reserved by RFC 9901", "claim_name")
