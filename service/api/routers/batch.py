"""`POST /v1/events/batch`: up to 10,000 events, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from fastapi import APIRouter, Request, Response

from service.api import answers, auth, documentation
from service.api.admission import Admission
from service.api.bodies import BATCH_BYTES, bounded_body
from service.api.media import JSON, NDJSON, media_type
from service.api.preparation import BatchPreparation
from service.api.problems import Refusal, from_error
from service.api.services import OpenLog, Services, services_of
from service.core.errors import TallyError
from service.log.ports import AppendedBatch

router = APIRouter(tags=["events"])
PATH = "/v1/events/batch"
MAX_EVENTS = 10_000
# So many events are prepared before other requests get a turn: about two milliseconds.
_CHUNK = 32
_LISTED_PROBLEMS = 1_000

_array = msgspec.json.Decoder(list[msgspec.Raw])


def split(body: bytes, kind: str) -> Sequence[bytes | msgspec.Raw]:
    """The events of a body as raw JSON texts; 400 when the array itself is malformed."""
    if kind == NDJSON:
        return [line for line in body.split(b"\n") if line.strip()]
    try:
        return _array.decode(body)
    except msgspec.MsgspecError as error:
        raise Refusal("invalid-json", f"expected a JSON array of events: {error}") from None


def _chunks(texts: Sequence[bytes | msgspec.Raw]) -> Iterator[list[bytes]]:
    for start in range(0, len(texts), _CHUNK):
        yield [bytes(text) for text in texts[start : start + _CHUNK]]


def refusal(refused: Mapping[int, TallyError]) -> Refusal:
    """One answer for all bad events: `indexes` lists every position, `errors` the reasons of the first
    thousand.
    """
    errors: list[Mapping[str, object]] = []
    statuses = set()
    for position, error in refused.items():
        one = from_error(error)
        statuses.add(one.kind.slug)
        if len(errors) < _LISTED_PROBLEMS:
            errors.extend({**item, "pointer": f"/{position}{item['pointer']}"} for item in one.errors)
    slug = statuses.pop() if len(statuses) == 1 else "invalid-event"
    return Refusal(
        slug,
        "nothing was stored; indexes lists every event at fault, counted from 0",
        errors=errors[:_LISTED_PROBLEMS],
        members={"indexes": sorted(refused)},
    )


async def _append(services: Services, log: OpenLog, texts: Sequence[bytes | msgspec.Raw]) -> AppendedBatch:
    preparation = BatchPreparation(services, log)
    for chunk in _chunks(texts):
        await preparation.take(chunk)
        await asyncio.sleep(0)
    if preparation.refused:
        raise refusal(preparation.refused)
    return await services.replies.of(log.sequencer.submit(preparation.submissions))


def _count(texts: Sequence[object]) -> None:
    if not texts:
        raise Refusal("invalid-event", "the batch holds no event")
    if len(texts) > MAX_EVENTS:
        raise Refusal("body-too-large", f"a batch is limited to {MAX_EVENTS} events")


@router.post(PATH, **documentation.POST_BATCH)
async def post_batch(request: Request) -> Response:
    """Append a batch of events, all or nothing.

    The answer holds what a client needs to derive every receipt itself: the entries, the disclosures, the
    signed checkpoint and the compact ranges on both sides.
    """
    services = services_of(request)
    principal = await auth.platform(request, services)
    log = services.log_of(principal)
    admission: Admission = request.app.state.batch_admission
    turn: asyncio.Semaphore = request.app.state.batch_turn
    with admission.admit(principal.platform):
        kind = media_type(request, NDJSON, JSON)
        async with bounded_body(request, services.budget, BATCH_BYTES) as body, turn:
            texts = split(body, kind)
            _count(texts)
            answer = await _append(services, log, texts)
            content = await services.off_loop(lambda: answers.batch(log.member, answer))
    services.metrics.appended(log.name, len(texts), answer.repeated)
    return Response(content, 200 if answer.repeated else 201, {"cache-control": "no-store"}, JSON)
