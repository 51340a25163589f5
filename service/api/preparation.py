"""From posted bytes to submissions: strict parsing, the profile's checks, registered signers, references,
statement.

Everything is refused here or nowhere: what leaves this module can be appended as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.api.services import OpenLog, Services
from service.core import canonical
from service.core.entry import statement_digest
from service.core.errors import CanonicalizationError, EventRejected, TallyError
from service.log.ports import Submission
from service.log.prepare import prepare
from service.profiles import giftcard

Event = Mapping[str, object]


def parse_event(body: bytes) -> Event:
    """One event, parsed strictly and checked against its type. CanonicalizationError or EventRejected
    otherwise.
    """
    event = canonical.parse(body)
    if not isinstance(event, dict):
        raise CanonicalizationError("an event is a JSON object")
    giftcard.check_event(event)
    return event


def unresolved(events: Sequence[Event]) -> set[str]:
    """The ids of events that are referred to without the digest of their statement."""
    missing: set[str] = set()
    for event in events:
        for _, reference in giftcard.references(str(event["type"]), _claims(event)):
            if "digest" not in reference:
                missing.add(str(reference["event"]))
    return missing


def _claims(event: Event) -> Mapping[str, object]:
    claims = event["claims"]
    assert isinstance(claims, dict)
    return claims


async def look_up(services: Services, log: OpenLog, events: Sequence[Event]) -> Mapping[str, bytes]:
    """The statement digests that `events` need and do not carry, as far as the log has them."""
    missing = unresolved(events)
    if not missing:
        return {}
    return await services.off_loop(lambda: log.reader.digests(sorted(missing)))


async def refused_signers(
    services: Services, log: OpenLog, events: Sequence[Event]
) -> Sequence[EventRejected | None]:
    """For each event why it may not carry its signatures (the platform has not registered a key), or None.

    An event that is in the log passes: its keys were checked when it was appended, and a retry gets the same
    receipt after a key's validity ended (other content under its id is refused by the sequencer). The log is
    asked only for events that would be refused.
    """
    if not any(event.get("signatures") for event in events):
        return [None] * len(events)

    def check(event: Event) -> EventRejected | None:
        try:
            services.signers.check(log.name, event)
        except EventRejected as error:
            return error
        return None

    def check_all() -> Sequence[EventRejected | None]:
        errors = [check(event) for event in events]
        refused = {str(event["event"]) for event, error in zip(events, errors, strict=True) if error}
        known = log.reader.digests(sorted(refused)) if refused else {}
        return [
            None if event["event"] in known else error for event, error in zip(events, errors, strict=True)
        ]

    return await services.off_loop(check_all)


async def prepare_event(services: Services, log: OpenLog, body: bytes) -> Submission:
    """The submission of one posted event; raises what `problems` knows how to answer."""
    event = parse_event(body)
    for error in await refused_signers(services, log, [event]):
        if error is not None:
            raise error
    known = await look_up(services, log, [event])
    return prepare(log.identity, event, known.get, services.random)


class BatchPreparation:
    """Events of one batch, taken in chunks; collects every bad position instead of stopping at the first."""

    def __init__(self, services: Services, log: OpenLog) -> None:
        self._services = services
        self._log = log
        self._digests: dict[str, bytes] = {}
        self._position = 0
        self.submissions: list[Submission] = []
        self.refused: dict[int, TallyError] = {}

    async def take(self, chunk: Sequence[bytes]) -> None:
        """Parse, check and prepare the next events. A reference may name an event earlier in the batch."""
        parsed: list[tuple[int, Event]] = []
        for body in chunk:
            try:
                parsed.append((self._position, parse_event(body)))
            except TallyError as error:
                self.refused[self._position] = error
            self._position += 1
        events = [event for _, event in parsed]
        refusals = await refused_signers(self._services, self._log, events)
        known = await look_up(self._services, self._log, events)
        for (position, event), refusal in zip(parsed, refusals, strict=True):
            if refusal is not None:
                self.refused[position] = refusal
            else:
                self._prepare(position, event, known)

    def _prepare(self, position: int, event: Event, known: Mapping[str, bytes]) -> None:
        def resolve(name: str) -> bytes | None:
            return self._digests.get(name) or known.get(name)

        try:
            submission = prepare(self._log.identity, event, resolve, self._services.random)
        except TallyError as error:
            self.refused[position] = error
            return
        # The first of an event named twice is the one that is appended, so references mean that one.
        self._digests.setdefault(submission.event, statement_digest(submission.statement))
        self.submissions.append(submission)


def problems_of(error: TallyError) -> EventRejected | CanonicalizationError:
    """Refused events raise one of these two; anything else is not the poster's fault and goes on up."""
    if isinstance(error, EventRejected | CanonicalizationError):
        return error
    raise error
