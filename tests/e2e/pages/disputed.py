"""A trade that was paid short, its dispute, and the link that an arbitrator gets."""

from __future__ import annotations

import time
from dataclasses import dataclass

from service.core.times import format_time
from tests.e2e.parties import Json, Party, Platform, dig, money, now_ms, ok
from tests.integration.api.service_process import ServiceProcess

PAYEE = dig("收款账户 王女士")
PHOTO = b"\x89PNG the page as the user saw it"


@dataclass(frozen=True, slots=True)
class Disputed:
    """Who takes part, and where the arbitrator looks."""

    platform: Platform
    user: Party
    dispute: str
    grant: str
    url: str

    def revoke(self) -> None:
        """End the grant."""
        answer = self.platform.http.delete(f"/v1/disputes/{self.dispute}/grants/{self.grant}")
        answer.raise_for_status()


def paid_short(service: ServiceProcess) -> tuple[Platform, Json, Json]:
    """920 yuan quoted and accepted, 840 paid; the references of quote and payout. A review is in between."""
    kaka = Platform(service, "kaka")
    item = {"line": 1, "brand": "京东E卡", "face": 100000, "net": 92000, "kind": "code"}
    offer = {"currency": "CNY", "net": 92000, "gross": 92000, "headline_rate_bp": 9200, "rate_base": "face"}
    clock = {"start": "acceptance", "seconds": 7200}
    until = format_time(now_ms() + 3_600_000)
    terms = {"valid_until": until, "settlement": ["alipay"], "payout_clock": clock}
    seen = {"digest": dig("page"), "media_type": "text/html"}
    quoted = kaka.say(
        "quote",
        {
            "items": [item],
            "offer": offer,
            "terms": terms,
            "firmness": "firm",
            "presented": seen,
            "receipt_delivery": {"method": "page", "at": format_time(now_ms())},
        },
    )
    consent = {"method": "sms_otp", "subject": dig("卖家 王女士"), "third_party_ref": "otp-1"}
    account = [{"channel": "alipay", "payee": PAYEE, "share": 92000}]
    agreed = {"quote": quoted, "amount": 92000, "currency": "CNY", "settlement": account, "consent": consent}
    kaka.say("acceptance", agreed, share=True)
    pos = {"mode": "offline", "system": "kaka-pos", "version": "3.2"}
    kaka.say("handover", {"mode": "code_revealed", "items": [1], "capture": pos})
    started = format_time(now_ms())
    kaka.say("review", {"kind": "anomaly", "rule": "r-17", "outcome": "hold", "started": started})
    callback = [{"kind": "channel_callback", "ref": "2026112200001", "issuer": "支付宝"}]
    legs = [money(84000, "alipay", payee=PAYEE)]
    payout = {"payout": "po-1", "state": "succeeded", "final": True, "legs": legs, "corroboration": callback}
    return kaka, quoted, kaka.say("payout", payout)


def disputed(service: ServiceProcess, role: str = "arbitrator", **members: object) -> Disputed:
    """The trade, the user's dispute with one piece of evidence, and a grant."""
    kaka, quoted, payout = paid_short(service)
    user = kaka.user()
    text = "说好 9.2 折，一千元的卡应付 920 元，只到账 840 元。"
    code = "promised_discount_not_honoured"
    claim = {"code": code, "text": text, "amount": 8000, "currency": "CNY"}
    opening = {"claim": claim, "contested": [quoted, payout], "forum": "third_party", "remedy": "pay"}
    dispute = str(ok(user.http.post("/v1/disputes", json=opening), 201)["dispute"])
    photo = user.hand_in(dispute, PHOTO, "image/png", "报价页面.png")
    user.step(dispute, "evidence", item={"digest": photo}, proves="用户当时看到的报价", about=[quoted])
    wanted = {"role": role, **members}
    given = ok(kaka.http.post(f"/v1/disputes/{dispute}/grants", json=wanted), 201)
    return Disputed(kaka, user, dispute, given["id"], given["url"])


def wait_for_proofs(case: Disputed) -> None:
    """Until every entry of the trade is anchored in a final block."""
    leaves = [each["leaf"] for each in case.platform.get(f"/v1/trades/{case.platform.trade}")["entries"]]
    for _ in range(200):
        receipts = [case.platform.get(f"/v1/receipts/{leaf}")["anchors"] for leaf in leaves]
        if all(each and each[0].get("state_proof") for each in receipts):
            return
        time.sleep(0.1)
    raise AssertionError("the trade was not anchored")
