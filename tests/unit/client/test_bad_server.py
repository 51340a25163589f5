"""A service that answers wrongly, with everything else made to fit as well as it can: nothing passes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import httpx
import orjson
import pytest

from service.client import Client, sign_event
from service.client.entries import check_entry
from service.client.posted import encode
from service.core import disclosure
from service.core import receipt as core_receipt
from service.core.canonical import canonicalize
from service.core.checkpoint import CheckpointSigner
from service.core.entry import build_entry
from service.core.errors import VerificationError
from service.core.merkle import leaf_hash
from service.core.times import format_time
from tests.unit.client.events import acceptance, quote, trades
from tests.unit.client.true_log import NOW, TrueLog

MakeClient = Callable[..., Client]
Liar = Callable[["Lies", dict[str, Any]], None]


class Lies:
    """The log behind the answers, for lies that need true proofs of something else."""

    def __init__(self, log: TrueLog) -> None:
        self.log = log
        self.other = TrueLog("tallystick.local/logs/xianka", seed=2)
        self.other.append([quote(n) for n in range(9)])

    def forged(self, bend: Callable[[TrueLog, list[dict[str, Any]]], None], answer: dict[str, Any]) -> None:
        """Answer the batch as a log with the right keys would that committed to something else."""
        events = trades(6)
        forged = TrueLog()
        bend(forged, events)
        stored, _ = forged.append(events)
        answer.update(forged.batch(stored))


def other_value(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[2]["claims"]["offer"]["net"] += 1


def other_id(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["event"] = "quote-99"
    events[5]["claims"]["quote"]["event"] = "quote-99"


def other_trade(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["trade"] = "trade-99"


def other_type(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["type"] = "x-quote"


def other_time(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["occurred"] = "2026-07-18T02:15:04.121Z"


def extra_claim(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["claims"]["x-more"] = 1


def renamed_claim(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[4]["claims"]["x-seller"] = events[4]["claims"].pop("seller")


def missing_claim(log: TrueLog, events: list[dict[str, Any]]) -> None:
    del events[4]["claims"]["seller"]


def true_for_one(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[0]["claims"]["items"][0]["line"] = True
    events[0]["claims"]["items"].pop()


def reordered(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events.reverse()
    for event in events:
        event["claims"].pop("quote", None)


def own_signature(log: TrueLog, events: list[dict[str, Any]]) -> None:
    events[0] = sign_event(events[0], log.identity, b"\x09" * 32).event


FORGERIES = [
    other_value,
    other_id,
    other_trade,
    other_type,
    other_time,
    extra_claim,
    missing_claim,
    renamed_claim,
    true_for_one,
    reordered,
    own_signature,
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_batch_that_was_committed_differently_is_refused(
    make_client: MakeClient, log: TrueLog, forgery: Callable[[TrueLog, list[dict[str, Any]]], None]
) -> None:
    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer = orjson.loads(body)
        Lies(log).forged(forgery, answer)
        return status, orjson.dumps(answer)

    with pytest.raises(VerificationError):
        make_client(bend).post_batch(trades(6))


def test_the_same_log_without_a_forgery_is_believed(make_client: MakeClient, log: TrueLog) -> None:
    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer: dict[str, Any] = {}
        Lies(log).forged(lambda log, events: None, answer)
        return status, orjson.dumps(answer)

    assert len(make_client(bend).post_batch(trades(6))) == 6


def hidden_claim(lies: Lies, answer: dict[str, Any]) -> None:
    """An entry that commits to one more claim, whose disclosure is withheld."""

    def bend(log: TrueLog, events: list[dict[str, Any]]) -> None:
        events[0]["claims"]["x-hidden"] = "the user agreed to everything"

    lies.forged(bend, answer)
    answer["disclosures"][0] = [
        each for each in answer["disclosures"][0] if disclosure.parse(each).name != "x-hidden"
    ]


def uncommitted_claim(lies: Lies, answer: dict[str, Any]) -> None:
    """A disclosure of a posted claim that the entry does not commit to."""
    lies.forged(missing_claim, answer)
    seller = trades(6)[4]["claims"]["seller"]
    answer["disclosures"][4].append(disclosure.make("A" * 22, "seller", seller))
    answer["disclosures"][4].sort(key=lambda each: disclosure.parse(each).name)


def twice_disclosed(lies: Lies, answer: dict[str, Any]) -> None:
    answer["disclosures"][0][1] = answer["disclosures"][0][0]


def swapped_entries(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"][0:3:2] = answer["entries"][2::-2][:2]
    answer["disclosures"][0:3:2] = answer["disclosures"][2::-2][:2]


def swapped_disclosures(lies: Lies, answer: dict[str, Any]) -> None:
    answer["disclosures"][0], answer["disclosures"][2] = answer["disclosures"][2], answer["disclosures"][0]


def dropped_last(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"].pop()
    answer["disclosures"].pop()


def repeated_first(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"][1] = answer["entries"][0]
    answer["disclosures"][1] = answer["disclosures"][0]


def other_first(lies: Lies, answer: dict[str, Any]) -> None:
    answer["first"] += 1


def other_size(lies: Lies, answer: dict[str, Any]) -> None:
    answer["size"] += 1


def older_checkpoint(lies: Lies, answer: dict[str, Any]) -> None:
    answer["checkpoint"] = lies.log.notes[min(lies.log.notes)]


def other_logs_checkpoint(lies: Lies, answer: dict[str, Any]) -> None:
    answer["checkpoint"] = lies.other.notes[9]


def other_log(lies: Lies, answer: dict[str, Any]) -> None:
    answer["log"] = lies.other.member()


def other_chain(lies: Lies, answer: dict[str, Any]) -> None:
    answer["log"]["chain_id"] = 1


def untrusted_key(lies: Lies, answer: dict[str, Any]) -> None:
    log = lies.log
    signer = CheckpointSigner(log.identity, b"\x08" * 32, b"\x08" * 32)
    answer["checkpoint"] = signer.sign(log.edge.size, log.edge.root(), NOW // 1000, NOW // 1000 + 60)


def other_root(lies: Lies, answer: dict[str, Any]) -> None:
    log = lies.log
    answer["checkpoint"] = log.signer.sign(log.edge.size, bytes(32), NOW // 1000, NOW // 1000 + 60)


def promise_too_far(lies: Lies, answer: dict[str, Any]) -> None:
    log = lies.log
    answer["checkpoint"] = log.signer.sign(log.edge.size, log.edge.root(), NOW // 1000, NOW // 1000 + 9999)


def signed_at_another_time(lies: Lies, answer: dict[str, Any]) -> None:
    log, at = lies.log, NOW // 1000 - 600
    answer["checkpoint"] = log.signer.sign(log.edge.size, log.edge.root(), at, at + 3600)


def wrong_left(lies: Lies, answer: dict[str, Any]) -> None:
    answer["left"][0] = "0x" + "11" * 32


def missing_left(lies: Lies, answer: dict[str, Any]) -> None:
    answer["left"] = []


def more_right(lies: Lies, answer: dict[str, Any]) -> None:
    answer["right"] = [*answer["right"], "0x" + "11" * 32]


def other_format(lies: Lies, answer: dict[str, Any]) -> None:
    answer["format"] = "tallystick-batch/2"


def spaced_entry(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"][0] = answer["entries"][0].replace(":", ": ", 1)


def member_in_entry(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"][0] = answer["entries"][0].replace('{"prev"', '{"note":1,"prev"', 1)


def no_entry(lies: Lies, answer: dict[str, Any]) -> None:
    answer["entries"][0] = "[]"


def upper_case_hash(lies: Lies, answer: dict[str, Any]) -> None:
    answer["left"][0] = answer["left"][0].upper().replace("0X", "0x")


def no_members(lies: Lies, answer: dict[str, Any]) -> None:
    answer.clear()


LIES = [
    hidden_claim,
    uncommitted_claim,
    twice_disclosed,
    swapped_entries,
    swapped_disclosures,
    dropped_last,
    repeated_first,
    other_first,
    other_size,
    older_checkpoint,
    other_logs_checkpoint,
    other_log,
    other_chain,
    untrusted_key,
    other_root,
    promise_too_far,
    signed_at_another_time,
    wrong_left,
    missing_left,
    more_right,
    other_format,
    spaced_entry,
    member_in_entry,
    no_entry,
    upper_case_hash,
    no_members,
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_bent_answer_to_a_batch_is_refused(make_client: MakeClient, log: TrueLog, lie: Liar) -> None:
    log.append([quote(1000), quote(1001), quote(1002)])

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer = orjson.loads(body)
        lie(Lies(log), answer)
        return status, orjson.dumps(answer)

    with pytest.raises(VerificationError):
        make_client(bend).post_batch(trades(6))


def test_a_wrong_digest_in_a_filled_in_reference_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    """Even when the log commits to it: the digest of an event of the same batch is known."""
    true_digest = log.digest
    log.digest = lambda stored: bytes(32)  # type: ignore[method-assign]
    with pytest.raises(VerificationError, match="wrong digest"):
        make_client().post_batch([quote(1, "t"), acceptance(1, "quote-1", "t")])
    log.digest = true_digest  # type: ignore[method-assign]


def test_another_decoy_than_the_posters_own_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    """The statement's digest would not be the one that other events refer to."""
    signed = sign_event(quote(1), log.identity, None)
    forged = signed.event | {"decoy": "A" * 43}

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        other = TrueLog()
        stored, _ = other.append([forged])
        return status, orjson.dumps(other.batch(stored))

    with pytest.raises(VerificationError, match="decoy"):
        make_client(bend).post_batch([signed.event])


def test_other_salts_than_the_posters_own_are_refused(make_client: MakeClient, log: TrueLog) -> None:
    signed, other = (sign_event(quote(1), log.identity, None).event for _ in range(2))

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append([other | {"decoy": signed["decoy"]}])
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError, match="other disclosures"):
        make_client(bend).post_batch([signed])


@pytest.mark.parametrize("salt", ["A" * 21 + "B", "A" * 21 + "=", "short", "é" + "A" * 20, "A" * 23])
def test_a_salt_that_no_verifier_takes_is_refused(make_client: MakeClient, log: TrueLog, salt: str) -> None:
    event = quote(1)

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        disclosures = [
            disclosure.encode_base64url(canonicalize([salt if name == "seller" else "A" * 22, name, value]))
            for name, value in sorted(event["claims"].items())
        ]
        stored, _ = forged.append([event | {"disclosures": disclosures, "decoy": "A" * 43}])
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError):
        make_client(bend).post_batch([event])


def test_one_claim_told_twice_instead_of_another_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    """Committed to with two salts, so that every digest is there."""
    event = quote(1)

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged, names = TrueLog(), sorted(event["claims"])
        names[names.index("seller")] = "offer"
        disclosures = [
            disclosure.make(disclosure.new_salt(bytes([n]) * 16), name, event["claims"][name])
            for n, name in enumerate(names)
        ]
        stored, _ = forged.append([event | {"disclosures": disclosures, "decoy": "A" * 43}])
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError, match="twice"):
        make_client(bend).post_batch([event])


@pytest.mark.parametrize("wrong", ["both", "seq", "prev"])
def test_entries_that_do_not_follow_each_other_in_their_trade_are_refused(
    make_client: MakeClient, log: TrueLog, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    def bent(statement: bytes, seq: int, prev: bytes | None, received: str, signatures: list[Any]) -> bytes:
        if wrong == "both":
            return build_entry(statement, 0, None, received, signatures)
        if wrong == "seq":
            return build_entry(statement, seq and seq + 1, prev, received, signatures)
        return build_entry(statement, seq, prev and bytes(32), received, signatures)

    monkeypatch.setattr("tests.unit.client.true_log.build_entry", bent)
    with pytest.raises(VerificationError, match="does not follow"):
        make_client().post_batch([quote(1, "t"), acceptance(1, "quote-1", "t")])


@pytest.mark.parametrize(
    ("received", "refused"),
    [
        ((0, 0, 0), ""),
        ((-100_000, 0, 100_000), ""),
        ((0, -1, 0), "in front of it"),
        ((-121_000, 0, 0), "time of the entry"),
        ((0, 0, 121_000), "time of the entry"),
    ],
)
def test_entries_are_received_in_order_and_when_the_checkpoint_was_signed(
    make_client: MakeClient,
    log: TrueLog,
    monkeypatch: pytest.MonkeyPatch,
    received: tuple[int, ...],
    refused: str,
) -> None:
    times = iter(received)
    monkeypatch.setattr("tests.unit.client.true_log.format_time", lambda now: format_time(now + next(times)))
    with pytest.raises(VerificationError, match=refused) if refused else nullcontext():
        make_client().post_batch([quote(1), quote(2), quote(3)])


def test_a_batch_appended_in_another_order_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    events = [quote(1), quote(2)]

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append(events[::-1])
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError, match="another order"):
        make_client(bend).post_batch(events)


def test_a_batch_of_which_only_a_part_was_taken_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append(trades(5))
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError, match="one entry for each"):
        make_client(bend).post_batch(trades(6))


@pytest.mark.parametrize(("size", "believed"), [(3, True), (4, False)])
def test_the_size_is_the_checkpoints_even_where_the_root_fits_another(
    make_client: MakeClient, log: TrueLog, size: int, believed: bool
) -> None:
    """The hash right of the batch may be a leaf or a node: with it the root fits a tree of 3 and one of 4."""

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append([quote(1), quote(2), quote(3)])
        answer = forged.batch(stored[:1])
        assert len(answer["right"]) == 2
        return status, orjson.dumps(answer | {"size": size})

    with nullcontext() if believed else pytest.raises(VerificationError):
        assert make_client(bend).post_batch([quote(1)])[0].index == 0


def test_a_reference_filled_in_with_another_event_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    make_client().post_batch([quote(1, "t"), quote(2, "t")])

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        forged.append([quote(1, "t"), quote(2, "t")])
        stored, _ = forged.append([acceptance(1, "quote-2", "t")])
        return status, core_receipt.format(forged.receipt(stored[0]))

    with pytest.raises(VerificationError, match="not what was posted"):
        make_client(bend).post(acceptance(1, "quote-1", "t"))


def test_a_checkpoint_that_was_good_for_one_log_is_not_good_for_another(
    make_client: MakeClient, log: TrueLog
) -> None:
    lies: list[str] = []

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer = orjson.loads(body)
        answer["log"].update({"chain_id": 1} if lies else {})
        return status, orjson.dumps(answer)

    client = make_client(bend, trust=None)
    client.post(quote(1))
    lies.append("now")
    with pytest.raises(VerificationError):
        client.post(quote(1))


def test_only_the_last_checkpoints_are_remembered(
    make_client: MakeClient, log: TrueLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.client.promises._REMEMBERED", 2)
    client = make_client()
    for number in range(5):
        client.post(quote(number))
    assert [signed.size for signed in client._promises._checked.values()] == [4, 5]


def test_the_only_entry_of_a_trade_with_another_leaf_is_refused(
    make_client: MakeClient, log: TrueLog
) -> None:
    make_client().post(quote(1, "t"))

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        page = orjson.loads(body)
        page["entries"][0]["leaf"] = "0x" + "00" * 32
        return status, orjson.dumps(page)

    with pytest.raises(VerificationError, match="what its leaf says"):
        make_client(bend).trade("t")


def test_one_id_with_two_contents_cannot_have_been_taken(make_client: MakeClient, log: TrueLog) -> None:
    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append([quote(1)])
        return 201, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError, match="different content"):
        make_client(bend).post_batch([quote(1), quote(1, "other")])


def test_a_reference_to_another_event_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    events = [quote(1, "t"), quote(2, "t"), acceptance(1, "quote-1", "t")]

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        forged = TrueLog()
        stored, _ = forged.append([*events[:2], acceptance(1, "quote-2", "t")])
        return status, orjson.dumps(forged.batch(stored))

    with pytest.raises(VerificationError):
        make_client(bend).post_batch(events)


@pytest.mark.parametrize(
    "entry",
    [
        "5",
        "null",
        "{",
        "{}",
        '{"prev":null,"received":"x","seq":0,"statement":5}',
        '{"prev":null,"received":"x","seq":0,"statement":{"_sd":5}}',
        '{"prev":null,"received":"x","seq":0,"statement":{"_sd":[5]}}',
        '{"prev":null,"received":"x","seq":0,"statement":{"_sd":[[]]}}',
        '{"prev":5,"received":"x","seq":0,"statement":{"_sd":[]}}',
        '{"prev":null,"received":5,"seq":0,"statement":{"_sd":[]}}',
        '{"prev":null,"received":"x","seq":true,"statement":{"_sd":[]}}',
    ],
)
def test_an_entry_of_another_shape_is_refused(log: TrueLog, entry: str) -> None:
    posted = encode(quote(1))
    stored, _ = log.append([quote(1)])
    with pytest.raises(VerificationError):
        check_entry(posted, log.identity.origin, entry, stored[0].disclosures)


SINGLE_LIES: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "another receipt": lambda mine, other: mine.update(other),
    "another entry": lambda mine, other: mine.update(entry=other["entry"]),
    "another entry and its disclosures": lambda mine, other: mine.update(
        entry=other["entry"],
        disclosures=other["disclosures"],
        index=other["index"],
        inclusion=other["inclusion"],
    ),
    "another index": lambda mine, other: mine.update(index=other["index"]),
    "another path": lambda mine, other: mine.update(inclusion=other["inclusion"]),
    "no path": lambda mine, other: mine.update(inclusion=[]),
    "another checkpoint": lambda mine, other: mine.update(checkpoint=other["checkpoint"]),
    "a withheld disclosure": lambda mine, other: mine["disclosures"].pop(),
    "a foreign disclosure": lambda mine, other: mine["disclosures"].append(other["disclosures"][0]),
    "no receipt": lambda mine, other: mine.pop("entry"),
    "another format": lambda mine, other: mine.update(format="x"),
    "an anchor that does not hold": lambda mine, other: mine.update(
        anchors=[
            {
                "chain_id": 31337,
                "registry": "0x" + "5f" * 20,
                "size": 9,
                "root": "0x" + "00" * 32,
                "inclusion": [],
                "checkpoint": None,
                "via": None,
                "state_proof": None,
            }
        ]
    ),
}


@pytest.mark.parametrize("lie", SINGLE_LIES)
def test_a_bent_receipt_is_refused(make_client: MakeClient, log: TrueLog, lie: str) -> None:
    make_client().post_batch([quote(n) for n in range(3)])
    other = orjson.loads(log.handle("POST", "/v1/events", "", _key(), orjson.dumps(quote(2)))[2])

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer = orjson.loads(body)
        SINGLE_LIES[lie](answer, deepcopy(other))
        return status, orjson.dumps(answer)

    with pytest.raises(VerificationError):
        make_client(bend).post(quote(7))
    if lie not in ("a withheld disclosure",):  # a stored receipt may have been erased or shown in part
        with pytest.raises(VerificationError):
            make_client(bend).receipt(leaf_hash(log.entries[-1].entry))


def _key() -> dict[str, str]:
    from tests.unit.client.true_log import API_KEY

    return {"authorization": f"Bearer {API_KEY}"}


TRADE_LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a gap": lambda page: page["entries"].pop(0),
    "an entry twice": lambda page: page["entries"].append(page["entries"][-1]),
    "swapped": lambda page: page["entries"].reverse(),
    "another leaf": lambda page: page["entries"][0].update(leaf="0x" + "00" * 32),
    "foreign disclosures": lambda page: page["entries"][0].update(
        disclosures=page["entries"][1]["disclosures"]
    ),
    "indexes that do not rise": lambda page: page["entries"][1].update(index=page["entries"][0]["index"]),
    "no end": lambda page: page.update(entries=[], next="9"),
    "no list": lambda page: page.update(entries=None),
}


@pytest.mark.parametrize("lie", TRADE_LIES)
def test_a_bent_timeline_is_refused(make_client: MakeClient, log: TrueLog, lie: str) -> None:
    make_client().post_batch([quote(1, "t"), *(acceptance(n, "quote-1", "t") for n in range(3))])

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        page = orjson.loads(body)
        TRADE_LIES[lie](page)
        return status, orjson.dumps(page)

    with pytest.raises(VerificationError):
        make_client(bend).trade("t")


def test_a_timeline_of_another_trade_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    make_client().post_batch([quote(1, "t"), quote(2, "u")])
    other = log.handle("GET", "/v1/trades/u", "", _key(), b"")[2]
    with pytest.raises(VerificationError):
        make_client(lambda request, status, body: (status, other)).trade("t")


def test_a_bent_completion_is_refused(make_client: MakeClient, log: TrueLog) -> None:
    receipts = make_client().post_batch([quote(n) for n in range(3)])
    log.anchored = [3]

    def bend(request: httpx.Request, status: int, body: bytes) -> tuple[int, bytes]:
        answer = orjson.loads(body)
        if "anchors" in answer:
            answer["anchors"][0]["inclusion"][0] = "0x" + "00" * 32
        return status, orjson.dumps(answer)

    assert make_client().complete(receipts[0]).anchors
    with pytest.raises(VerificationError):
        make_client(bend).complete(receipts[0])
    with pytest.raises(VerificationError):
        make_client(lambda request, status, body: (status, b"{}")).complete(receipts[0])


def test_an_endless_answer_is_cut_off(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.client.exchange.MAX_ANSWER_BYTES", 1000)
    with pytest.raises(VerificationError, match="longer than"):
        make_client().post(quote(1))
