"""One platform's share of the service."""

from __future__ import annotations

import pytest

from service.api.admission import Admission
from service.api.problems import Refusal


def test_beyond_the_limit_is_429_and_others_are_not_touched() -> None:
    admission = Admission(2)
    with admission.admit("kaka"), admission.admit("kaka"):
        with pytest.raises(Refusal) as caught, admission.admit("kaka"):
            pass
        assert (caught.value.kind.status, caught.value.headers["retry-after"]) == (429, "1")
        with admission.admit("xianka"):
            pass
    with admission.admit("kaka"), admission.admit("kaka"):
        pass


def test_a_failed_request_gives_its_place_back() -> None:
    admission = Admission(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="boom"), admission.admit("kaka"):
            raise ValueError("boom")
