"""What the service asks of a step beyond the form of its event: that it speaks of this trade's entries and of
this dispute's files, and that a settlement is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.access.readers import Reader, Sight
from service.access.sight import sight_of
from service.core.errors import Problem
from service.core.hexs import from_hex, to_hex
from service.core.ids import id_problem
from service.disputes.case_entries import shown_entry
from service.disputes.case_ports import AttachmentStore
from service.disputes.errors import StepRejected
from service.disputes.index import files_of
from service.disputes.loading import LoadedCase, LoadedTrade
from service.disputes.ports import Attachment, CaseLog
from service.disputes.requests import CLAIM_CODES, Claims, Opening, StepRequest, role_of
from service.disputes.states import Action
from service.log.ports import StoredEntry

_Event = dict[str, object]
_AWARDS = frozenset({Action.AWARD_USER, Action.AWARD_PLATFORM})


def check_opening(reader: Reader, trade: LoadedTrade, opening: Opening) -> _Event:
    """The opening's claims, references completed. StepRejected with every problem."""
    refs = _References(reader, trade.entries)
    problems: list[Problem] = []
    if opening.claim.get("code") not in CLAIM_CODES:
        problems.append(Problem("/claim/code", "must be one of " + ", ".join(CLAIM_CODES), "enum"))
    named = None if opening.dispute is None else id_problem(opening.dispute, "/dispute")
    if named is not None:
        problems.append(named)
    if "amount" in opening.claim and "currency" not in opening.claim:
        problems.append(Problem("/claim/currency", "an amount needs its currency", "required"))
    if not opening.contested:
        problems.append(Problem("/contested", "name at least one entry of the trade", "length"))
    contested = refs.complete(opening.contested, "/contested")
    problems += refs.problems
    if problems:
        raise StepRejected(*problems)
    optional = {"forum": opening.forum, "remedy": opening.remedy}
    return {
        "by": opening.by,
        "claim": dict(opening.claim),
        "contested": contested,
        **{name: value for name, value in optional.items() if value is not None},
    }


def check_step(
    log: CaseLog, reader: Reader, case: LoadedCase, step: StepRequest, store: AttachmentStore
) -> _Event:
    """The step's claims, references and files completed. StepRejected with every problem."""
    claims = dict(step.claims)
    refs = _References(reader, case.entries)
    files = _Files(visible_files(log, reader, case, store))
    if "about" in claims:
        claims["about"] = refs.complete(_listed(claims["about"]), "/about")
    if "reasons" in claims:
        claims["reasons"] = [
            {**each, "refs": refs.complete(_listed(each["refs"]), f"/reasons/{place}/refs")}
            if "refs" in each
            else each
            for place, each in enumerate(_listed(claims["reasons"]))
        ]
    if "item" in claims:
        claims["item"] = files.complete(claims["item"], "/item")
    if "attachments" in claims:
        claims["attachments"] = [
            files.complete(each, f"/attachments/{place}")
            for place, each in enumerate(_listed(claims["attachments"]))
        ]
    problems = [*refs.problems, *files.problems, *_of_action(reader, case, step, claims)]
    if problems:
        raise StepRejected(*problems)
    return claims


def visible_files(
    log: CaseLog, reader: Reader, case: LoadedCase, store: AttachmentStore
) -> Sequence[Attachment]:
    """The files this reader may see: those of entries shown in full, and those handed in by the same side."""
    own = [shown_entry(each) for each in case.entries if each.index in case.indexes and _full(reader, each)]
    shown = frozenset[bytes]().union(*map(files_of, own))
    role = role_of(reader)
    found: dict[bytes, Attachment] = {}
    for each in store.of_dispute(log.identity.log_id, case.dispute):
        if each.digest in shown or each.by == role:
            found.setdefault(each.digest, each)
    return list(found.values())


def named_files(claims: Claims) -> frozenset[bytes]:
    """The digests of the files that a checked step puts forward."""
    named = [*([claims["item"]] if "item" in claims else ()), *_listed(claims.get("attachments"))]
    return frozenset(from_hex(each["digest"]) for each in named if isinstance(each, dict))


def _full(reader: Reader, entry: StoredEntry) -> bool:
    return sight_of(reader, entry) is Sight.FULL


def _listed(value: object) -> Sequence[Mapping[str, object]]:
    """A list of objects, as the request's form has checked it to be."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _of_action(reader: Reader, case: LoadedCase, step: StepRequest, claims: Claims) -> Iterator[Problem]:
    if step.action is Action.ANSWER:
        if "position" not in claims:
            yield Problem("/position", "an answer to the point takes a position", "required")
        if not claims.get("attachments") and not any(
            each.get("refs") for each in _listed(claims.get("reasons"))
        ):
            detail = (
                "an answer to the point rests on entries or files: give reasons with refs, or attachments"
            )
            yield Problem("/reasons", detail, "required")
    elif step.action is Action.SETTLE:
        yield from _settlement(reader, case, claims)
    elif step.action in _AWARDS and reader.holder == "platform" and "document" not in claims:
        detail = "an award reported by the platform needs the digest of its document"
        yield Problem("/document", detail, "required")


def _settlement(reader: Reader, case: LoadedCase, claims: Claims) -> Iterator[Problem]:
    """Both must have agreed: the user to the platform's last offer, or both on a document."""
    if reader.holder == "platform" and "document" not in claims:
        yield Problem("/document", "a settlement needs the digest of what both have agreed", "required")
    if reader.holder != "share":
        return
    offer = offered(reader, case)
    if offer is None:
        yield Problem("/outcome", "the platform has offered nothing that could be agreed to", "no_offer")
    elif claims.get("amount") != offer:
        yield Problem(
            "/amount", f"the platform's last offer is {offer}, and only it can be agreed to", "offer"
        )


def offered(reader: Reader, case: LoadedCase) -> int | None:
    """The amount of the platform's last answer that this reader may see, if it offers one."""
    shown = {each.index for each in case.entries if each.index in case.indexes and _full(reader, each)}
    answers = [
        step
        for step in case.case.steps
        if step.action is Action.ANSWER and step.ignored is None and step.entry.index in shown
    ]
    offer = answers[-1].entry.claims.get("offer") if answers else None
    return offer if isinstance(offer, int) else None


class _References:
    """References by event id, completed by the digest of the trade's entry; what is wrong is collected."""

    def __init__(self, reader: Reader, entries: Sequence[StoredEntry]) -> None:
        # An entry that the reader must not know of is not there for him.
        self._entries = {each.event: each for each in entries if sight_of(reader, each) is not Sight.SEALED}
        self.problems: list[Problem] = []

    def complete(self, refs: Sequence[Mapping[str, object]], pointer: str) -> list[dict[str, object]]:
        completed: list[dict[str, object]] = []
        for place, ref in enumerate(refs):
            entry = self._entries.get(str(ref.get("event")))
            if entry is None:
                self.problems.append(
                    Problem(f"{pointer}/{place}/event", "the trade has no such entry", "reference_unknown")
                )
                continue
            digest = to_hex(entry.digest)
            if ref.get("digest", digest) != digest:
                self.problems.append(
                    Problem(f"{pointer}/{place}/digest", "the entry has another digest", "reference_digest")
                )
            completed.append({"event": entry.event, "digest": digest})
        return completed


class _Files:
    """Files by digest, completed by what is known of them; what is wrong is collected."""

    def __init__(self, files: Sequence[Attachment]) -> None:
        self._files = {to_hex(each.digest): each for each in files}
        self.problems: list[Problem] = []

    def complete(self, value: object, pointer: str) -> dict[str, object]:
        named: Mapping[str, object] = value if isinstance(value, dict) else {}
        file = self._files.get(str(named.get("digest")))
        if file is None:
            detail = "hand the file in first: POST it to the dispute's attachments"
            self.problems.append(Problem(f"{pointer}/digest", detail, "attachment_unknown"))
            return {}
        label = named.get("label", file.label)
        item: dict[str, object] = {
            "digest": to_hex(file.digest),
            "media_type": file.media_type,
            "bytes": file.size,
        }
        return item if label is None else item | {"label": label}
