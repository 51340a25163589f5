from __future__ import annotations

from typing import Any

import pytest

from service.core.disclosure import make, new_salt
from service.log.ports import StoredEntry
from service.lookup.facets import FacetKey, disclosed_length, indexed
from service.lookup.ports import Facet
from service.profiles import giftcard

KEY = FacetKey(b"\7" * 32)
LOG = b"\1" * 32


def _facets(event_type: str, claims: dict[str, Any] | None) -> set[Facet]:
    disclosures = None
    if claims is not None:
        disclosures = tuple(make(new_salt(bytes(16)), name, value) for name, value in claims.items())
    entry = StoredEntry(5, bytes(32), "e", "t", 0, event_type, 0, bytes(32), b"{}", disclosures)
    found = indexed(KEY, LOG, entry)
    assert (found.index, found.type) == (5, event_type)
    joined = None if disclosures is None else len("~".join(disclosures))
    assert found.disclosed == joined == (None if disclosures is None else disclosed_length(disclosures))
    return set(found.facets)


@pytest.mark.parametrize(
    ("event_type", "cards", "payees"),
    [("quote", 2, 0), ("lineage", 3, 0), ("acceptance", 0, 1), ("payout", 0, 1), ("channel_change", 0, 1)],
)
def test_the_examples_of_the_profile_are_found(event_type: str, cards: int, payees: int) -> None:
    facets = _facets(event_type, giftcard.example(event_type)["claims"])
    kinds = [facet.kind.name for facet in facets]
    assert (kinds.count("FINGERPRINT"), kinds.count("PAYEE")) == (cards, payees)


def test_a_facet_is_the_one_that_is_asked_for() -> None:
    print_ = {"scope": "operator", "value": "0x" + "ab" * 32}
    claims = {"items": [{"line": 1, "fingerprint": print_}, {"line": 2}, "bent"], "offer": {"payee": "x"}}
    assert _facets("quote", claims) == {KEY.fingerprint(LOG, "operator", print_["value"])}
    assert _facets("channel_change", {"payee": "0xcd"}) == {KEY.payee(LOG, "0xcd")}


def test_erased_and_foreign_content_has_no_facets() -> None:
    assert _facets("quote", None) == set()
    assert _facets("x-note", {"items": [{"fingerprint": {"scope": "operator", "value": "0x1"}}]}) == set()
    assert _facets("payout", {"legs": {"payee": "0x1"}}) == set()


def test_facets_differ_by_key_log_and_kind_and_hold_nothing_of_the_value() -> None:
    value = "0x" + "ab" * 32
    facets = [
        KEY.payee(LOG, value),
        KEY.payee(b"\2" * 32, value),
        FacetKey(bytes(32)).payee(LOG, value),
        KEY.fingerprint(LOG, "platform", value),
        KEY.fingerprint(LOG, "operator", value),
    ]
    assert len({facet.value for facet in facets}) == len(facets)
    assert {len(facet.value) for facet in facets} == {16}
