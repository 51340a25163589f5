"""What the counter's page makes in the browser is what Python makes and takes: statements, signatures,
consents, amounts, paper.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from service.client import consents, sign_event
from service.core import disclosure, eip712, entry, paper
from service.core import receipt as receipts
from service.core.checkpoint import LogIdentity
from service.core.entry import Statement
from service.core.verify_consent import check_consents
from service.log.prepare import prepare
from service.profiles import giftcard
from service.profiles.giftcard.findings.texts.forms import Chinese, English
from tests.conformance.javascript import test_javascript
from tests.conformance.javascript.test_javascript import RECEIPTS, run

pytestmark = test_javascript.pytestmark
LOG = {
    "origin": "example.com/logs/bendi",
    "id": "0x552f0a3e20634f11ad4ae170b08da6c99378619d6bc81a241b52614a1e62f15a",
    "chain_id": 31337,
    "registry": "0x5fbdb2315678afecb367f032d93f642f64180aa3",
}
IDENTITY = LogIdentity(str(LOG["origin"]), bytes.fromhex(str(LOG["id"])[2:]), 31337, str(LOG["registry"]))
KEY, GUARANTOR = "0x" + "11" * 32, "0x" + "22" * 32
START = 1_795_320_000_000
CARDS = [
    {"brand": "京东E卡", "kind": "physical", "face": 50_000, "rate": 9_200},
    {"brand": "沃尔玛购物卡 “新”\u2028", "kind": "code", "face": 33_333, "rate": 8_755},
]
QUOTE = {"cards": CARDS, "valid_minutes": 30, "pay_within": 1800, "delivery": "print"}
FINDINGS = "0x" + "ab" * 32


def ask(*tasks: Mapping[str, object]) -> list[Any]:
    lines = run("counter_seal.mjs", "".join(json.dumps(task) + "\n" for task in tasks))
    return [json.loads(line) for line in lines]


def counted() -> Callable[[int], bytes]:
    """The same bytes that the script draws."""
    source = itertools.count()
    return lambda size: bytes(next(source) % 251 for _ in range(size))


def trade(*forms: tuple[str, Mapping[str, object]]) -> Any:
    return ask({"task": "trade", "log": LOG, "key": KEY, "forms": forms, "start": START})[0]


def whole(found: Mapping[str, object], key: str | None = GUARANTOR) -> Any:
    items = [
        {"line": 1, "outcome": "pass", "found": None, "reading": None},
        {"line": 2, "found": None, "reading": None, **found},
    ]
    return trade(
        ("quote", QUOTE),
        ("accept", {"channel": "cash", "consent": "paper"}),
        ("inspect", {"items": items}),
        ("pay", {"reference": "", "confirmed": True, "place": "解放路店"}),
        ("guarantee", {"key": key}),
    )


@pytest.mark.parametrize(
    "found",
    [
        {"outcome": "pass"},
        {"outcome": "balance_short", "found": 10_001, "reading": FINDINGS},
        {"outcome": "used", "reading": FINDINGS},
    ],
)
@pytest.mark.parametrize("key", [GUARANTOR, None])
def test_every_step_is_taken_by_the_service(found: Mapping[str, object], key: str | None) -> None:
    """Validated, prepared, signature and references checked: with the digest that the page counts with."""
    made = whole(found, key)
    assert made["problems"] == []
    digests: dict[str, str] = {}
    for each in made["record"]["events"]:
        event = each["sealed"]["event"]
        giftcard.check_event(event)
        submission = prepare(IDENTITY, event, lambda _: None, lambda _: b"", registered=lambda *_: True)
        digest = "0x" + entry.statement_digest(submission.statement).hex()
        assert digest == each["sealed"]["digest"], event["type"]
        assert [each.role for each in submission.signatures] == ["platform"]
        for _, reference in giftcard.references(event["type"], event["claims"]):
            assert reference["digest"] == digests[str(reference["event"])]
        digests[event["event"]] = digest
        assert event["claims"]["capture"]["mode"] == "offline"
        assert "sent_at" not in event["claims"]["capture"], "nobody knows yet when it is sent"
    types = [each["type"] for each in made["record"]["events"]]
    rest = ["payout", "payout_ack", "coverage"]
    given_back = ["refund"] if found["outcome"] == "used" else []
    assert types == ["quote", "acceptance", "handover", "inspection", *given_back, *rest]


def test_the_guarantors_signature_is_over_the_payment() -> None:
    events = {each["type"]: each for each in whole({"outcome": "pass"})["record"]["events"]}
    claims = events["coverage"]["sealed"]["event"]["claims"]
    assert claims["consent"]["ref"]["digest"] == events["payout"]["sealed"]["digest"]
    statement = Statement(IDENTITY.origin, "", "", "coverage", "", ())
    (fact,) = check_consents(IDENTITY, statement, claims)
    assert (fact.problem, fact.missing, fact.address) == (
        None,
        (),
        eip712.address_of(bytes.fromhex(GUARANTOR[2:])),
    )


def test_steps_refuse_what_makes_no_sense() -> None:
    bad_card = {"brand": " ", "kind": "code", "face": 0, "rate": None}
    refused = trade(("quote", {**QUOTE, "cards": [bad_card]}))
    told = {(each["field"], each["reason"]) for each in refused["problems"][0][1]}
    assert told == {("brand-0", "brand"), ("face-0", "face"), ("rate-0", "rate")}
    expired = trade(
        ("quote", {**QUOTE, "valid_minutes": 0}), ("accept", {"channel": "cash", "consent": "paper"})
    )
    assert expired["problems"] == [["accept", [{"field": "channel", "reason": "expired_quote"}]]]
    too_much = whole({"outcome": "balance_short", "found": 33_333})
    assert too_much["problems"][0] == ["inspect", [{"field": "found-1", "reason": "found"}]]


def test_sealing_is_what_the_client_does() -> None:
    bare: dict[str, Any] = {
        "event": "e-1",
        "trade": "t-1",
        "type": "acceptance",
        "occurred": "2026-11-22T04:00:00.000Z",
        "claims": {
            "quote": {"event": "e-0", "digest": FINDINGS},
            "amount": 45_500,
            "currency": "CNY",
            "x-note": ['引号"和\\', {"b": 1, "a": None}, "\u2028😀"],
        },
    }
    ours = sign_event(bare, IDENTITY, bytes.fromhex(KEY[2:]), counted())
    open_claims = {**bare["claims"], "quote": {"event": "e-0"}}
    given = {"task": "seal", "log": LOG, "key": KEY, "role": "platform"}
    theirs, refused = ask({**given, "event": bare}, {**given, "event": {**bare, "claims": open_claims}})
    assert theirs == {"event": ours.event, "digest": "0x" + ours.digest.hex()}
    assert refused == {"refused": "/claims/quote/digest"}


def test_endorsements_and_signatures_are_what_python_makes() -> None:
    ours = consents.endorsement(
        IDENTITY,
        bytes.fromhex(GUARANTOR[2:]),
        role="guarantor",
        event="e-1",
        digest=bytes.fromhex(FINDINGS[2:]),
        random=counted(),
    )
    given = {"log": LOG, "key": GUARANTOR, "role": "guarantor", "event": "e-1", "digest": FINDINGS}
    digests = [eip712.keccak256(bytes([n])) for n in range(64)]
    signing = [{"task": "sign", "key": KEY, "digest": "0x" + each.hex()} for each in digests]
    theirs, *signed = ask({"task": "endorse", **given}, *signing)
    assert theirs == ours
    key = eip712.SigningKey(bytes.fromhex(KEY[2:]))
    for digest, each in zip(digests, signed, strict=True):
        assert each == {"address": key.address, "signature": "0x" + key.sign(digest).hex()}


def test_amounts_are_written_as_everywhere_else() -> None:
    pairs = [
        (0, 1),
        (5, 10),
        (99, 9_250),
        (100, 9_255),
        (123_450, 9_200),
        (-150, 10_000),
        (99_999_999_99, 8_000),
    ]
    answers = ask(*({"task": "money", "fen": fen, "bp": bp} for fen, bp in pairs))
    zh, en = Chinese("CNY"), English("CNY")
    for (fen, bp), answer in zip(pairs, answers, strict=True):
        assert answer[:4] == [zh.money(fen), en.money(fen), zh.rate(bp), en.rate(bp)]


def test_typed_amounts_and_rates() -> None:
    amounts = ["500", "88.5", "88.50", "1,234.5", "0.01", "", ".", "5.555", "-1", "1e3", "123456789", "５"]
    rates = ["9.2", "92", "9", "10", "0", "10.1", "0.95", "100"]
    ((fen, zh, en),) = ask({"task": "typed", "amounts": amounts, "rates": rates})
    assert fen == [50_000, 8_850, 8_850, 123_450, 1, None, None, None, None, None, None, None]
    assert zh == [9_200, None, 9_000, 10_000, None, None, 950, None]
    assert en == [920, 9_200, 900, 1_000, None, 1_010, 95, 10_000]


def test_what_is_owed_is_rounded_as_findings_round() -> None:
    figures = [(50_000, 9_200, 12_345), (33_333, 8_755, 1), (9_999_999_999, 9_999, 9_999_999_998)]
    answers = ask(*({"task": "due", "face": face, "bp": bp, "found": found} for face, bp, found in figures))
    for (face, bp, found), (net, part) in zip(figures, answers, strict=True):
        assert net == face * bp // 10_000
        assert part == net * found // face


def test_paper_that_the_page_writes_python_reads() -> None:
    cases = [each["receipt"] for each in RECEIPTS["cases"] if each["verdict"] == "not_anchored_yet"]
    good = [each["receipt"] for each in RECEIPTS["cases"] if each["verdict"] == "good"][:4]
    large = json.loads(json.dumps(good[0]))
    large["disclosures"] = [
        *large["disclosures"],
        disclosure.make("A" * 22, "long", "".join(chr(0x4E00 + (n * n) % 20_000) for n in range(2_000))),
    ]
    given = [*cases, *good, large]
    bodies = [json.dumps(each).encode() for each in given]
    answers = ask(*({"task": "paper", "receipt": base64.b64encode(body).decode()} for body in bodies))
    for body, answer in zip(bodies, answers, strict=True):
        receipt = receipts.parse(body)
        codes = [base64.b64decode(each) for each in answer["codes"]]
        assert len(codes) <= paper.MAX_CODES
        assert all(len(code) <= paper.MAX_CODE_BYTES for code in codes)
        printed = paper.decode(codes)
        assert (printed.log_id, printed.index, printed.entry) == (
            receipt.log.id,
            receipt.index,
            receipt.entry,
        )
        assert (printed.inclusion, printed.checkpoint) == (receipt.inclusion, receipt.checkpoint)
        kept = [each for each in receipt.disclosures if disclosure.parse(each).name not in answer["dropped"]]
        assert list(printed.disclosures) == kept
        assert answer["dropped"] == list(paper.encode(receipt).dropped)
    assert answers[-1]["dropped"] == ["long"]
