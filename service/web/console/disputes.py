"""Disputes by what is due, and one dispute with everything that a platform does about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from service.api.auth import SIGNED_IN
from service.api.problems import Refusal
from service.api.routers import attachments, disputes, grants
from service.core.times import parse_time
from service.web.console.desk import answer, ask, refused
from service.web.console.fields import given, minor, moment
from service.web.console.showing import done, show
from service.web.console.trades import dispute_place, judged_trade, known_to_user
from service.web.console.visits import Visit, visit_of
from service.web.trade_parts import timeline

REASONS = (
    "card_used",
    "balance_short",
    "card_invalid",
    "card_differs",
    "terms_agreed",
    "paid_in_full",
    "paid_late",
    "our_error",
    "other",
)
_MOST_LISTED = 2000
_UNTIL_LATER = 2**63


def by_due(listed: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those whose clock runs by when they fall due, then the others, the newest first."""
    newest_first = sorted(listed, key=lambda each: str(each["opened"]), reverse=True)
    return sorted(newest_first, key=lambda each: parse_time(each["due"]) if each["due"] else _UNTIL_LATER)


async def get_disputes(request: Request) -> Response:
    """The platform's disputes, the most urgent first."""
    visit = visit_of(request)
    everything = request.query_params.get("state") == "all"
    query = {"limit": "500"} if everything else {"limit": "500", "open": "true"}
    listed: list[Mapping[str, Any]] = []
    following: str | None = None
    while len(listed) < _MOST_LISTED:
        page = await ask(
            visit, disputes.list_disputes, query=query | ({"cursor": following} if following else {})
        )
        listed += page["disputes"]
        following = page["next"]
        if following is None:
            break
    values = {
        "disputes": by_due(listed),
        "everything": everything,
        "more": following is not None,
        "now": visit.room.clock_ms(),
        "parse": parse_time,
    }
    return show(visit, "disputes", "disputes", values)


async def get_dispute(request: Request, dispute: str) -> Response:
    """One dispute: how it stands, what was said, and what can be done."""
    return await _dispute(visit_of(request), dispute)


async def post_dispute(request: Request, dispute: str) -> Response:
    """Answer, ask, settle, report an award, file evidence, grant access, take it back."""
    visit = visit_of(request)
    await ask(visit, disputes.get_dispute, dispute)  # 404 before the form is looked at
    if visit.form.does == "grant":
        return await _grant(visit, dispute)
    step = _STEPS.get(visit.form.does)
    if step is None:
        raise Refusal("invalid-request", "there is no such form")
    refusal = await refused(step(visit, dispute))
    if refusal is not None:
        return await _dispute(visit, dispute, refusal)
    return done(dispute_place(dispute), visit.form.does)


async def _answer(visit: Visit, dispute: str) -> None:
    form = visit.form
    refs = [{"event": event} for event in form.all("ref")]
    reason = given(code=form.get("reason"), refs=refs or None)
    files = [{"digest": digest} for digest in form.all("file")]
    to_the_point = form.get("kind") == "substantive"
    body = given(
        kind=form.get("kind") or "",
        position=form.get("position") if to_the_point else None,
        offer=minor(form.get("offer")) if to_the_point else None,
        reasons=[reason] if reason else None,
        attachments=files or None,
    )
    await ask(visit, disputes.answer_dispute, dispute, body=body, key=form.get("key"))


async def _settle(visit: Visit, dispute: str) -> None:
    form = visit.form
    body = given(
        outcome="settled",
        amount=minor(form.get("amount")),
        pay_by=moment(form.get("pay_by")),
        document=form.get("document"),
    )
    await ask(visit, disputes.close_dispute, dispute, body=body, key=form.get("key"))


async def _award(visit: Visit, dispute: str) -> None:
    """What somebody outside has decided: the platform reports it with the document that says so."""
    form = visit.form
    body = given(
        outcome=form.get("outcome") or "",
        body=given(name=form.get("body")),
        amount=minor(form.get("amount")),
        pay_by=moment(form.get("pay_by")),
        binding=form.get("binding") is not None,
        document=form.get("document"),
    )
    await ask(visit, disputes.record_award, dispute, body=body, key=form.get("key"))


async def _withdraw(visit: Visit, dispute: str) -> None:
    key = visit.form.get("key")
    await ask(visit, disputes.close_dispute, dispute, body={"outcome": "withdrawn"}, key=key)


async def _evidence(visit: Visit, dispute: str) -> None:
    form = visit.form
    body = {"item": {"digest": form.get("document") or ""}, "proves": form.get("proves") or ""}
    await ask(visit, disputes.file_evidence, dispute, body=body, key=form.get("key"))


async def _revoke(visit: Visit, dispute: str) -> None:
    await ask(visit, grants.revoke_grant, dispute, visit.form.get("grant") or "")


AWARDS = {"for_user": "award_for_user", "for_platform": "award_for_platform", "settled": "settle"}
"""Outcome → the step that it takes."""
_STEPS = {
    "answer": _answer,
    "settle": _settle,
    "award": _award,
    "withdraw": _withdraw,
    "evidence": _evidence,
    "revoke": _revoke,
}


async def _grant(visit: Visit, dispute: str) -> Response:
    """The link of a new grant is in this one answer and nowhere else."""
    form = visit.form
    body = given(
        role=form.get("role") or "",
        label=form.get("label"),
        expires=moment(form.get("expires")),
        restricted=True if form.get("restricted") else None,
    )
    made: dict[str, Any] = {}

    async def work() -> None:
        made.update(await ask(visit, grants.create_grant, dispute, body=body))

    refusal = await refused(work())
    return await _dispute(visit, dispute, refusal, granted=made or None)


async def _dispute(
    visit: Visit, dispute: str, refusal: Refusal | None = None, *, granted: Mapping[str, Any] | None = None
) -> Response:
    case = await ask(visit, disputes.get_dispute, dispute)
    given_out = (await ask(visit, grants.list_grants, dispute, query={"limit": "100"}))["grants"]
    judged = await judged_trade(visit, case["trade"])
    items = () if judged is None else timeline(judged.view, visit.language)
    known = frozenset() if judged is None else known_to_user(visit, judged)
    steps = {case["opening"]["leaf"], *(each["leaf"] for each in case["steps"])}
    ignored = {each["leaf"]: each["ignored"] for each in case["steps"] if each.get("ignored")}
    values = {
        "case": case,
        "steps": [each for each in items if each.leaf in steps],
        "ignored": ignored,
        "entries": [each for each in items if each.leaf in known and each.leaf not in steps],
        "grants": given_out,
        "granted": granted,
        "reasons": REASONS,
        "outcomes": [outcome for outcome, step in AWARDS.items() if step in case["allowed"]],
        "key": visit.room.random(16).hex(),
        "now": visit.room.clock_ms(),
        "place": dispute_place(dispute),
        "files": {
            each["digest"]: f"{dispute_place(dispute)}/files/{each['digest']}" for each in case["attachments"]
        },
    }
    return show(visit, "disputes", "dispute", values, refusal=refusal)


async def post_file(request: Request, dispute: str) -> Response:
    """A file as the whole body, sent by the page's script with the form's secret in a header."""
    visit = visit_of(request)
    return await attachments.post_attachment(_as_platform(visit), dispute)


async def get_file(request: Request, dispute: str, digest: str) -> Response:
    """One file, to be saved."""
    return await answer(visit_of(request), attachments.get_attachment, dispute, digest)


def _as_platform(visit: Visit) -> Request:
    """The request itself, body and all, as the platform's."""
    scope = {**visit.request.scope, SIGNED_IN: visit.signed_in.principal}
    return Request(scope, visit.request.receive)
