"""Does an entry that the service answers with say exactly what was posted? Nothing more, nothing less,
nothing else.

The answer is rebuilt from what was sent and compared byte for byte; only what the service may add (salts,
one decoy digest, the digests of references, `seq`, `prev`, `received`) is taken from it, each in its one
form.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import orjson

from service.client.posted import Posted
from service.core import disclosure
from service.core.entry import build_entry, build_statement, statement_digest
from service.core.errors import TallyError, VerificationError
from service.core.hexs import from_hex
from service.core.merkle import leaf_hash
from service.core.times import parse_time
from service.profiles import giftcard

_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_HEAD = re.compile(rb'\["[A-Za-z0-9_-]{21}[AQgw]')
_HEAD_CHARACTERS = 32
"""`["` and a salt of 22 characters are 24 bytes: exactly 32 characters of base64."""


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry that fits what was posted. `received` in ms; `digest` is that of its statement."""

    entry: bytes
    disclosures: tuple[str, ...]
    leaf: bytes
    digest: bytes
    seq: int
    prev: bytes | None
    received: int


def check_entry(
    posted: Posted,
    origin: str,
    entry: str,
    disclosures: Sequence[str],
    known: Mapping[str, bytes] | None = None,
) -> CheckedEntry:
    """The entry taken apart, when it commits to `posted` in the log `origin` and its disclosures open it.

    `known` are statement digests by event id that filled-in references must carry. VerificationError
    otherwise.
    """
    try:
        return _check_entry(posted, origin, entry, disclosures, known or {})
    except VerificationError:
        raise
    except TallyError as error:
        raise VerificationError(f"the answer about event {posted.event} is malformed: {error}") from error


def _check_entry(
    posted: Posted, origin: str, entry: str, disclosures: Sequence[str], known: Mapping[str, bytes]
) -> CheckedEntry:
    digests = _check_disclosures(posted, disclosures, known)
    seq, prev, received, committed = _own_words(posted, entry)
    extra = set(committed) - set(digests)
    if len(extra) != 1 or len(committed) != len(digests) + 1:
        raise VerificationError(
            f"the statement of event {posted.event} commits to other claims than were posted"
        )
    if posted.decoy is not None and posted.decoy not in extra:
        raise VerificationError(f"the statement of event {posted.event} has another decoy than was posted")
    statement = build_statement(origin, posted.event, posted.trade, posted.type, posted.occurred, committed)
    encoded = entry.encode()
    if build_entry(statement, seq, prev, received, posted.signatures) != encoded:
        raise VerificationError(f"the entry of event {posted.event} says something else than was posted")
    return CheckedEntry(
        encoded,
        tuple(disclosures),
        leaf_hash(encoded),
        statement_digest(statement),
        seq,
        prev,
        parse_time(received),
    )


def _own_words(posted: Posted, entry: str) -> tuple[int, bytes | None, str, list[str]]:
    """What only the service can say: seq, prev, received, and the digests. Rebuilding checks their forms."""
    try:
        document = orjson.loads(entry)
        seq, prev, received = document["seq"], document["prev"], document["received"]
        committed = document["statement"]["_sd"]
    except (orjson.JSONDecodeError, TypeError, KeyError):
        raise VerificationError(f"the answer about event {posted.event} is no entry") from None
    if type(seq) is not int or type(received) is not str or type(committed) is not list:
        raise VerificationError(f"the answer about event {posted.event} is no entry")
    if not all(type(digest) is str for digest in committed):
        raise VerificationError(f"the answer about event {posted.event} is no entry")
    return seq, None if prev is None else from_hex(prev), received, committed


def _check_disclosures(posted: Posted, disclosures: Sequence[str], known: Mapping[str, bytes]) -> list[str]:
    if posted.disclosures is not None:
        if tuple(disclosures) != posted.disclosures:
            raise VerificationError(f"event {posted.event} was posted with other disclosures")
    elif len(disclosures) != len(posted.tails):
        raise VerificationError(f"event {posted.event} was posted with {len(posted.tails)} claims")
    else:
        names = {
            name if _opens(text, tail) else _fits_elsewhere(posted, text, known)
            for text, (name, tail) in zip(disclosures, posted.tails.items(), strict=True)
        }
        if len(names) != len(disclosures):
            raise VerificationError(f"a claim of event {posted.event} is disclosed twice")
    return [disclosure.digest(each) for each in disclosures]


def _opens(text: str, tail: bytes) -> bool:
    """Whether the disclosure is `["<salt>` and this tail: the claim and value that were posted."""
    try:
        head = a2b_base64(text[:_HEAD_CHARACTERS].encode().translate(_FROM_URL))
    except (Base64Error, ValueError):
        return False
    if _HEAD.fullmatch(head) is None:
        return False
    return b2a_base64(head + tail, newline=False).rstrip(b"=").translate(_TO_URL) == text.encode()


def _fits_elsewhere(posted: Posted, text: str, known: Mapping[str, bytes]) -> str:
    """The claim that the disclosure opens: not the one of its place, or one with a filled-in digest."""
    name = disclosure.parse(text).name
    tail = posted.tails.get(name)
    return name if tail is not None and _opens(text, tail) else _fits_filled_in(posted, text, known)


def _fits_filled_in(posted: Posted, text: str, known: Mapping[str, bytes]) -> str:
    """The claim that the disclosure opens, if it is a posted one but for filled-in digests."""
    opened = disclosure.parse(text)
    if opened.name in posted.open_claims:
        expected = {opened.name: deepcopy(posted.claims[opened.name])}
        answered = dict(giftcard.references(posted.type, {opened.name: opened.value}))
        for pointer, reference in giftcard.references(posted.type, expected):
            if "digest" not in reference and pointer in answered:
                digest = from_hex(answered[pointer].get("digest"))
                if known.get(str(reference["event"]), digest) != digest:
                    raise VerificationError(
                        f"{pointer} of event {posted.event} was filled in with a wrong digest"
                    )
                reference["digest"] = answered[pointer]["digest"]
        if disclosure.make(opened.salt, opened.name, expected[opened.name]) == text:
            return opened.name
    raise VerificationError(f"the claim {opened.name} of event {posted.event} is not what was posted")
