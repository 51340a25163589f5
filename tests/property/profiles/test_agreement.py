"""What must agree: schema and `check_event`, the fast and the full pass, the time pattern and core."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.errors import EventRejected, FormatError, Problem
from service.core.times import parse_time
from service.profiles import giftcard
from service.profiles.giftcard.check import _all_problems, _quick_problems
from service.profiles.giftcard.scalars import Time

BEYOND_SCHEMA = {"duplicate", "id_mobile_number", "id_identity_number"}
"""Codes of problems that JSON Schema has no words for."""

DIG = "0x" + "0f" * 32
TELLING = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**53 - 1,
    2**53,
    -(2**53),
    1.5,
    "",
    "1",
    "x",
    "CNY",
    "cny",
    "quote",
    DIG,
    DIG.upper(),
    DIG + "\n",
    "0x" + "1" * 40,
    "2026-02-28T23:59:59.999Z",
    "2026-02-29T00:00:00.000Z",
    "2026-07-18",
    "x-own",
    "other",
    "a b",
    "é" * 300,
    "alipay",
    "eip712",
    "none",
    [],
    [1],
    ["x"],
    [None],
    {},
    {"event": "e"},
    {"event": "e", "digest": DIG},
    {"method": "eip712"},
    {"line": 1},
    {"x-more": None},
    "tariff:1",
)
VALUES = st.sampled_from(TELLING) | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    (
        "x-more",
        "_sd",
        "...",
        "é",
        "a b",
        'a"b',
        "x" * 64,
        "x" * 65,
        "digest",
        "consent",
        "items",
        "signatures",
        "decoy",
    )
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a JSON value, the root excepted."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, Any]:
    """An example with a few members replaced, dropped, added or copied."""
    event = giftcard.example(draw(st.sampled_from(giftcard.EVENT_TYPES)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(sorted(places(event), key=repr)))
        parent = event
        for key in path[:-1]:
            parent = parent[key]
        match draw(st.sampled_from(("replace", "drop", "add", "repeat"))):
            case "replace":
                parent[path[-1]] = deepcopy(draw(VALUES))
            case "drop":
                del parent[path[-1]]
            case "add" if isinstance(parent, dict):
                parent[draw(NAMES)] = deepcopy(draw(VALUES))
            case "repeat" if isinstance(parent, list):
                parent.append(deepcopy(parent[path[-1]]))
        if not list(places(event)):
            break
    return event


def ecma_pattern(validator: Any, pattern: str, instance: object, schema: object) -> Iterator[Exception]:
    """`pattern` as ECMA-262 reads it: `$` is the very end, where Python's stops before a last newline."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": ecma_pattern})


@cache
def validator(event_type: str) -> Any:
    return Validator(giftcard.schema(event_type))


def problems(event: Any) -> tuple[Problem, ...]:
    try:
        giftcard.check_event(event, poster="service")
    except EventRejected as error:
        return error.problems
    return ()


@settings(max_examples=400, deadline=None)
@given(mutants(), st.sampled_from(giftcard.EVENT_TYPES))
def test_schema_and_check_agree(event: dict[str, Any], other: str) -> None:
    event_type = event.get("type")
    known = event_type if isinstance(event_type, str) and event_type in giftcard.EVENT_TYPES else other
    if isinstance(event_type, str) and event_type.startswith("x-"):
        known = "x-"
    found = problems(event)
    expressible = [problem for problem in found if problem.code not in BEYOND_SCHEMA]
    assert validator(known).is_valid(event) == (not expressible), found


@settings(max_examples=400, deadline=None)
@given(mutants())
def test_the_fast_and_the_full_pass_agree(event: dict[str, Any]) -> None:
    full = list(_all_problems(event, "service"))
    assert (_quick_problems(event, "service") == []) == (full == []), full
    assert len(set(full)) == len(full), "nothing is told twice"


@settings(max_examples=200, deadline=None)
@given(VALUES | st.fixed_dictionaries({"type": st.sampled_from(giftcard.EVENT_TYPES), "claims": VALUES}))
def test_whatever_comes_in_only_events_are_refused_and_nothing_else_is_raised(value: Any) -> None:
    assert problems(value)


@settings(max_examples=400, deadline=None)
@given(
    st.builds(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z".format,
        st.integers(1000, 9999),
        st.integers(0, 13),
        st.integers(0, 32),
        st.integers(0, 25),
        st.integers(0, 61),
        st.integers(0, 61),
        st.integers(0, 999),
    )
    | st.builds("{}-02-29T00:00:00.000Z".format, st.integers(1000, 9999))
)
def test_the_time_pattern_and_core_agree(text: str) -> None:
    pattern = Time.__metadata__[0].pattern  # type: ignore[attr-defined]
    try:
        parse_time(text)
    except FormatError:
        assert not re.search(pattern, text)
    else:
        assert re.search(pattern, text)
