"""The published schemas and the catalogue behind them are complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from msgspec import Struct

from service.profiles import giftcard
from service.profiles.giftcard import catalogue, common, envelope
from service.profiles.giftcard.explain import members
from service.profiles.giftcard.types import CLAIMS


def structs(cls: type[Struct] = Struct) -> Iterator[type[Struct]]:
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("service.profiles.giftcard") and not sub.__name__.endswith("Event"):
            yield sub
        yield from structs(sub)


@pytest.mark.parametrize("event_type", giftcard.EVENT_TYPES)
def test_the_schema_is_valid_and_takes_the_example(event_type: str) -> None:
    schema = giftcard.schema(event_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(giftcard.example(event_type))


def test_a_platforms_own_types_share_one_schema() -> None:
    validator = jsonschema.Draft202012Validator(giftcard.schema("x-"))
    event = giftcard.example("quote") | {"claims": {"anything": None}}
    assert validator.is_valid(event | {"type": "x-kaka"})
    assert not validator.is_valid(event)
    with pytest.raises(KeyError):
        giftcard.schema("x-kaka")


@pytest.mark.parametrize("language", [None, "zh-CN", "en"])
def test_every_property_is_titled(language: Any) -> None:
    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict) and "title" in node:
                yield node
            for value in node.values():
                yield from objects(value)

    for schema in giftcard.schemas(language).values():
        for node in objects(schema):
            for name, member in node["properties"].items():
                assert member["title"], name
                assert ("$ref" in member) or ("type" in member) or ("anyOf" in member) or ("const" in member)
        for definition in schema["$defs"].values():
            assert definition.get("title") or definition.get("description")


def test_the_catalogue_has_every_member_and_nothing_stale() -> None:
    named = {cls.__name__ for cls in structs()}
    assert set(catalogue.MEMBERS) <= named
    for cls in structs():
        for field in members(cls):
            assert catalogue.member_entry(cls, field.encode_name).title.zh
    by_name = {cls.__name__: cls for cls in structs()}
    for name, entries in catalogue.MEMBERS.items():
        assert set(entries) <= {field.encode_name for field in members(by_name[name])}, name
    assert set(catalogue.TITLES) <= named | set(CLAIMS) | {"x-"}


def test_both_languages_are_written() -> None:
    def chinese(text: str) -> bool:
        return any("一" <= letter <= "鿿" for letter in text)

    entries = [
        *catalogue.TITLES.values(),
        *(e for group in catalogue.MEMBERS.values() for e in group.values()),
    ]
    for entry in entries:
        for text in (entry.title, entry.note):
            if text is not None:
                assert chinese(text.zh), text
                assert text.en, text
                assert not chinese(text.en), text
    for text in catalogue.SCALARS.values():
        assert text.en
        assert not chinese(text.en)


def test_envelope_and_claims_are_the_schemas_own() -> None:
    schema = giftcard.schema("quote")
    assert list(schema["properties"]) == [field.encode_name for field in members(envelope.Envelope)]
    assert schema["additionalProperties"] is False
    claims = schema["properties"]["claims"]
    assert "additionalProperties" not in claims
    assert {field.encode_name for field in members(common.Claims)} <= set(claims["properties"])
