"""Trades signed offline: what a verifier says of them."""

from __future__ import annotations

from service.core import disclosure
from service.core.checkpoint import LogIdentity
from service.core.eip712 import address_of, log_id
from service.core.entry import Signature, build_entry, build_statement, parse, statement_digest
from service.core.hexs import to_hex
from service.core.verify_consent import check_consents, check_signatures
from service.profiles.giftcard import references
from service.simulate import PLATFORMS, Mix, Run, SimulatedTrade, episode
from service.simulate.generate import tariff_event
from service.simulate.signing import Offline, platform_key, user_key
from tests.unit.simulate.judging import START

ORIGIN = "tallystick.local/logs/xianka"
OPENER = "0x" + "0a" * 20
IDENTITY = LogIdentity(ORIGIN, log_id(OPENER, ORIGIN), 31337, "0x" + "5f" * 20)
RUN = Run(3, Mix(0.4, 0.0))
KNOWN = {tariff_event(PLATFORMS["xianka"], RUN): b"\x07" * 32}


def offline() -> Offline:
    return Offline(IDENTITY, 3, "xianka", KNOWN)


def trades(count: int) -> list[SimulatedTrade]:
    return [episode(PLATFORMS["xianka"], RUN, number, START)[0] for number in range(count)]


def test_statements_signatures_and_consents_hold() -> None:
    signed_by_users = 0
    for trade in trades(12):
        digests = dict(KNOWN)
        for seq, event in enumerate(offline().sign(trade)):
            claims = event["claims"]
            assert isinstance(claims, dict)
            salted = event["disclosures"]
            assert isinstance(salted, list)
            committed = [*map(disclosure.digest, salted), str(event["decoy"])]
            names = [str(event[name]) for name in ("event", "trade", "type", "occurred")]
            statement = build_statement(ORIGIN, *names, committed)  # type: ignore[call-arg]
            signatures = [Signature(**each) for each in event["signatures"]]  # type: ignore[attr-defined]
            entry = parse(build_entry(statement, seq, b"\x01" * 32 if seq else None, names[3], signatures))
            assert check_signatures(IDENTITY, entry) == (("platform", address_of(platform_key(3, "xianka"))),)
            opened = {each.name: each.value for each in map(disclosure.parse, salted)}
            assert opened == claims
            for fact in check_consents(IDENTITY, entry.statement, opened):
                assert fact.missing == ()
                assert fact.address == address_of(user_key(3, "xianka", trade.user))
                signed_by_users += 1
            for _, reference in references(names[2], claims):
                assert reference["digest"] == to_hex(digests[str(reference["event"])])
            digests[names[0]] = statement_digest(statement)
    assert signed_by_users > 12


def test_a_repeated_run_signs_the_same_bytes() -> None:
    [trade] = trades(1)
    assert offline().sign(trade) == offline().sign(trade)
    assert offline().sign(trade) != Offline(IDENTITY, 4, "xianka", KNOWN).sign(trade)


def test_the_trade_itself_stays_as_it_was() -> None:
    [trade] = trades(1)
    offline().sign(trade)
    assert trade == trades(1)[0]


def test_a_forged_consent_stays_forged() -> None:
    """Signing offline must not mend what a cheat put there."""
    run = Run(5, Mix(0, 1))
    spoiled = next(
        trade
        for number in range(300)
        for trade in episode(PLATFORMS["kaka"], run, number, START)
        if trade.truths and trade.truths[0].codes == ("consent_invalid",)
    )
    signer = Offline(IDENTITY, 5, "kaka", {tariff_event(PLATFORMS["kaka"], run): bytes(32)})
    [before] = [each.event["claims"] for each in spoiled.events if each.event["type"] == "acceptance"]
    [after] = [event["claims"] for event in signer.sign(spoiled) if event["type"] == "acceptance"]
    assert after["consent"] == before["consent"]  # type: ignore[index]
