"""Saying everything that is wrong with a value, member by member: msgspec stops at the first problem."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, UnsetType

from service.core.errors import Problem
from service.core.errors import pointer as to_pointer
from service.profiles.giftcard.catalogue.scalars import SCALARS

_JSON_NAMES: Final = {str: "a string", int: "an integer", bool: "true or false", types.NoneType: "null"}


def explain(value: object, hint: Any, pointer: str) -> Iterator[Problem]:
    """Every problem that `value` has as a `hint` (a struct, list, union or scalar type), at or below
    `pointer`."""
    hint, meta = unwrap(hint)
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield from _explain_struct(value, hint, pointer)
    elif get_origin(hint) is list:
        yield from _explain_list(value, get_args(hint)[0], meta, pointer)
    elif get_origin(hint) in (Union, types.UnionType):
        yield from _explain_union(value, hint, pointer)
    elif not _fits(value, Annotated[hint, meta] if meta else hint):
        code = "enum" if get_origin(hint) is Literal else _scalar_code(value, hint, meta)
        yield Problem(pointer, f"must be {_words(hint, meta)}", code)


def unwrap(hint: Any) -> tuple[Any, Meta | None]:
    """A type without its `Annotated` and without `UnsetType`, and the constraints it carried."""
    meta: Meta | None = None
    while True:
        if get_origin(hint) is Annotated:
            hint, found = get_args(hint)[:2]
            meta = meta or found
        elif get_origin(hint) in (Union, types.UnionType) and UnsetType in get_args(hint):
            hint = Union[tuple(arm for arm in get_args(hint) if arm is not UnsetType)]  # noqa: UP007
        else:
            return hint, meta


@cache
def members(struct: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """A struct's fields with their JSON names and annotated types."""
    return msgspec.structs.fields(struct)


def _explain_struct(value: object, struct: type[Struct], pointer: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(pointer, "must be an object", "type")
        return
    for field in members(struct):
        place = f"{pointer}/{field.encode_name}"
        if field.encode_name in value:
            yield from explain(value[field.encode_name], field.type, place)
        elif field.required:
            yield Problem(place, "this member is required", "required")
    if struct.__struct_config__.forbid_unknown_fields:
        known = {field.encode_name for field in members(struct)}
        for name in value:
            if name not in known:
                yield Problem(
                    f"{pointer}{to_pointer((name,))}", "there is no such member here", "unknown_member"
                )


def _explain_list(value: object, item: Any, meta: Meta | None, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(pointer, "must be a list", "type")
        return
    if meta is not None and meta.min_length is not None and len(value) < meta.min_length:
        yield Problem(pointer, f"must have at least {meta.min_length} member(s)", "length")
    if meta is not None and meta.max_length is not None and len(value) > meta.max_length:
        yield Problem(pointer, f"must have at most {meta.max_length} members", "length")
        return
    for index, member in enumerate(value):
        yield from explain(member, item, f"{pointer}/{index}")


def _explain_union(value: object, hint: Any, pointer: str) -> Iterator[Problem]:
    if _fits(value, hint):
        return
    arms = [unwrap(arm) for arm in get_args(hint)]
    structs = [arm for arm, _ in arms if isinstance(arm, type) and issubclass(arm, Struct)]
    if structs and isinstance(value, dict):
        yield from explain(value, structs[0], pointer)
        return
    told = dict.fromkeys(_words(arm, meta) for arm, meta in arms)
    yield Problem(pointer, "must be " + ", or ".join(told), "type")


def _fits(value: object, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


def _scalar_code(value: object, hint: Any, meta: Meta | None) -> str:
    if type(value) is not hint:
        return "type"
    if hint is not str:
        return "range"
    return "pattern" if meta is not None and meta.pattern else "length"


def _words(hint: Any, meta: Meta | None) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(get_args(hint))
    if meta is not None and meta.extra and "scalar" in meta.extra:
        return SCALARS[meta.extra["scalar"]].en
    if isinstance(hint, type) and issubclass(hint, Struct):
        return "an object"
    return _JSON_NAMES.get(hint, "of another type")
