"""The three platforms as numbers: market research figures (DOMAIN's platform table) and what they imply.

Rates are fractions, money is fen, fees are basis points of the face value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.core.errors import TallyError
from service.simulate.catalogue import CardKind, card_kinds

PlatformName = Literal["kaka", "xianka", "bendi"]
Safeguard = Literal["insurance", "escrow", "guarantor"]
Weighted = tuple[tuple[str, float], ...]


class UnknownPlatform(TallyError):
    """There is no model of this platform."""


@dataclass(frozen=True, slots=True)
class PlatformModel:
    """What the simulator knows about one platform."""

    name: PlatformName
    title: str
    system: str
    trades_a_month: int
    cards: tuple[CardKind, ...]
    fee_bp: tuple[int, int]
    pricing: Weighted
    model: str
    channels: Weighted
    consent: Weighted
    safeguard: Safeguard
    safeguard_by: str
    forum: Literal["platform", "third_party", "offline"]
    mediator: str
    monitor: Literal["anomaly", "joint_defence"]
    monitor_rate: float
    complaint_rate: float
    repeat_rate: float
    review_threshold: int
    wallet_cap: int
    face_median: int
    face_sigma: float
    points_rate: float = 0.0
    reshape_rate: float = 0.0
    referral_rate: float = 0.0
    resale_rate: float = 0.7
    ack_rate: float = 0.75
    offline: bool = False


KAKA = PlatformModel(
    name="kaka",
    title="卡卡同盟",
    system="kaka-core",
    trades_a_month=1_280_000,
    cards=card_kinds(237, ("code", "physical", "account")),
    fee_bp=(500, 1200),
    pricing=(("ai", 0.8), ("mixed", 0.2)),
    model="kaka-dynamic-2026.10",
    channels=(("alipay", 0.45), ("wechat", 0.4), ("bank", 0.15)),
    consent=(("sms_otp", 0.5), ("wechat", 0.35), ("face", 0.15)),
    safeguard="insurance",
    safeguard_by="安诚财产保险",
    forum="platform",
    mediator="卡卡同盟客诉中心",
    monitor="anomaly",
    monitor_rate=0.12,
    complaint_rate=0.063,
    repeat_rate=0.37,
    review_threshold=500_000,
    wallet_cap=100_000,
    face_median=24_000,
    face_sigma=0.85,
    reshape_rate=0.15,
)

XIANKA = PlatformModel(
    name="xianka",
    title="闲卡宝",
    system="xianka-trade",
    trades_a_month=420_000,
    cards=card_kinds(112, ("code", "physical")),
    fee_bp=(800, 1500),
    pricing=(("historical", 1.0),),
    model="xianka-history-2026q3",
    channels=(("ecny", 0.5), ("alipay", 0.2), ("wechat", 0.2), ("bank", 0.1)),
    consent=(("wechat", 0.6), ("sms_otp", 0.4)),
    safeguard="escrow",
    safeguard_by="长三角清算托管",
    forum="third_party",
    mediator="沪杭消费纠纷调解中心",
    monitor="anomaly",
    monitor_rate=0.02,
    complaint_rate=0.121,
    repeat_rate=0.22,
    review_threshold=300_000,
    wallet_cap=80_000,
    face_median=30_000,
    face_sigma=0.8,
    points_rate=0.35,
    resale_rate=0.4,
    ack_rate=0.6,
)

BENDI = PlatformModel(
    name="bendi",
    title="本地收卡社",
    system="bendi-shop",
    trades_a_month=150_000,
    cards=card_kinds(68, ("physical",)),
    fee_bp=(300, 1000),
    pricing=(("manual", 1.0),),
    model="",
    channels=(("cash", 1.0),),
    consent=(("paper", 1.0),),
    safeguard="guarantor",
    safeguard_by="社区联保互助会",
    forum="offline",
    mediator="街道消费调解站",
    monitor="joint_defence",
    monitor_rate=0.3,
    complaint_rate=0.038,
    repeat_rate=0.58,
    review_threshold=200_000,
    wallet_cap=0,
    face_median=18_000,
    face_sigma=0.75,
    referral_rate=0.6,
    ack_rate=0.95,
    offline=True,
)

PLATFORMS: dict[str, PlatformModel] = {model.name: model for model in (KAKA, XIANKA, BENDI)}


def platform_model(name: str) -> PlatformModel:
    """The model of a platform by its name. UnknownPlatform when there is none."""
    try:
        return PLATFORMS[name]
    except KeyError:
        raise UnknownPlatform(
            f"no model of a platform named {name!r}; known: {', '.join(PLATFORMS)}"
        ) from None


def tariff_fee_bp(model: PlatformModel, card: CardKind) -> int:
    """The fee that the published tariff assumes for a kind of card: in the upper two thirds of the
    platform's range.
    """
    low, high = model.fee_bp
    return round(low + (high - low) * (0.35 + 0.65 * card.spread))
