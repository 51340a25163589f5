from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.core import entry
from service.core.entry import Signature
from service.core.merkle import leaf_hash
from service.log.content import repeats
from service.log.ports import StoredEntry, Submission
from service.log.prepare import prepare
from tests.unit.log.whole_log import IDENTITY, event, seeded

RANDOM = seeded(b"content")
BY_A = Signature("eip712", "0x" + "a" * 40, "platform", "0x" + "1" * 130)


def posted(claims: dict[str, Any], known: bytes = b"\7" * 32, **members: Any) -> Submission:
    return prepare(IDENTITY, event("e", claims=claims) | members, lambda _: known, RANDOM)


def stored(submission: Submission) -> StoredEntry:
    built = entry.build_entry(
        submission.statement, 0, None, "2026-11-22T12:00:00.000Z", submission.signatures
    )
    return StoredEntry(
        0,
        leaf_hash(built),
        submission.event,
        submission.trade,
        0,
        submission.type,
        0,
        entry.statement_digest(submission.statement),
        built,
        submission.disclosures,
    )


def test_the_same_claims_under_other_salts_repeat() -> None:
    claims = {"a": 1, "b": {"x": [1, "二"]}}
    assert repeats(posted(claims), stored(posted(claims)))
    assert repeats(posted(dict(reversed(claims.items()))), stored(posted(claims)))


@pytest.mark.parametrize(
    "other",
    [
        {"claims": {"a": 2}},
        {"claims": {"a": True}},
        {"claims": {"a": "1"}},
        {"claims": {}},
        {"claims": {"a": 1, "b": None}},
        {"claims": {"a": 1}, "trade": "other"},
        {"claims": {"a": 1}, "type": "x-other"},
        {"claims": {"a": 1}, "occurred": "2026-11-22T11:59:58.001Z"},
    ],
)
def test_anything_else_said_is_other_content(other: dict[str, Any]) -> None:
    assert not repeats(posted(**other), stored(posted({"a": 1})))


def test_a_digest_that_the_service_filled_in_does_not_count() -> None:
    """A batch posted again is prepared with new salts, so its references are filled with digests that
    never were.
    """
    claims = {"quote": {"event": "q"}}
    first = posted(claims, known=b"\1" * 32, type="acceptance")
    again = posted(claims, known=b"\2" * 32, type="acceptance")
    assert repeats(again, stored(first))
    assert not repeats(posted({"quote": {"event": "r"}}, type="acceptance"), stored(first))


def test_a_digest_that_the_poster_gave_counts() -> None:
    first = posted({"quote": {"event": "q"}}, known=b"\1" * 32, type="acceptance")
    same = {"quote": {"event": "q", "digest": "0x" + "01" * 32}}
    other = {"quote": {"event": "q", "digest": "0x" + "02" * 32}}
    assert repeats(posted(same, type="acceptance"), stored(first))
    assert not repeats(posted(other, type="acceptance"), stored(first))


def test_own_salts_must_be_the_same_statement() -> None:
    first, other = posted({"a": 1}), posted({"a": 1})
    assert repeats(replace(first, own_salts=True), stored(first))
    assert not repeats(replace(other, own_salts=True), stored(first))


def test_signatures_by_other_keys_are_other_content_another_one_by_the_same_key_is_not() -> None:
    plain = posted({"a": 1})
    signed = replace(plain, signatures=(BY_A,), own_salts=True)
    assert repeats(replace(signed, signatures=(replace(BY_A, signature="0x" + "2" * 130),)), stored(signed))
    assert not repeats(replace(plain, own_salts=True), stored(signed))
    assert not repeats(signed, stored(plain))
    assert not repeats(replace(signed, signatures=(replace(BY_A, role="insurer"),)), stored(signed))
