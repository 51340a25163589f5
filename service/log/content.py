"""Whether a submission repeats an entry: the same event, said again. Pure.

No digest of the content is kept for this (it could be guessed after erasure): what is stored is compared
with what is posted.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.core import disclosure, entry
from service.core.canonical import canonicalize
from service.core.entry import statement_digest
from service.log.ports import StoredEntry, Submission


def repeats(submission: Submission, stored: StoredEntry) -> bool:
    """Whether the entry of the same event id has the same content. `stored` must not be erased, not even in
    part.

    With the poster's own salts the statement must be the very same (it is what the poster signed);
    otherwise trade, type, time and claims must be. Signatures by other keys or in other roles are other
    content; another signature by the same key is not.
    """
    assert stored.disclosures is not None
    if submission.own_salts and statement_digest(submission.statement) != stored.digest:
        return False
    known = entry.parse(stored.entry)
    statement = known.statement
    if (statement.trade, statement.type, statement.occurred) != (
        submission.trade,
        submission.type,
        submission.occurred,
    ):
        return False
    if _signers(known.signatures) != _signers(submission.signatures):
        return False
    if submission.own_salts:
        return True
    filled = submission.filled
    return _claims(submission.disclosures, filled) == _claims(stored.disclosures, filled)


def _signers(signatures: Sequence[entry.Signature]) -> set[tuple[str, str, str]]:
    return {(each.type, each.address, each.role) for each in signatures}


def _claims(disclosures: Sequence[str], filled: Sequence[str]) -> bytes:
    """The claims in canonical form (Python takes 1 for True), without the digests at `filled`."""
    opened = (disclosure.parse(each) for each in disclosures)
    claims: dict[str, object] = {each.name: each.value for each in opened}
    for pointer in filled:
        _drop_digest({"claims": claims}, pointer)
    return canonicalize(claims)


def _drop_digest(event: object, pointer: str) -> None:
    target = event
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(target, dict):
            target = target.get(token)
        elif isinstance(target, list) and token.isdecimal() and int(token) < len(target):
            target = target[int(token)]
        else:
            return
    if isinstance(target, dict):
        target.pop("digest", None)
