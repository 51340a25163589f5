from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidTag

from service.webhooks.schedule import ATTEMPTS, next_attempt
from service.webhooks.signing import SecretBox, mint_secret, sign

HOUR_MS = 3_600_000


def test_the_specifications_own_example() -> None:
    # The example of the Standard Webhooks specification.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_secrets_sign_during_a_rotation() -> None:
    secrets = [mint_secret(os.urandom) for _ in range(2)]
    both = sign(secrets, "msg_1", 7, b"{}").split(" ")
    assert both == [sign([secret], "msg_1", 7, b"{}") for secret in secrets]


def test_sealed_secrets_open_for_their_endpoint_under_their_key_only() -> None:
    box, secret = SecretBox(bytes(32), os.urandom), mint_secret(os.urandom)
    sealed = box.seal(secret, "wh_1")
    assert secret.encode() not in sealed
    assert box.open(sealed, "wh_1") == secret
    assert box.seal(secret, "wh_1") != sealed
    for other, endpoint in ((box, "wh_2"), (SecretBox(b"\1" * 32, os.urandom), "wh_1")):
        with pytest.raises(InvalidTag):
            other.open(sealed, endpoint)


def test_attempts_reach_over_three_days_with_growing_pauses() -> None:
    now, pauses = 0, []
    for attempts in range(1, ATTEMPTS):
        following = next_attempt(attempts, now, 0.0)
        assert following is not None
        pauses.append(following - now)
        now = following
    assert pauses == sorted(pauses)
    assert pauses[0] == 5000
    assert 72 * HOUR_MS < now < 96 * HOUR_MS
    assert next_attempt(ATTEMPTS, now, 0.0) is None


def test_chance_spreads_a_pause_by_a_fifth() -> None:
    assert next_attempt(2, 0, 0.999) in range(300_000, 360_001)
