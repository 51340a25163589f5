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
        (ADDRESS, "king", None, "/role"),
        (ADDRESS, "platform", 5, "/valid_until"),
    ],
)
def test_malformed_registrations_name_the_member(
    signers: Signers, address: str, role: str, until: int | None, pointer: str
) -> None:
    with pytest.raises(SignerRefused) as caught:
        signers.register("kaka", address, role, None, until)
    assert caught.value.pointer == pointer


def test_a_users_key_consents_and_signs_no_entry(signers: Signers) -> None:
    signers.register("kaka", ADDRESS, "user", None, None)
    with pytest.raises(EventRejected):
        signers.check("kaka", event(role="user"))


def test_a_users_key_is_not_bound_before_it_was_registered(signers: Signers, times: Times) -> None:
    first = times.ms()
    assert signers.register("kaka", ADDRESS, "user", first - 5_000, None).valid_from == first
    assert signers.register("kaka", "0x" + "cd" * 20, "user", first + 5_000, None).valid_from == first + 5_000
    times.seconds += 60
    again = signers.register("kaka", ADDRESS, "user", None, times.ms() + 1_000)
    assert again.valid_from == first, "the registration goes on"
    signers.end("kaka", ADDRESS, "user")
    times.seconds += 60
    revived = signers.register("kaka", ADDRESS, "user", first, None)
    assert revived.valid_from == times.ms(), "what was signed while it was ended stays so"
    service = signers.register("kaka", ADDRESS, "platform", first - 5_000, None)
    assert service.valid_from == first - 5_000
