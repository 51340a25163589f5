"""From a checked event to a submission: digests of references filled in, disclosures, statement, signatures
verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from service.core import disclosure, eip712
from service.core.canonical import canonicalize
from service.core.checkpoint import LogIdentity
from service.core.entry import Signature, build_statement, statement_digest
from service.core.errors import EventRejected, FormatError, Problem, VerificationError, pointer
from service.core.hexs import from_hex, to_hex
from service.log.ports import Submission
from service.profiles.giftcard import references

Resolve = Callable[[str], bytes | None]
Random = Callable[[int], bytes]
Registered = Callable[[str, str], bool]
_SALT = disclosure.SALT_BYTES
_DIGEST = 32


def prepare(
    identity: LogIdentity,
    event: Mapping[str, Any],
    resolve: Resolve,
    random: Random,
    registered: Registered | None = None,
) -> Submission:
    """The submission of an event that the profile has accepted; `event` is left as it is.

    `resolve` gives the statement digest of an event of this log (or one earlier in the same batch), for
    references that come without. `random(n)` gives n random bytes. `registered(address, role)` says whether
    a key may sign in a role; None leaves that question to the caller. Raises EventRejected with a pointer
    for every problem.
    """
    if "disclosures" in event:
        claims: Mapping[str, Any] = event["claims"]
        filled: list[str] = []
        disclosures, digests = _own_disclosures(event)
    else:
        claims, filled = _fill(event, resolve)
        disclosures, digests = _new_disclosures(claims, random)
    try:
        statement = build_statement(
            identity.origin, event["event"], event["trade"], event["type"], event["occurred"], digests
        )
    except FormatError as error:
        raise EventRejected((Problem(_event_pointer(error.pointer), error.message, "statement"),)) from error
    signatures = _signatures(identity, event, statement, registered) if event.get("signatures") else ()
    return Submission(
        event["event"],
        event["trade"],
        event["type"],
        event["occurred"],
        statement,
        disclosures,
        signatures,
        own_salts="disclosures" in event,
        filled=tuple(filled),
    )


def _fill(event: Mapping[str, Any], resolve: Resolve) -> tuple[Mapping[str, Any], list[str]]:
    """The claims with a digest in every reference, and the pointers of those that had none."""
    claims: Mapping[str, Any] = event["claims"]
    if all("digest" in reference for _, reference in references(event["type"], claims)):
        return claims, []
    claims = orjson.loads(orjson.dumps(claims))
    filled, problems = [], []
    for place, reference in references(event["type"], claims):
        if "digest" in reference:
            continue
        digest = resolve(str(reference["event"]))
        if digest is None:
            detail = "no such event in this log: post it first, or give the digest of its statement"
            problems.append(Problem(f"{place}/event", detail, "reference_unknown"))
        else:
            reference["digest"] = to_hex(digest)
            filled.append(place)
    if problems:
        raise EventRejected(tuple(problems))
    return claims, filled


def _new_disclosures(claims: Mapping[str, Any], random: Random) -> tuple[tuple[str, ...], list[str]]:
    """A salted disclosure a claim; their digests and one decoy (RFC 9901 §4.2.5), so that few claims cannot
    be guessed.
    """
    drawn = random(_SALT * len(claims) + _DIGEST)
    disclosures = tuple(
        [
            disclosure.make(disclosure.new_salt(drawn[start : start + _SALT]), name, value)
            for start, (name, value) in zip(range(0, len(drawn), _SALT), claims.items(), strict=False)
        ]
    )
    digests = [disclosure.digest(each) for each in disclosures]
    digests.append(disclosure.encode_base64url(drawn[-_DIGEST:]))
    return disclosures, digests


def _own_disclosures(event: Mapping[str, Any]) -> tuple[tuple[str, ...], list[str]]:
    """The poster's disclosures, after checking that they say exactly what `claims` says."""
    problems = list(_disclosure_problems(event["claims"], event["disclosures"]))
    for place, reference in references(event["type"], event["claims"]):
        if "digest" not in reference:
            detail = "with your own disclosures the digest of the statement must be given"
            problems.append(Problem(f"{place}/digest", detail, "reference_digest_missing"))
    if not disclosure.is_digest(event.get("decoy")):
        detail = "with your own disclosures a decoy is needed: 32 random bytes in base64url"
        problems.append(Problem("/decoy", detail, "decoy_missing"))
    if problems:
        raise EventRejected(tuple(problems))
    disclosures = tuple(event["disclosures"])
    return disclosures, [*map(disclosure.digest, disclosures), event["decoy"]]


def _disclosure_problems(claims: Mapping[str, Any], disclosures: Sequence[str]) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for number, each in enumerate(disclosures):
        place = f"/disclosures/{number}"
        try:
            opened = disclosure.parse(each, place)
        except FormatError as error:
            problems.append(Problem(place, error.message, "disclosure_format"))
            continue
        if opened.name in seen:
            problems.append(
                Problem(place, f"the claim {opened.name} is disclosed twice", "disclosure_repeated")
            )
        elif opened.name not in claims:
            problems.append(Problem(place, f"there is no claim {opened.name}", "disclosure_unknown"))
        elif canonicalize(opened.value) != canonicalize(claims[opened.name]):
            problems.append(Problem(place, f"the claim {opened.name} has another value", "disclosure_value"))
        seen.add(opened.name)
    for name in claims:
        if name not in seen:
            detail = "this claim has no disclosure"
            problems.append(Problem(pointer(["claims", name]), detail, "disclosure_missing"))
    return problems


def _signatures(
    identity: LogIdentity, event: Mapping[str, Any], statement: bytes, registered: Registered | None
) -> tuple[Signature, ...]:
    """The event's signatures over the statement, each recovered to the address it names."""
    if "disclosures" not in event:
        detail = (
            "a signature covers the statement's salted digests: send your own disclosures and decoy with it"
        )
        raise EventRejected((Problem("/signatures", detail, "signature_needs_disclosures"),))
    digest = eip712.statement_digest(identity.domain(), identity.log_id, statement_digest(statement))
    problems = []
    signatures = []
    for number, each in enumerate(event["signatures"]):
        signature = Signature(each["type"], each["address"], each["role"], each["signature"])
        try:
            signer = eip712.recover(digest, from_hex(signature.signature, 65))
        except (VerificationError, FormatError) as error:
            problems.append(Problem(f"/signatures/{number}/signature", str(error), "signature_invalid"))
            continue
        if signer != signature.address:
            detail = f"the signature is by {signer}, or over another statement"
            problems.append(Problem(f"/signatures/{number}/signature", detail, "signature_invalid"))
        elif registered is not None and not registered(signature.address, signature.role):
            detail = "no such key is registered for this role now"
            problems.append(Problem(f"/signatures/{number}/address", detail, "signer_unknown"))
        signatures.append(signature)
    if problems:
        raise EventRejected(tuple(problems))
    return tuple(signatures)


def _event_pointer(place: str) -> str:
    """Where in the event a complaint about its statement belongs: the digests come from disclosures and
    decoy.
    """
    return "/decoy" if place.startswith("/_sd") else place
