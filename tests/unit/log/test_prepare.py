from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.core import disclosure, eip712, entry
from service.core.errors import EventRejected
from service.core.hexs import to_hex
from service.log.ports import Submission
from service.log.prepare import prepare
from tests.unit.log.whole_log import IDENTITY, ORIGIN, event, seeded

KEY = b"\5" * 32
ADDRESS = eip712.address_of(KEY)
DECOY = disclosure.encode_base64url(b"\6" * 32)


def prepared(posted: dict[str, Any], **known: bytes) -> Submission:
    return prepare(IDENTITY, posted, known.get, seeded())


def codes(
    posted: dict[str, Any], registered: Callable[[str, str], bool] | None = None
) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        prepare(IDENTITY, posted, lambda _: None, seeded(), registered)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def own(claims: dict[str, Any], **members: Any) -> dict[str, Any]:
    """An event with the poster's own disclosures."""
    random = seeded(b"own")
    made = [disclosure.make(disclosure.new_salt(random(16)), name, value) for name, value in claims.items()]
    return event("e", claims=claims, **({"disclosures": made, "decoy": DECOY} | members))


def acceptance(**claims: Any) -> dict[str, Any]:
    return event("e", claims={"quote": {"event": "q"}, **claims}) | {"type": "acceptance"}


def test_every_claim_is_disclosed_once_and_one_decoy_is_added() -> None:
    claims = {"b": 1, "a": {"deep": [True, None, "文"]}, "c": "x"}
    made = prepared(event("e", claims=claims))
    opened = [disclosure.parse(each) for each in made.disclosures]
    assert {each.name: each.value for each in opened} == claims
    assert len({each.salt for each in opened}) == 3
    statement = entry.parse(entry.build_entry(made.statement, 0, None, "2026-11-22T12:00:00.000Z")).statement
    assert statement.log == ORIGIN
    digests = {disclosure.digest(each) for each in made.disclosures}
    assert len(set(statement.digests) - digests) == 1
    assert digests < set(statement.digests)
    assert list(statement.digests) == sorted(statement.digests)
    assert not made.own_salts


def test_an_event_without_claims_still_has_the_decoy() -> None:
    made = prepared(event("e", claims={"x": 1}) | {"claims": {}})
    assert made.disclosures == ()
    assert made.statement.count(b'"_sd":["') == 1


def test_salts_and_decoy_come_from_the_random_source() -> None:
    assert prepare(IDENTITY, event("e"), lambda _: None, seeded()) == prepare(
        IDENTITY, event("e"), lambda _: None, seeded()
    )
    asked = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    prepare(IDENTITY, event("e", claims={"a": 1, "b": 2}), lambda _: None, random)
    assert sum(asked) == 2 * 16 + 32


def test_a_reference_without_digest_gets_it_and_the_event_stays_as_it_was() -> None:
    posted = acceptance()
    made = prepared(posted, q=b"\7" * 32)
    assert posted["claims"] == {"quote": {"event": "q"}}
    assert disclosure.parse(made.disclosures[0]).value == {"event": "q", "digest": to_hex(b"\7" * 32)}
    assert made.filled == ("/claims/quote",)


def test_a_reference_with_digest_is_taken_as_given() -> None:
    given = {"event": "q", "digest": to_hex(b"\1" * 32)}
    made = prepared(acceptance(quote=given), q=b"\7" * 32)
    assert disclosure.parse(made.disclosures[0]).value == given
    assert made.filled == ()


def test_a_reference_to_nothing_is_named() -> None:
    assert codes(acceptance()) == [("/claims/quote/event", "reference_unknown")]


def test_own_disclosures_are_taken_as_they_are() -> None:
    posted = own({"a": 1, "b": "two"})
    made = prepared(posted)
    assert list(made.disclosures) == posted["disclosures"]
    assert DECOY.encode() in made.statement
    assert made.own_salts
    assert made == prepare(IDENTITY, posted, lambda _: None, lambda count: pytest.fail("nothing is drawn"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: e["claims"].update(a=2), [("/disclosures/0", "disclosure_value")]),
        (lambda e: e["claims"].update(a=True), [("/disclosures/0", "disclosure_value")]),
        (lambda e: e["claims"].update(c=3), [("/claims/c", "disclosure_missing")]),
        (lambda e: e["claims"].pop("b"), [("/disclosures/1", "disclosure_unknown")]),
        (lambda e: e["disclosures"].append(e["disclosures"][0]), [("/disclosures/2", "disclosure_repeated")]),
        (
            lambda e: e["disclosures"].__setitem__(0, e["disclosures"][0][:-1] + "="),
            [("/disclosures/0", "disclosure_format"), ("/claims/a", "disclosure_missing")],
        ),
        (lambda e: e.pop("decoy"), [("/decoy", "decoy_missing")]),
        (lambda e: e.update(decoy="short"), [("/decoy", "decoy_missing")]),
        (
            lambda e: e.update(decoy=disclosure.digest(e["disclosures"][0])),
            [("/decoy", "statement")],
        ),
    ],
)
def test_own_disclosures_must_say_what_the_claims_say(
    change: Callable[[dict[str, Any]], Any], expected: list[tuple[str, str]]
) -> None:
    posted = own({"a": 1, "b": "two"})
    change(posted)
    assert codes(posted) == expected


def test_own_disclosures_need_digests_in_references() -> None:
    posted = own({"quote": {"event": "q"}}) | {"type": "acceptance"}
    assert codes(posted) == [("/claims/quote/digest", "reference_digest_missing")]


def signed(posted: dict[str, Any], key: bytes = KEY, address: str = ADDRESS) -> dict[str, Any]:
    statement = prepared(posted).statement
    digest = eip712.statement_digest(IDENTITY.domain(), IDENTITY.log_id, entry.statement_digest(statement))
    signature = {
        "type": "eip712",
        "address": address,
        "role": "platform",
        "signature": to_hex(eip712.sign(key, digest)),
    }
    return posted | {"signatures": [signature]}


def test_a_signature_by_the_named_key_is_taken() -> None:
    made = prepare(IDENTITY, signed(own({"a": 1})), lambda _: None, seeded(), lambda *_: True)
    assert [each.address for each in made.signatures] == [ADDRESS]


def test_a_signature_by_another_key_is_refused() -> None:
    assert codes(signed(own({"a": 1}), key=b"\4" * 32)) == [("/signatures/0/signature", "signature_invalid")]


def test_a_signature_over_another_statement_is_refused() -> None:
    posted = signed(own({"a": 1})) | {"trade": "another"}
    assert codes(posted) == [("/signatures/0/signature", "signature_invalid")]


def test_a_malleated_signature_is_refused() -> None:
    posted = signed(own({"a": 1}))
    raw = bytes.fromhex(posted["signatures"][0]["signature"][2:])
    high = (eip712.SECP256K1_ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    posted["signatures"][0]["signature"] = to_hex(raw[:32] + high + bytes([55 - raw[64]]))
    assert codes(posted) == [("/signatures/0/signature", "signature_invalid")]


def test_a_key_that_is_not_registered_is_refused() -> None:
    asked = []

    def registered(address: str, role: str) -> bool:
        asked.append((address, role))
        return False

    assert codes(signed(own({"a": 1})), registered) == [("/signatures/0/address", "signer_unknown")]
    assert asked == [(ADDRESS, "platform")]


def test_a_signature_needs_own_disclosures() -> None:
    posted = signed(own({"a": 1}))
    del posted["disclosures"], posted["decoy"]
    assert codes(posted) == [("/signatures", "signature_needs_disclosures")]
