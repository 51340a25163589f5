"""The receipt file: one shape, read strictly, written canonically."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from service.core import receipt
from service.core.canonical import canonicalize
from service.core.errors import CanonicalizationError, FormatError
from tests.reference import genuine

LOG = genuine.make_log()


@pytest.mark.parametrize(
    "value",
    [
        genuine.genuine(),
        genuine.receipt(LOG, 0, []),
        genuine.receipt(LOG, 5, [genuine.via_anchor(LOG, 5, 7), genuine.anchor(LOG, 5, genuine.ON_CHAIN[1])]),
        {**genuine.genuine(), "hints": {}},
    ],
)
def test_format_gives_back_what_parse_read(value: dict[str, Any]) -> None:
    data = genuine.encode(value)
    assert receipt.format(receipt.parse(data)) == data


def test_parse_takes_other_layouts() -> None:
    value = genuine.genuine()
    assert receipt.format(receipt.parse(json.dumps(value, indent=2).encode())) == genuine.encode(value)


def test_members_come_out_typed() -> None:
    parsed = receipt.parse(genuine.encode(genuine.genuine()))
    assert parsed.log.id == LOG.keys.log and parsed.log.registry == LOG.keys.registry
    assert parsed.entry == LOG.entries[5]
    assert parsed.index == 5
    assert all(len(node) == 32 for node in parsed.inclusion)
    proof = parsed.anchors[0].state_proof
    assert proof is not None and len(proof.header) > 500 and len(proof.account) > 1


def paths(value: Any, at: tuple[Any, ...] = ()) -> Any:
    """Every object in the value, hints apart."""
    if isinstance(value, dict):
        yield at
        for key, member in value.items():
            if key != "hints":
                yield from paths(member, (*at, key))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from paths(member, (*at, number))


EVERYTHING = genuine.receipt(LOG, 5, [genuine.via_anchor(LOG, 5, 7)])


@pytest.mark.parametrize(
    "place", list(paths(EVERYTHING)), ids=lambda place: "/".join(map(str, place)) or "top"
)
def test_every_object_has_exactly_its_members(place: tuple[Any, ...]) -> None:
    def changed(edit: Any) -> bytes:
        value: Any = json.loads(genuine.encode(EVERYTHING))
        target = value
        for token in place:
            target = target[token]
        edit(target)
        return genuine.encode(value)

    target: Any = EVERYTHING
    for token in place:
        target = target[token]
    for name in target:
        if name != "hints":
            with pytest.raises(FormatError):
                receipt.parse(changed(lambda members, name=name: members.pop(name)))
    with pytest.raises(FormatError):
        receipt.parse(changed(lambda members: members.update(extra=1)))


@pytest.mark.parametrize(
    "text",
    [
        '{"index":5,"index":6}',
        '{"index":5.0}',
        '{"index":NaN}',
        '{"index":9007199254740992}',
        '{"entry":"\\ud800"}',
        "[" * 100_000,
        "",
        '"tallystick-receipt/1"',
    ],
)
def test_json_outside_the_domain_is_no_receipt(text: str) -> None:
    with pytest.raises(receipt.NotAReceipt):
        receipt.parse(text.encode())


def test_a_float_in_the_hints_is_refused_both_ways() -> None:
    data = genuine.encode(genuine.genuine()).replace(b'"block":100', b'"block":1.5')
    with pytest.raises(FormatError):
        receipt.parse(data)
    with pytest.raises(CanonicalizationError):
        receipt.format(replace(receipt.parse(genuine.encode(genuine.genuine())), hints={"x": 1.5}))


def test_a_receipt_has_at_most_one_mebibyte() -> None:
    value = genuine.genuine()
    size = len(genuine.encode({**value, "hints": {"x": ""}}))
    fits = {**value, "hints": {"x": "y" * (1024 * 1024 - size)}}
    assert receipt.parse(genuine.encode(fits))
    with pytest.raises(receipt.NotAReceipt):
        receipt.parse(genuine.encode(fits) + b" ")
    with pytest.raises(CanonicalizationError):
        receipt.format(replace(receipt.parse(genuine.encode(fits)), hints={"x": "y" * 1024 * 1024}))


def test_an_anchor_value_is_canonical_json() -> None:
    parsed = receipt.parse(genuine.encode(EVERYTHING))
    assert canonicalize(receipt.anchor_value(parsed.anchors[0])) == genuine.encode(EVERYTHING["anchors"][0])
