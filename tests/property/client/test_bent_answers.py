"""However an answer is bent, the client gives the true receipts or refuses, and raises nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from service.client.batches import derive_receipts
from service.client.posted import encode
from service.client.promises import PromiseChecker
from service.client.singles import posted_receipt
from service.core import receipt as core_receipt
from service.core.errors import VerificationError
from tests.unit.client.events import quote, trades
from tests.unit.client.true_log import NOW, TrueLog

LOG = TrueLog()
LOG.append([quote(n) for n in range(1000, 1005)])
EVENTS = trades(5)
POSTED = [encode(event) for event in EVENTS]
STORED, _ = LOG.append(EVENTS)
BATCH = orjson.dumps(LOG.batch(STORED))
RECEIPTS = [LOG.receipt(stored) for stored in STORED]
SINGLE = core_receipt.format(RECEIPTS[3])
PROMISES = PromiseChecker(LOG.trust, LOG.identity.origin, lambda: NOW)

VALUES = st.sampled_from((None, True, 0, 1, -1, 2**60, "", "x", "0x", [], [[]], {}, "0x" + "00" * 32, 1.5))


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a JSON value, the root excepted."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def bent(draw: st.DrawFn, document: bytes) -> bytes:
    """The document with one place changed, dropped, doubled or exchanged, or with one character changed."""
    answer = orjson.loads(document)
    path = draw(st.sampled_from(list(places(answer))))
    parent = answer
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    way = draw(st.sampled_from(("value", "drop", "double", "swap", "letter")))
    if way == "value":
        parent[key] = draw(VALUES)
    elif way == "drop":
        del parent[key]
    elif way == "double" and isinstance(parent, list):
        parent.insert(key, parent[key])
    elif way == "swap" and isinstance(parent, list):
        other = draw(st.integers(0, len(parent) - 1))
        parent[key], parent[other] = parent[other], parent[key]
    elif isinstance(parent[key], str) and parent[key]:
        text = parent[key]
        at = draw(st.integers(0, len(text) - 1))
        parent[key] = text[:at] + draw(st.sampled_from('0aZ-_"{ é')) + text[at + 1 :]
    return orjson.dumps(answer)


@settings(max_examples=300, deadline=None)
@given(bent(BATCH), st.booleans())
def test_a_bent_batch_answer_is_refused_or_harmless(body: bytes, fresh: bool) -> None:
    try:
        receipts = derive_receipts(POSTED, body, PROMISES, fresh=fresh)
    except VerificationError:
        return
    # Claims may be disclosed in any order; everything else is what it was.
    assert [_sorted(receipt) for receipt in receipts] == [_sorted(receipt) for receipt in RECEIPTS]


@settings(max_examples=300, deadline=None)
@given(bent(SINGLE))
def test_a_bent_receipt_is_refused_or_harmless(body: bytes) -> None:
    try:
        receipt = posted_receipt(POSTED[3], body, PROMISES)
    except VerificationError:
        return
    assert _sorted(receipt) == _sorted(RECEIPTS[3])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.recursive(VALUES, lambda v: st.lists(v, max_size=3)).map(orjson.dumps))
def test_anything_at_all_is_refused(body: bytes) -> None:
    for read in (
        lambda: derive_receipts(POSTED, body, PROMISES),
        lambda: posted_receipt(POSTED[0], body, PROMISES),
    ):
        try:
            read()
        except VerificationError:
            continue
        raise AssertionError("an answer without proof was taken")


def _sorted(receipt: core_receipt.Receipt) -> tuple[object, ...]:
    return (
        receipt.entry,
        sorted(receipt.disclosures),
        receipt.index,
        receipt.checkpoint,
        receipt.inclusion,
        receipt.log,
        receipt.anchors,
    )
