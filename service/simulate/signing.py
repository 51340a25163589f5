"""Trades that a platform commits to and signs without a network, with keys and salts that come from the seed.

So a repeated run signs the very same bytes. Users have keys of their own as well: they consent to quotes
and payouts by typed messages, in place of whatever the platform recorded.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.client import consents, sign_event
from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.hexs import from_hex, to_hex
from service.core.times import parse_time
from service.profiles.giftcard import references
from service.simulate.trade import SimulatedTrade

Event = dict[str, object]


def platform_key(seed: int, platform: str) -> bytes:
    """The private key with which the simulated platform signs its statements."""
    return sha256(f"{seed}/{platform}/statement key".encode()).digest()


def user_key(seed: int, platform: str, user: int) -> bytes:
    """A user's wallet key."""
    return sha256(f"{seed}/{platform}/user {user}/wallet".encode()).digest()


@dataclass(frozen=True, slots=True)
class Offline:
    """Signs a platform's trades for one log. `known`: statement digests of events outside the trade (the
    tariff's).
    """

    identity: LogIdentity
    seed: int
    platform: str
    known: Mapping[str, bytes]

    @property
    def address(self) -> str:
        """The address to register in the role `platform`."""
        return eip712.address_of(platform_key(self.seed, self.platform))

    def sign(self, trade: SimulatedTrade) -> list[Event]:
        """The trade's events with salts, decoy, references by digest, users' consents and the platform's
        signature.
        """
        rng = random.Random(f"{self.seed}/{trade.trade}/salts")
        key = platform_key(self.seed, self.platform)
        digests = dict(self.known)
        valid_until: dict[str, int] = {}
        signed: list[Event] = []
        for simulated in trade.events:
            event = copy.deepcopy(simulated.event)
            name, claims = str(event["event"]), _object(event["claims"])
            for _, reference in references(str(event["type"]), claims):
                reference["digest"] = to_hex(digests[str(reference["event"])])
            if "terms" in claims:
                valid_until[name] = parse_time(_object(claims["terms"])["valid_until"]) // 1000
            self._consent(event, claims, trade.user, valid_until, rng)
            ready = sign_event(event, self.identity, key, rng.randbytes)
            digests[name] = ready.digest
            signed.append(ready.event)
        return signed

    def _consent(
        self, event: Event, claims: Event, user: int, valid_until: Mapping[str, int], rng: random.Random
    ) -> None:
        """Put the user's own signature in place of the platform's record of a consent, if there is one."""
        if "consent" not in claims or _object(claims["consent"])["method"] == "eip712":
            return
        wallet, trade = user_key(self.seed, self.platform, user), str(event["trade"])
        amount, currency = claims.get("amount"), str(claims.get("currency"))
        if event["type"] == "acceptance":
            quote, settled = _object(claims["quote"]), claims["settlement"]
            assert isinstance(amount, int) and isinstance(settled, list)  # noqa: PT018
            consent = consents.acceptance(
                self.identity,
                wallet,
                platform=self.platform,
                trade=trade,
                quote=from_hex(quote["digest"]),
                amount=amount,
                currency=currency,
                channel=settled[-1]["channel"],
                valid_until=valid_until[str(quote["event"])],
                random=rng.randbytes,
            )
        elif event["type"] == "payout_ack":
            payout = from_hex(_object(claims["payout"])["digest"])
            assert isinstance(amount, int)
            consent = consents.acknowledgement(
                self.identity,
                wallet,
                trade=trade,
                payout=payout,
                amount=amount,
                currency=currency,
                random=rng.randbytes,
            )
        else:
            return
        recorded = _object(claims["consent"])
        claims["consent"] = consent | {name: recorded[name] for name in ("subject", "shown_at")}


def _object(value: object) -> Event:
    assert isinstance(value, dict)
    return value
