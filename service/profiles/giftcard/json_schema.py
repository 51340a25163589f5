"""JSON Schemas (draft 2020-12) of whole events, written from the same types that check them.

What a schema cannot say, `check_event` alone enforces: the personal numbers that ids may not be, and that no
line is listed twice (announced by the annotation `x-uniqueBy`).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct

from service.profiles.giftcard.catalogue import SCALARS, TITLES, Entry, Text, member_entry
from service.profiles.giftcard.common import Claims, Consent
from service.profiles.giftcard.envelope import CLAIM_NAME_PATTERN, MAX_CLAIMS, RESERVED_CLAIMS, Envelope
from service.profiles.giftcard.explain import members, unwrap
from service.profiles.giftcard.rules import MESSAGE_MEMBERS, SIGNED_MEMBERS, TARIFF_TRADE, UNIQUE
from service.profiles.giftcard.types import CLAIMS, EVENT_TYPES, OWN_TYPE_PATTERN

Language = Literal["zh-CN", "en"]

OWN_TYPE: Final = "x-"
"""The name under which the schema of a platform's own types is published."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_JSON_TYPES: Final = {str: "string", int: "integer", bool: "boolean", types.NoneType: "null"}
_SIGNED_CONSENT: Final[Mapping[str, Any]] = {
    "allOf": [
        {
            "if": {
                "anyOf": [
                    {"properties": {"method": {"const": "eip712"}}, "required": ["method"]},
                    {"required": ["signature"]},
                ]
            },
            "then": {
                "required": list(SIGNED_MEMBERS),
                "allOf": [
                    {
                        "if": {"properties": {"type": {"const": message}}, "required": ["type"]},
                        "then": {"required": list(names)},
                    }
                    for message, names in MESSAGE_MEMBERS.items()
                ],
            },
        }
    ]
}


def schema(event_type: str, language: Language | None = None) -> dict[str, Any]:
    """The JSON Schema of an event of the type, envelope included; `x-` gives that of a platform's own types.

    Titles and descriptions are in the given language, or in Chinese followed by English. KeyError for an
    unknown type.
    """
    writer = _Writer(language)
    body = writer.envelope(event_type)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:tallystick:giftcard:1:{event_type}",
        **writer.texts(TITLES[event_type]),
        **body,
        "$defs": dict(sorted(writer.definitions.items())),
    }


def schemas(language: Language | None = None) -> dict[str, dict[str, Any]]:
    """Every published schema by event type, the platform's own `x-` last."""
    return {event_type: schema(event_type, language) for event_type in (*EVENT_TYPES, OWN_TYPE)}


class _Writer:
    """Writes one schema and gathers the shared definitions it refers to."""

    def __init__(self, language: Language | None) -> None:
        self.language = language
        self.definitions: dict[str, dict[str, Any]] = {}

    def say(self, text: Text) -> str:
        if self.language is None:
            return f"{text.zh} / {text.en}"
        return text.en if self.language == "en" else text.zh

    def texts(self, entry: Entry) -> dict[str, str]:
        described = {"description": self.say(entry.note)} if entry.note else {}
        return {"title": self.say(entry.title), **described}

    def envelope(self, event_type: str) -> dict[str, Any]:
        claims = self.claims(event_type)
        body = self.object(Envelope, claims)
        properties = body["properties"]
        own = {"pattern": _ecma(OWN_TYPE_PATTERN)}
        properties["type"] |= own if event_type == OWN_TYPE else {"const": event_type}
        if event_type == "tariff":
            properties["trade"]["pattern"] = f"^{TARIFF_TRADE}"
        body["dependentRequired"] = {"disclosures": ["decoy"], "decoy": ["disclosures"]}
        return body

    def claims(self, event_type: str) -> dict[str, Any]:
        """The claims of a type: known ones described, unknown ones allowed under a claim's name."""
        body = self.object(Claims if event_type == OWN_TYPE else CLAIMS[event_type])
        body["propertyNames"] = {
            "pattern": _ecma(CLAIM_NAME_PATTERN),
            "not": {"enum": sorted(RESERVED_CLAIMS)},
        }
        body["maxProperties"] = MAX_CLAIMS
        if event_type in UNIQUE:
            member, key = UNIQUE[event_type]
            body["properties"][member]["x-uniqueBy"] = key
        return body

    def object(self, struct: type[Struct], claims: dict[str, Any] | None = None) -> dict[str, Any]:
        properties = {}
        for field in members(struct):
            shape = claims if claims is not None and field.name == "claims" else self.value(field.type)
            properties[field.encode_name] = {**self.texts(member_entry(struct, field.encode_name)), **shape}
        body: dict[str, Any] = {"type": "object", "properties": properties}
        if required := [field.encode_name for field in members(struct) if field.required]:
            body["required"] = required
        if struct.__struct_config__.forbid_unknown_fields:
            body["additionalProperties"] = False
        return body

    def value(self, hint: Any) -> dict[str, Any]:
        hint, meta = unwrap(hint)
        if isinstance(hint, type) and issubclass(hint, Struct):
            return self.defined(hint.__name__, lambda: self.named(hint))
        if get_origin(hint) is list:
            return {"type": "array", "items": self.value(get_args(hint)[0]), **_sizes(meta, "Items")}
        if get_origin(hint) in (Union, types.UnionType):
            return {"anyOf": [self.value(arm) for arm in get_args(hint)]}
        if get_origin(hint) is Literal:
            return {"type": "string", "enum": list(get_args(hint))}
        if meta is None or not meta.extra:
            return {"type": _JSON_TYPES[hint]}
        return self.scalar(hint, meta, meta.extra["scalar"])

    def named(self, struct: type[Struct]) -> dict[str, Any]:
        body = {**self.texts(TITLES[struct.__name__]), **self.object(struct)}
        if struct is Consent:
            body |= deepcopy(_SIGNED_CONSENT)
        return body

    def scalar(self, hint: Any, meta: Meta, name: str) -> dict[str, Any]:
        limits = {"minimum": meta.ge, "maximum": meta.le, "pattern": meta.pattern and _ecma(meta.pattern)}
        told = {limit: value for limit, value in limits.items() if value is not None}
        body = {
            "description": self.say(SCALARS[name]),
            "type": _JSON_TYPES[hint],
            **told,
            **_sizes(meta, "Length"),
        }
        # The two spellings of a line, number and text, are one notion to readers but two definitions here.
        return self.defined(f"{name}_number" if name == "line" and hint is int else name, lambda: body)

    def defined(self, name: str, write: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if name not in self.definitions:
            self.definitions[name] = write()
        return {"$ref": f"#/$defs/{name}"}


def _sizes(meta: Meta | None, what: str) -> dict[str, int]:
    sizes = {f"min{what}": meta.min_length, f"max{what}": meta.max_length} if meta else {}
    return {name: size for name, size in sizes.items() if size is not None}


def _ecma(pattern: str) -> str:
    """ECMA-262 has no \\Z; its `$` without the multiline flag means the same."""
    return pattern.replace(r"\Z", "$")
