"""The traffic simulator: trades of three platforms, honest, messy or dishonest, made from a seed.

How time is treated. The service stamps `received` with the real clock, and the rules compare that stamp
with what an event claims (`service.simulate.pace` says how). A trade that is posted now is therefore
squeezed into the last minutes before its posting: honest ones prove no breach, cheats about time stay
provable. Trades of days exist as imports and for evaluation in process.
"""

from __future__ import annotations

from service.simulate.benchmark import realistic_event_batch
from service.simulate.generate import Mix, Run, episode, generate, tariff
from service.simulate.pace import LIVE, NATURAL
from service.simulate.platforms import PLATFORMS, platform_model
from service.simulate.trade import SimulatedEvent, SimulatedTrade
from service.simulate.truth import Truth

__all__ = [
    "LIVE",
    "NATURAL",
    "PLATFORMS",
    "Mix",
    "Run",
    "SimulatedEvent",
    "SimulatedTrade",
    "Truth",
    "episode",
    "generate",
    "platform_model",
    "realistic_event_batch",
    "tariff",
]
