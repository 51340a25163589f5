"""Registered signers: roles, validity, and the check of a posted event."""

from __future__ import annotations

import pytest

from service.access.errors import SignerRefused, SignerUnknown
from service.access.signers import Signers
from service.core.errors import EventRejected
from tests.unit.access.fakes import MemoryStore, Times

ADDRESS = "0x" + "ab" * 20


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def signers(times: Times) -> Signers:
    return Signers(MemoryStore(), clock_ms=times.ms)


def event(address: str = ADDRESS, role: str = "platform") -> dict[str, object]:
    return {"signatures": [{"type": "eip712", "address": address, "role": role, "signature": "0x"}]}


def test_an_event_without_signatures_needs_no_signer(signers: Signers) -> None:
    signers.check("kaka", {})
    signers.check("kaka", {"signatures": []})


def test_a_registered_signer_may_sign_in_its_role_only(signers: Signers) -> None:
    signers.register("kaka", ADDRESS, "platform", None, None)
    signers.check("kaka", event())
    with pytest.raises(EventRejected) as caught:
        signers.check("kaka", event(role="guarantor"))
    assert caught.value.problems[0].pointer == "/signatures/0/address"


def test_another_platforms_signer_is_unknown(signers: Signers) -> None:
    signers.register("xianka", ADDRESS, "platform", None, None)
    with pytest.raises(EventRejected):
        signers.check("kaka", event())


def test_validity_begins_and_ends(signers: Signers, times: Times) -> None:
    now = times.ms()
    signers.register("kaka", ADDRESS, "platform", now + 1000, now + 2000)
    for seconds, allowed in ((0.0, False), (1.0, True), (1.9, True), (2.0, False)):
        times.seconds = (now / 1000) + seconds
        if allowed:
            signers.check("kaka", event())
        else:
            with pytest.raises(EventRejected):
                signers.check("kaka", event())


def test_ending_a_signer_takes_effect_at_once(signers: Signers) -> None:
    signers.register("kaka", ADDRESS, "platform", None, None)
    signers.end("kaka", ADDRESS, "platform")
    with pytest.raises(EventRejected):
        signers.check("kaka", event())
    with pytest.raises(SignerUnknown):
        signers.end("kaka", ADDRESS, "guarantor")


@pytest.mark.parametrize(
    ("address", "role", "until", "pointer"),
    [
        ("0x" + "AB" * 20, "platform", None, "/address"),
        ("ab" * 20, "platform", None, "/address"),
        (ADDRESS, "user", None, "/role"),
        (ADDRESS, "platform", 5, "/valid_until"),
    ],
)
def test_malformed_registrations_name_the_member(
    signers: Signers, address: str, role: str, until: int | None, pointer: str
) -> None:
    with pytest.raises(SignerRefused) as caught:
        signers.register("kaka", address, role, None, until)
    assert caught.value.pointer == pointer
