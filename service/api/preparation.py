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


async def check_signers(services: Services, log: OpenLog, event: Event) -> None:
    """Refuse signatures by keys that the platform has not registered."""
    if event.get("signatures"):
        await services.off_loop(lambda: services.signers.check(log.platform, event))


async def prepare_event(services: Services, log: OpenLog, body: bytes) -> Submission:
    """The submission of one posted event; raises what `problems` knows how to answer."""
    event = parse_event(body)
    await check_signers(services, log, event)
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
                event = parse_event(body)
                await check_signers(self._services, self._log, event)
                parsed.append((self._position, event))
            except TallyError as error:
                self.refused[self._position] = error
            self._position += 1
        known = await look_up(self._services, self._log, [event for _, event in parsed])
        for position, event in parsed:
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
