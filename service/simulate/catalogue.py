"""The cards that are traded: invented brands that sound like the real market, and each platform's share of
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["physical", "code", "account"]

_BRANDS_BY_TRADE: dict[str, str] = {
    "超市": "沃嘉购物 永汇家 润百佳 盒鲜里 家乐盟 世联优选 大闰汇 华惠联",
    "生鲜": "佳永辉煌 苏果园 物鲜美 步步盛 联华汇 永旺里 美特佳 山姆里",
    "百货": "银太城 王府汇 百盛里 新世纪百联 天鸿商都 金鹰汇 茂业荟 杭城大厦 广百汇 武商里 友谊城 大悦荟",
    "电商": "京选礼品 淘乐购 苏易购 唯品荟 当读 拼优多 考拉优选 网易拣",
    "餐饮": "星语咖啡 瑞幸福咖啡 必盛客 肯德乐 海底鲜 西贝里 喜茶坊 奈雪屋 呷哺里 外婆灶",
    "加油": "中石加油 石化畅行 壳安能源 延长通",
    "出行": "滴嗒出行 携途旅行 飞猪行 曹操行 同程里 首汽约",
    "视听": "爱奇看 腾视会员 优酷乐 芒果享 哔哩乐 网易云听 喜马听",
    "话费": "移通充值 联信充值 电信翼",
    "游戏": "腾游点卡 网易一卡 盛大通 完美点卡 巨人通",
    "书店烘焙": "新华书苑 西西书屋 元祖糕 好利家 85号烘焙 巴黎甜坊 味多鲜 桃李坊",
}

BRANDS: tuple[str, ...] = tuple(f"{name}卡" for names in _BRANDS_BY_TRADE.values() for name in names.split())
"""79 brand names."""


@dataclass(frozen=True, slots=True)
class CardKind:
    """One kind of card: a brand in one form. `spread` (0 to 1) places its tariff inside the platform's fee
    range.
    """

    brand: str
    kind: Kind
    spread: float


def card_kinds(count: int, forms: tuple[Kind, ...]) -> tuple[CardKind, ...]:
    """The first `count` kinds, brand by brand in every one of `forms`. ValueError when the catalogue is too
    small.
    """
    pairs = [(brand, form) for brand in BRANDS for form in forms]
    if count > len(pairs):
        raise ValueError(f"the catalogue holds {len(pairs)} kinds in these forms, not {count}")
    # A fixed walk through the fee range (golden ratio): neighbours differ, and no random source is needed.
    return tuple(
        CardKind(brand, form, (number * 0.618033988749895) % 1.0)
        for number, (brand, form) in enumerate(pairs[:count])
    )
