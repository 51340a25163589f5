"""The counter's queue: nothing lost, nothing twice, and what a guarantor signed is what the log has."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from service.core.times import parse_time
from tests.conformance.javascript import test_javascript
from tests.conformance.javascript.test_javascript import run

pytestmark = test_javascript.pytestmark


@lru_cache(maxsize=1)
def scenarios() -> dict[str, Any]:
    return {each["name"]: each for each in map(json.loads, run("counter_queue.mjs"))}


def test_a_lost_answer_is_asked_for_and_nothing_is_posted_twice() -> None:
    told = scenarios()["lost"]
    assert told["keptBefore"], "an attempt is kept before it is sent"
    assert told["outcomes"] == ["later", "posted"]
    assert told["posts"] == 1
    assert told["digests"] == told["stored"]


def test_what_never_arrived_is_sealed_again_with_the_time_of_sending() -> None:
    told = scenarios()["dropped"]
    assert told["outcomes"] == ["later", "posted"]
    (capture,) = told["captures"]
    assert (capture["mode"], bool(capture["queued_reason"])) == ("offline", True)
    assert abs(parse_time(capture["sent_at"]) - told["sent"]) < 5_000
    assert told["digests"] == told["stored"]


def test_an_attempt_that_arrives_late_is_the_one_that_counts() -> None:
    told = scenarios()["late"]
    assert told["outcomes"] == ["later", "later", "posted"]
    assert told["digests"] == told["stored"]
    assert told["references"] == [told["stored"][0]]


def test_a_step_made_while_another_is_on_its_way_goes_with_the_next() -> None:
    told = scenarios()["meanwhile"]
    assert told["outcomes"] == ["posted", "posted"]
    assert told["conflict"] is None
    assert (told["digests"], told["posts"]) == (told["stored"], 2)


def test_nothing_is_attempted_while_nobody_answers() -> None:
    told = scenarios()["nobody"]
    assert told["outcomes"] == ["later", "posted"]
    assert (told["attempts"], told["posts"]) == (0, 1)
    assert told["captures"][0]["mode"] == "offline", "it was made without a network, however soon it is sent"


def test_a_later_step_refers_to_what_the_log_took() -> None:
    told = scenarios()["mixed"]
    assert told["outcomes"] == ["later", "posted"]
    assert told["digests"] == told["stored"]
    assert told["references"] == [told["stored"][0]]


def test_what_the_guarantor_signed_is_what_is_posted() -> None:
    for name in ("fixed", "fixed_after_a_lost_answer"):
        told = scenarios()[name]
        assert told["outcomes"][-1] == "posted", name
        assert told["endorsed"] == told["payout"], name
        assert told["digests"] == told["stored"], name
    fixed = scenarios()["fixed"]["captures"]
    assert [("sent_at" in each) for each in fixed] == [True, True, True, True, False, True]
    assert {each["mode"] for each in fixed} == {"offline"}


def test_another_content_under_the_id_is_a_conflict() -> None:
    told = scenarios()["taken"]
    assert told["outcomes"] == ["trouble"]
    assert told["conflict"]["kind"] == "other_content"
    assert told["digests"] == [None]


def test_a_refusal_is_told_and_can_be_tried_again() -> None:
    told = scenarios()["refused"]
    assert told["first_refusal"]["errors"] == [{"code": "signer_unknown"}]
    assert told["outcomes"] == ["trouble", "posted"]
    assert told["refused"] is None
