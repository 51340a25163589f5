"""Receipts changed in structure: members dropped, doubled, reordered, swapped between receipts, cut short."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.core import trust as trust_files
from service.core.verdict import Report, Verdict
from service.core.verify import verify_receipt, verify_receipts
from tests.reference import genuine

LOG = genuine.make_log()
TRUST = trust_files.parse(genuine.encode(genuine.trust()))
STRANGER = genuine.make_log(b"stranger")


def with_anchors(index: int, *sizes: int) -> dict[str, Any]:
    anchors = [genuine.anchor(LOG, index, each) for each in genuine.ON_CHAIN if each.size in sizes]
    return genuine.receipt(LOG, index, anchors)


SOURCES: list[dict[str, Any]] = [
    with_anchors(5, 7),
    with_anchors(5, 7, 11),
    with_anchors(8, 11),
    with_anchors(3, 7),
    genuine.receipt(LOG, 5, [genuine.via_anchor(LOG, 5, 7)]),
    genuine.receipt(STRANGER, 5, [genuine.anchor(STRANGER, 5, genuine.ON_CHAIN[0])]),
]
GENUINE = SOURCES[:5]
HASHES = {
    LOG.keys.chain_id: {block for each in SOURCES for block in genuine.block_hashes(each)[LOG.keys.chain_id]}
}


def check(value: object, trust: Any = TRUST) -> Report:
    data = json.dumps(value, ensure_ascii=False).encode()
    return verify_receipt(data, trust=trust, block_hashes=HASHES, now=genuine.NOW)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every member and element, hints apart."""
    found: list[tuple[str | int, ...]] = []
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        if key != "hints":
            found += [(*at, key), *places(member, (*at, key))]
    return found


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    for token in place:
        value = value[token]
    return value


PLACES = [places(source) for source in SOURCES]


def is_harmless(value: Any, original: dict[str, Any]) -> bool:
    """What a holder may do: show fewer claims, in another order, and leave out an anchored note or an
    anchor."""

    def essence(receipt: dict[str, Any]) -> Any:
        return {
            name: member
            for name, member in receipt.items()
            if name not in ("hints", "disclosures", "anchors")
        }

    if not isinstance(value, dict) or value.keys() | {"hints"} != original.keys() | {"hints"}:
        return False
    if essence(value) != essence(original):
        return False
    told, anchors = value["disclosures"], value["anchors"]
    fewer = isinstance(told, list) and len(set(map(str, told))) == len(told)
    fewer = fewer and all(each in original["disclosures"] for each in told)
    known = [each for source in GENUINE for each in source["anchors"]]
    known += [{**each, "checkpoint": None} for each in known if each["via"] is None]
    return fewer and isinstance(anchors, list) and all(each in known for each in anchors)


def test_the_sources_are_as_expected() -> None:
    assert [check(source).verdict for source in SOURCES] == [Verdict.GOOD] * 5 + [Verdict.LOG_NOT_TRUSTED]


@settings(max_examples=250)
@given(st.data())
def test_no_structural_change_is_good_unless_harmless(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(GENUINE) - 1))
    value = copy.deepcopy(SOURCES[which])
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(places(value)))
        target, key = at(value, place[:-1]), place[-1]
        action = data.draw(st.sampled_from(["drop", "double", "swap", "null", "foreign", "nest", "number"]))
        if action == "drop":
            del target[key]
        elif action == "double" and isinstance(target, list):
            target.insert(key, copy.deepcopy(target[key]))
        elif action == "swap" and isinstance(target, list):
            other = data.draw(st.integers(0, len(target) - 1))
            target[key], target[other] = target[other], target[key]
        elif action == "null":
            target[key] = None
        elif action == "foreign":
            source = data.draw(st.integers(0, len(SOURCES) - 1))
            same = [other for other in PLACES[source] if len(other) == len(place) and other[0] == place[0]]
            if same:
                target[key] = copy.deepcopy(at(SOURCES[source], data.draw(st.sampled_from(same))))
        elif action == "nest":
            target[key] = [target[key]]
        elif isinstance(target[key], int):
            target[key] += data.draw(st.sampled_from([-1, 1, 2**53, 2**64]))
    report = check(value)
    assert report.exit_code in (0, 1, 2, 3)
    assert report.verdict is not Verdict.GOOD or is_harmless(value, SOURCES[which]), (value, report)
    assert check(value, None).exit_code in (1, 2, 3)


@settings(max_examples=100)
@given(st.integers(0, 5), st.integers(0, 5), st.sets(st.sampled_from(sorted(SOURCES[0])), min_size=1))
@example(0, 5, {"anchors"})
@example(0, 2, {"anchors", "inclusion"})
@example(0, 5, {"log"})
def test_parts_of_foreign_receipts_do_not_fit(first: int, second: int, names: set[str]) -> None:
    """A receipt put together from two others is good only if it is one of them."""
    value = SOURCES[first] | {name: SOURCES[second][name] for name in names}
    report = check(value)
    if report.verdict is Verdict.GOOD:
        originals = [SOURCES[first], SOURCES[second]]
        assert any(is_harmless(value, original) for original in originals), (first, second, names)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_several_receipts_never_fail(numbers: list[int], source: Any) -> None:
    """Genuine receipts of one log never contradict each other, in whatever order and company."""
    files = [genuine.encode(SOURCES[number]) for number in numbers]
    files.insert(source.randint(0, len(files)), b"something else")
    reports = verify_receipts(files, trust=TRUST, block_hashes=HASHES, now=genuine.NOW)
    for data, report in zip(files, reports, strict=True):
        alone = verify_receipt(data, trust=TRUST, block_hashes=HASHES, now=genuine.NOW)
        assert report.verdict is alone.verdict
