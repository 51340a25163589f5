"""Solidity's ABI encoding, by the registry's own ABI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import abi_to_signature, collapse_if_tuple

from service.core.eip712 import keccak256
from service.core.errors import FormatError

Value = Any
"""An ABI value: int, bytes, str, bool, or a tuple of these for a struct. Addresses are lower-case hex."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A function, error or event: its selector (4 bytes; of an event, the 32-byte topic) and types."""

    name: str
    selector: bytes
    inputs: tuple[str, ...]
    names: tuple[str, ...]
    indexed: tuple[bool, ...]
    outputs: tuple[str, ...]


class Codec:
    """Encodes calls, decodes results, errors and event data."""

    def __init__(self, abi: Sequence[Mapping[str, Any]]) -> None:
        members = [
            (item["type"], _member(item)) for item in abi if item["type"] in ("function", "error", "event")
        ]
        self._functions = {m.name: m for kind, m in members if kind == "function"}
        self._errors = {m.selector: m for kind, m in members if kind == "error"}
        self._events = {m.name: m for kind, m in members if kind == "event"}

    def call(self, function: str, *arguments: Value) -> bytes:
        """Calldata."""
        member = self._functions[function]
        return member.selector + encode(member.inputs, arguments)

    def result(self, function: str, data: bytes) -> tuple[Value, ...]:
        """The values a function returned; FormatError when the data is not that."""
        return _decoded(self._functions[function].outputs, data, function)

    def error(self, data: bytes) -> tuple[str, dict[str, Value]] | None:
        """Name and values of a custom error; None when it is none of the registry's."""
        member = self._errors.get(data[:4])
        if member is None:
            return None
        return member.name, dict(
            zip(member.names, _decoded(member.inputs, data[4:], member.name), strict=True)
        )

    def topic(self, event: str) -> bytes:
        """The first topic of an event's log."""
        return self._events[event].selector

    def event_data(self, event: str, data: bytes) -> dict[str, Value]:
        """The members of an event that are not indexed."""
        member = self._events[event]
        plain = [n for n, indexed in enumerate(member.indexed) if not indexed]
        values = _decoded(tuple(member.inputs[n] for n in plain), data, event)
        return {member.names[n]: value for n, value in zip(plain, values, strict=True)}


def _member(item: Mapping[str, Any]) -> _Member:
    digest = keccak256(abi_to_signature(cast(Any, item)).encode())
    inputs = item.get("inputs", ())
    return _Member(
        name=item["name"],
        selector=digest if item["type"] == "event" else digest[:4],
        inputs=tuple(collapse_if_tuple(each) for each in inputs),
        names=tuple(each["name"] for each in inputs),
        indexed=tuple(bool(each.get("indexed")) for each in inputs),
        outputs=tuple(collapse_if_tuple(each) for each in item.get("outputs", ())),
    )


def _decoded(types: tuple[str, ...], data: bytes, what: str) -> tuple[Value, ...]:
    try:
        return decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise FormatError(f"{what}: the data is not what the ABI says: {error}") from None
