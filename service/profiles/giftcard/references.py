"""Where an event refers to other events."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin

from msgspec import Struct

from service.profiles.giftcard.common import Ref
from service.profiles.giftcard.explain import members, unwrap
from service.profiles.giftcard.types import claims_struct

Path = tuple[str, ...]
_EACH = "*"  # a path's step into every member of a list; no claim has this name


def references(event_type: str, claims: Mapping[str, object]) -> list[tuple[str, dict[str, object]]]:
    """Every reference `{event[, digest]}` in the known claims of a checked event: (pointer, the very object).

    Pointers (RFC 6901) start at the event: `/claims/quote`. The objects are the ones inside `claims`, so
    that a caller who owns the claims can fill in an absent `digest`. Unknown claims are a platform's own:
    nothing is read into them."""
    found: list[tuple[str, dict[str, object]]] = []
    for path in reference_paths(event_type):
        if path[0] in claims:
            found.extend(_follow(claims[path[0]], path[1:], f"/claims/{path[0]}"))
    return found


@cache
def reference_paths(event_type: str) -> tuple[Path, ...]:
    """The places where a type's known claims hold references; `*` stands for every member of a list."""
    struct = claims_struct(event_type)
    return tuple(_paths(struct, ())) if struct is not None else ()


def _paths(hint: Any, so_far: Path) -> Iterator[Path]:
    hint, _ = unwrap(hint)
    if hint is Ref:
        yield so_far
    elif isinstance(hint, type) and issubclass(hint, Struct):
        for field in members(hint):
            yield from _paths(field.type, (*so_far, field.encode_name))
    elif get_origin(hint) is list:
        yield from _paths(get_args(hint)[0], (*so_far, _EACH))
    elif get_origin(hint) in (Union, types.UnionType):
        for arm in get_args(hint):
            yield from _paths(arm, so_far)


def _follow(value: object, path: Path, pointer: str) -> Iterator[tuple[str, dict[str, object]]]:
    if not path:
        if isinstance(value, dict):
            yield pointer, value
    elif path[0] == _EACH:
        if isinstance(value, list):
            for index, member in enumerate(value):
                yield from _follow(member, path[1:], f"{pointer}/{index}")
    elif isinstance(value, dict) and path[0] in value:
        yield from _follow(value[path[0]], path[1:], f"{pointer}/{path[0]}")
