from __future__ import annotations

import pytest

from service.core.errors import EventRejected
from service.core.ids import check_id, id_problem

ACCEPTED = [
    "T-2026-000123",
    "a",
    "A" * 64,
    "tariff:2026-01",
    "._:-",
    "q-13800138000",  # a letter: not the number itself
    "23800138000",  # no mobile prefix
    "12800138000",
    "1380013800",  # ten digits
    "138001380001",  # twelve
    "8713800138000",
    "4929123456789012",  # passes for a bank card; no Luhn test
    "4111111111111111",
    "110105194912310021",  # wrong check digit
    "990105194912310023",  # no such region, check digit right
    "110105194913310021",  # no thirteenth month, check digit right
    "110105194902300020",  # no 30 February, check digit right
    "110105290001010026",  # year 2900, check digit right
    "20261122-0000-000000001",
    "990105491231002",  # fifteen digits: no such region
    "110105491331002",  # no such month
    "110105490230002",  # no such day
    "X" * 18,
]

REFUSED = {
    "13800138000": "id_mobile_number",
    "19912345678": "id_mobile_number",
    "138-0013-8000": "id_mobile_number",
    "1.3.8.0.0.1.3.8.0.0.0": "id_mobile_number",
    "8613800138000": "id_mobile_number",
    "86-138:0013_8000": "id_mobile_number",
    "008613800138000": "id_mobile_number",
    "-13800138000-": "id_mobile_number",
    "11010519491231002X": "id_identity_number",  # the example of GB 11643
    "11010519491231002x": "id_identity_number",
    "110105-19491231-002X": "id_identity_number",
    "440524188001010014": None,  # 1880: nobody is that old
    "110105491231002": "id_identity_number",
    "110105-491231-002": "id_identity_number",
    "830000199201300022": "id_identity_number",  # residence permit of Taiwan compatriots
    "": "id_pattern",
    "A" * 65: "id_pattern",
    "a b": "id_pattern",
    "a/b": "id_pattern",
    "a+b": "id_pattern",
    "é": "id_pattern",
    "１３８": "id_pattern",
    "a\n": "id_pattern",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted(text: str) -> None:
    assert check_id(text, "/event") == text


@pytest.mark.parametrize(("text", "code"), REFUSED.items())
def test_refused(text: str, code: str | None) -> None:
    problem = id_problem(text, "/trade")
    assert (problem.code if problem else None) == code
    if problem:
        assert problem.pointer == "/trade"
        assert (
            text == "" or text not in problem.detail or len(text) == 1
        )  # a refusal does not repeat the number
        with pytest.raises(EventRejected) as refusal:
            check_id(text, "/trade")
        assert refusal.value.problems == (problem,)


@pytest.mark.parametrize("value", [None, 13800138000, b"a", ["a"], True])
def test_other_types(value: object) -> None:
    with pytest.raises(EventRejected):
        check_id(value, "/event")
