"""`references`: every place where an event names another."""

from __future__ import annotations

from service.profiles import giftcard


def test_references_are_the_objects_inside_the_claims() -> None:
    claims = giftcard.example("quote_revision")["claims"]
    found = dict(giftcard.references("quote_revision", claims))
    assert list(found) == ["/claims/revises", "/claims/inspection"]
    found["/claims/revises"]["digest"] = "0x" + "00" * 32
    assert claims["revises"]["digest"] == "0x" + "00" * 32


def test_references_inside_lists_and_consents_are_found() -> None:
    claims = {
        "target": {"event": "a"},
        "reason": "duplicate",
        "consent": {"ref": {"event": "b"}},
        "corroboration": [{"ref": "a number of theirs"}, {"ref": {"event": "c"}}],
    }
    assert [pointer for pointer, _ in giftcard.references("correction", claims)] == [
        "/claims/corroboration/1/ref",
        "/claims/target",
        "/claims/consent/ref",
    ]
    answer = {"reasons": [{"refs": [{"event": "a"}, {"event": "b"}]}, {}, {"refs": [{"event": "c"}]}]}
    assert [ref["event"] for _, ref in giftcard.references("dispute_answer", answer)] == ["a", "b", "c"]


def test_nothing_is_read_into_unknown_claims() -> None:
    assert giftcard.references("x-own", {"quote": {"event": "a"}}) == []
    assert giftcard.references("quote", {"other": {"event": "a"}}) == []


def test_malformed_places_are_passed_over() -> None:
    assert giftcard.references("dispute_opened", {"contested": "no list"}) == []
    assert giftcard.references("acceptance", {"quote": 3}) == []
