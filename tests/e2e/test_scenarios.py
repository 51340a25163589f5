"""One trade of each platform from the quote to the end of its dispute, on the real service and chain."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.core.times import format_time
from tests.e2e.parties import Json, Party, Platform, dig, money, now_ms, ok
from tests.integration.api.service_process import ROOT, ServiceProcess

MINUTE = 60_000
PAYEE = dig("收款账户 王女士")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    running = ServiceProcess(Path(tmp_path_factory.mktemp("scenarios")) / "data").start()
    yield running
    running.stop()


def quote(channel: str, **claims: object) -> Json:
    """A firm quote for one card of 500 yuan at 9.2 折."""
    item = {"line": 1, "brand": "京东E卡", "face": 50000, "net": 46000, "kind": "code"}
    offer = {"currency": "CNY", "net": 46000, "gross": 46000, "headline_rate_bp": 9200, "rate_base": "face"}
    return {
        "items": [item],
        "offer": offer,
        "terms": {
            "valid_until": format_time(now_ms() + 30 * MINUTE),
            "payout_clock": {"start": "acceptance", "seconds": 7200},
            "settlement": [channel],
        },
        "firmness": "firm",
        "on_balance_mismatch": "pro_rata",
        "receipt_delivery": {"method": "page", "at": format_time(now_ms())},
        **claims,
    }


def acceptance(quoted: Json, channel: str, amount: int = 46000) -> Json:
    return {
        "quote": quoted,
        "amount": amount,
        "currency": "CNY",
        "settlement": [{"channel": channel, "payee": PAYEE, "share": amount}],
        "consent": {"method": "sms_otp", "subject": dig("卖家 王女士"), "third_party_ref": "otp-1"},
    }


def opening(code: str, text: str, contested: list[Json], amount: int, forum: str) -> Json:
    claim = {"code": code, "text": text, "amount": amount, "currency": "CNY"}
    return {"claim": claim, "contested": contested, "forum": forum, "remedy": "pay"}


def open_dispute(user: Party, body: Json) -> str:
    return str(ok(user.http.post("/v1/disputes", json=body), 201)["dispute"])


def proved(findings: Json) -> set[str]:
    """The codes of what is proved, but for the note that an anchor of some seconds ago is not final."""
    return {code for code, each in findings.items() if each["truth"] == "proved"} - {"anchor_unproved"}


def verified(service: ServiceProcess, bundle: Path) -> int:
    """The exit code of `tally verify` on a bundle, against the chain that the service runs."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "service", "verify", str(bundle)),
            *("--trust", str(service.data / "trust.json"), "--rpc", service.credentials["rpc"]),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    print(done.stdout, done.stderr)
    return done.returncode


def wait_for_anchor(platform: Platform) -> None:
    """Until the trade's last entry is anchored."""
    leaf = platform.get(f"/v1/trades/{platform.trade}")["entries"][-1]["leaf"]
    for _ in range(150):
        if platform.get(f"/v1/receipts/{leaf}")["anchors"]:
            return
        time.sleep(0.1)
    raise AssertionError("the trade was not anchored")


def test_kaka_pays_short_and_pays_the_rest_after_an_award(service: ServiceProcess, tmp_path: Path) -> None:
    kaka = Platform(service, "kaka")
    priced = {
        "method": "ai",
        "model": "kaka-dynamic-2026.10",
        "model_digest": dig("model"),
        "reviewer": dig("复核员 07"),
        "reviewed_at": format_time(now_ms()),
    }
    cover = [{"kind": "insurance", "limit": 100000, "provider": dig("安诚财产保险")}]
    quoted = kaka.say("quote", quote("alipay", pricing=priced, coverage_offered=cover))
    accepted = kaka.say("acceptance", acceptance(quoted, "alipay"), share=True)
    bound = {"coverage": "policy-1", "kind": "insurance", "state": "bound", "limit": 100000}
    bound |= {"provider": dig("安诚财产保险"), "from": format_time(now_ms())}
    kaka.say("coverage", bound | {"to": format_time(now_ms() + 90 * 24 * 60 * MINUTE)})
    kaka.say("handover", {"mode": "code_revealed", "items": [1]})
    kaka.say(
        "payout", {"payout": "po-1", "state": "initiated", "legs": [money(41400, "alipay", payee=PAYEE)]}
    )
    paid = {"payout": "po-1", "state": "succeeded", "final": True}
    short = kaka.say("payout", paid | {"legs": [money(41400, "alipay", payee=PAYEE)]})

    user = kaka.user()
    assert [each["sight"] for each in user.get(f"/v1/trades/{kaka.trade}")["entries"]] == ["full"] * 6
    found = user.findings(kaka.trade)["payout_short"]
    assert (found["truth"], found["amount"], found["currency"]) == ("proved", 4600, "CNY")
    assert "46.00" in found["zh"]
    dispute = open_dispute(
        user, opening("price_cut", "说好四百六十元，只到账四百一十四元", [accepted, short], 4600, "platform")
    )
    shot = user.hand_in(dispute, b"\x89PNG the page as the user saw it", "image/png", "报价页面")
    user.step(dispute, "evidence", item={"digest": shot}, proves="页面上的价格", about=[quoted])

    listed = kaka.get("/v1/disputes", trade=kaka.trade, open="true")["disputes"]
    assert [each["dispute"] for each in listed] == [dispute]
    assert kaka.step(dispute, "answers", kind="acknowledgement")["clock"]["overdue"] is False
    reasons = [{"code": "system_error", "refs": [short]}]
    answered = kaka.step(dispute, "answers", kind="substantive", position="part", offer=2000, reasons=reasons)
    assert answered["clock"]["answered_late"] is False
    assert user.findings(kaka.trade)["answer_late"]["truth"] == "not_proved"

    decision = {"outcome": "for_user", "amount": 4600, "binding": True, "document": dig("裁决书")}
    decision["pay_by"] = format_time(now_ms() + 24 * 60 * MINUTE)
    awarded = kaka.step(dispute, "awards", body={"name": "某市消费者协会", "kind": "mediation"}, **decision)
    assert (awarded["state"], awarded["open"]) == ("awarded_for_user", True)
    rest = {"payout": "po-2", "state": "succeeded", "legs": [money(4600, "alipay", payee=PAYEE)]}
    kaka.say("payout", rest | {"cause": {"event": awarded["recorded"]["event"]}})
    settled = user.get(f"/v1/disputes/{dispute}")
    assert (settled["state"], settled["open"], settled["award"]["paid"]) == ("paid", False, 4600)
    after = kaka.findings(kaka.trade)
    assert proved(after) == set()
    assert {after[code]["truth"] for code in ("payout_short", "award_unpaid", "answer_late")} == {
        "not_proved"
    }

    wait_for_anchor(kaka)
    bundle = tmp_path / "kaka.zip"
    bundle.write_bytes(user.http.get(f"/v1/trades/{kaka.trade}/evidence.zip").content)
    assert verified(service, bundle) == 0


def test_xianka_has_a_headline_gap_mediated_with_a_grant(service: ServiceProcess) -> None:
    xianka = Platform(service, "xianka")
    offer = {"currency": "CNY", "net": 46000, "gross": 46000, "headline_rate_bp": 9500, "rate_base": "face"}
    offer["points"] = {"program": "闲卡宝积分", "units": 600, "fen_per_100": 100}
    priced = {"method": "historical", "model": "xianka-history-2026q3"}
    quoted = xianka.say("quote", quote("ecny", offer=offer, pricing=priced))
    accepted = xianka.say("acceptance", acceptance(quoted, "ecny"), share=True)
    held = {"escrow": "es-1", "amount": 46000, "currency": "CNY", "agent": dig("长三角清算托管")}
    xianka.say("escrow", held | {"state": "funded", "balance_after": 46000, "cause": accepted})
    xianka.say("handover", {"mode": "code_revealed", "items": [1]})
    read = {
        "line": 1,
        "outcome": "pass",
        "balance_found": 50000,
        "method": "issuer_api",
        "reading": dig("读数"),
    }
    inspected = xianka.say("inspection", {"items": [read]})
    released = {"state": "released", "balance_after": 0, "cause": inspected}
    xianka.say("escrow", held | released | {"condition": {"code": "inspection_pass", "refs": [inspected]}})
    points = {"leg": 2, "channel": "points", "amount": 600, "kind": "points", "program": "闲卡宝积分"}
    legs = [money(46000, "ecny", payee=PAYEE), points]
    xianka.say("payout", {"payout": "po-1", "state": "succeeded", "final": True, "legs": legs})

    user = xianka.user()
    gap = user.findings(xianka.trade)["headline_gap"]
    assert (gap["truth"], gap["amount"]) == ("proved", 1500)
    said = "页面写最高九五折，实际按九二折结算"
    body = opening("promised_discount_not_honoured", said, [quoted, accepted], 1500, "third_party")
    dispute = open_dispute(user, body)
    mediator, grant = xianka.mediator(dispute)
    other = open_dispute(user, opening("fee", "收费不明", [quoted], 100, "third_party"))
    assert mediator.http.get(f"/v1/disputes/{other}").status_code == 404
    assert mediator.http.get("/v1/trades/unknown").status_code == 404
    assert mediator.findings(xianka.trade)["headline_gap"]["amount"] == 1500
    paused = xianka.step(dispute, "answers", kind="info_request")
    assert (paused["state"], paused["clock"]["paused"]) == ("info_requested", True)
    shot = user.hand_in(dispute, b"\xff\xd8\xff a photograph of the screen", "image/jpeg", "截图")
    resumed = user.step(dispute, "evidence", item={"digest": shot}, proves="页面上写的是九五折")
    assert resumed["clock"]["paused"] is False
    assert mediator.http.get(f"/v1/disputes/{dispute}/attachments/{shot}").content[:2] == b"\xff\xd8"
    xianka.step(
        dispute, "answers", kind="substantive", position="accept", offer=1500, reasons=[{"refs": [quoted]}]
    )
    minutes = mediator.hand_in(dispute, b"%PDF-1.7 minutes", "application/pdf", "调解笔录")
    mediator.step(dispute, "evidence", item={"digest": minutes}, proves="双方当面同意")
    centre = {"name": "沪杭消费纠纷调解中心"}
    agreed = mediator.step(
        dispute, "awards", outcome="settled", amount=1500, binding=True, document=minutes, body=centre
    )
    assert (agreed["state"], agreed["award"]["body"]["kind"]) == ("settled", "mediator")
    refund = {"refund": "rf-1", "direction": "to_user", "kind": "money", "state": "succeeded"}
    cause = {"event": agreed["recorded"]["event"]}
    xianka.say("refund", refund | {"amount": 1500, "currency": "CNY", "cause": cause})
    assert user.get(f"/v1/disputes/{dispute}")["state"] == "paid"
    user.step(other, "close", outcome="withdrawn")
    ok(xianka.http.delete(f"/v1/disputes/{dispute}/grants/{grant}"))
    assert mediator.http.get(f"/v1/disputes/{dispute}").status_code == 401
    # The headline was the largest number shown, and the sum never fitted it.
    assert proved(xianka.findings(xianka.trade)) == {"headline_gap", "quote_arithmetic"}
    names = {each["digest"] for each in user.get(f"/v1/trades/{xianka.trade}/evidence.json")["attachments"]}
    assert names == {shot, minutes}


def test_bendi_delivers_at_a_counter_and_mediates_offline(service: ServiceProcess) -> None:
    bendi = Platform(service, "bendi")
    cover = [{"kind": "guarantor", "limit": 60000, "provider": dig("社区联保互助会")}]
    quoted = bendi.say("quote", quote("cash", pricing={"method": "manual"}, coverage_offered=cover))
    bound = {"coverage": "g-1", "kind": "guarantor", "state": "bound", "limit": 60000}
    bound |= {"provider": dig("社区联保互助会"), "from": format_time(now_ms() - 24 * 60 * MINUTE)}
    bendi.say("coverage", bound | {"to": format_time(now_ms() + 90 * 24 * 60 * MINUTE)})
    agreed = acceptance(quoted, "cash") | {"consent": {"method": "paper", "evidence": dig("纸质同意书")}}
    accepted = bendi.say("acceptance", agreed, share=True)
    hidden = {"kind": "joint_defence", "rule": "街道联防名单", "outcome": "pending"}
    bendi.say("review", hidden | {"started": format_time(now_ms())})
    _at_the_counter(bendi)

    user = bendi.user()
    entries = user.get(f"/v1/trades/{bendi.trade}")["entries"]
    sealed = [each for each in entries if each["sight"] == "sealed"]
    assert [set(each) for each in sealed] == [{"seq", "index", "leaf", "sight"}]
    evidence = user.http.get(f"/v1/trades/{bendi.trade}/evidence.json")
    assert "joint_defence" not in evidence.text and "review_missing" not in evidence.text
    assert "联防" not in user.http.get(f"/v1/trades/{bendi.trade}").text
    found = user.findings(bendi.trade)
    assert found["late_recorded"]["truth"] == "proved"
    assert found["payout_short"]["amount"] == 6000

    body = opening("deduction", "柜台少给了六十元", [accepted], 6000, "offline")
    dispute = open_dispute(user, body)
    arbitrator, _ = bendi.mediator(dispute, "arbitrator")
    assert "sealed" in {each["sight"] for each in arbitrator.get(f"/v1/trades/{bendi.trade}")["entries"]}
    slip = bendi.hand_in(dispute, b"\xff\xd8\xff the counter's slip", "image/jpeg", "柜台小票")
    bendi.step(dispute, "evidence", item={"digest": slip}, proves="柜台给付的金额")
    answered = bendi.step(
        dispute, "answers", kind="substantive", position="accept", offer=6000, attachments=[{"digest": slip}]
    )
    assert answered["state"] == "answered"
    minutes = bendi.hand_in(dispute, b"%PDF-1.7 offline minutes", "application/pdf", "街道调解书")
    station = {"name": "街道消费调解站", "kind": "offline_mediation"}
    settled = bendi.step(
        dispute, "awards", outcome="settled", amount=6000, body=station, document=minutes, binding=True
    )
    counter = {"place": dig("门店"), "teller": dig("店员"), "witness": dig("见证人")}
    rest = {"payout": "po-2", "state": "succeeded", "legs": [money(6000, "cash", payee=PAYEE)]}
    bendi.say("payout", rest | {"counter": counter, "cause": {"event": settled["recorded"]["event"]}})
    assert user.get(f"/v1/disputes/{dispute}")["state"] == "paid"
    assert user.findings(bendi.trade)["payout_short"]["truth"] == "not_proved"
    assert proved(bendi.findings(bendi.trade)) == {"late_recorded"}
    assert bendi.http.get(f"/v1/trades/{bendi.trade}/evidence.pdf").content.startswith(b"%PDF")


def _at_the_counter(bendi: Platform) -> None:
    """Handed over and paid without a network, three hours ago; posted as one batch now."""
    captured = {
        "mode": "offline",
        "system": "bendi-shop",
        "version": "4.2",
        "sent_at": format_time(now_ms()),
        "queued_reason": "门店断网",
    }
    counter = {"place": dig("门店"), "teller": dig("店员"), "witness": dig("见证人")}
    then = now_ms() - 180 * MINUTE
    given = {
        "mode": "counter",
        "items": [1],
        "place": dig("门店"),
        "witness": dig("见证人"),
        "capture": captured,
    }
    paid = {"payout": "po-1", "state": "succeeded", "final": True, "counter": counter, "capture": captured}
    legs = {"legs": [money(40000, "cash", payee=PAYEE)]}
    bendi.say_late([bendi.event("handover", given, then), bendi.event("payout", paid | legs, then + MINUTE)])
