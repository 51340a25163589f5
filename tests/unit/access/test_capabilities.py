from __future__ import annotations

import os

from service.access import api_keys
from service.access.capabilities import caller_print, code_print, kind_of, mint_capability, token_print

PEPPER = bytes(32)


def test_tokens_name_their_kind_and_carry_a_checksum() -> None:
    for kind in ("share", "grant"):
        token = mint_capability(kind, os.urandom)
        assert token.startswith(f"tally_{kind}_")
        assert kind_of(token) == kind
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        assert kind_of(wrong) is None
        assert not api_keys.well_formed(token), "a capability is no API key"


def test_an_api_key_is_no_capability() -> None:
    assert kind_of(api_keys.mint("live", os.urandom)) is None
    assert kind_of(api_keys.mint("admin", os.urandom)) is None
    assert kind_of("tally_share_") is None
    assert kind_of("tally_share_" + "ä" * 38) is None


def test_no_two_kinds_of_hash_meet() -> None:
    prints = {token_print(PEPPER, "x" * 11), code_print(PEPPER, "x" * 11), caller_print(PEPPER, "x" * 11)}
    assert len({each[:16] for each in prints}) == 3
    assert code_print(PEPPER, "A" * 11) != code_print(bytes([1]) * 32, "A" * 11)
