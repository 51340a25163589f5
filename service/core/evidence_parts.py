"""The smaller members of evidence: registered keys, final blocks, attachments, time stamps."""

from __future__ import annotations

from dataclasses import dataclass

from service.core import shape
from service.core.eip712 import check_address
from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex
from service.core.note import decode_base64, encode_base64
from service.core.times import format_time, parse_time

_KEY = frozenset({"address", "role", "valid_from", "valid_until"})
_FINAL = frozenset({"chain_id", "hash"})
_ATTACHMENT = frozenset({"digest", "media_type", "bytes", "label", "entries"})
_STAMP = frozenset({"size", "root", "checkpoint", "consistency", "token", "authority"})
_MAX_PATH = 64
_MAX_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A key the platform registered: the address may act in `role` within [valid_from, valid_until) (ms)."""

    address: str
    role: str
    valid_from: int
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class FinalBlock:
    """A block that whoever took the evidence calls final."""

    chain_id: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AttachmentNote:
    """A file that entries of the trade refer to: SHA-256, size in bytes, and the seqs of those entries."""

    digest: bytes
    media_type: str
    size: int
    label: str | None
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StampNote:
    """An RFC 3161 time stamp over the signed note `checkpoint`, of (size, root); `token` is DER.

    `consistency` proves that tree a prefix of the one under the evidence's own checkpoint.
    """

    size: int
    root: bytes
    checkpoint: str
    consistency: tuple[bytes, ...]
    token: bytes
    authority: str


def parse_key(value: object, at: str) -> RegisteredKey:
    """One element of `keys`. FormatError."""
    m = shape.members(value, _KEY, at)
    until = m["valid_until"]
    return RegisteredKey(
        check_address(m["address"], f"{at}/address"),
        shape.text(m["role"], f"{at}/role"),
        parse_time(m["valid_from"], f"{at}/valid_from"),
        None if until is None else parse_time(until, f"{at}/valid_until"),
    )


def key_value(key: RegisteredKey) -> dict[str, object]:
    """The JSON value of a registered key."""
    return {
        "address": key.address,
        "role": key.role,
        "valid_from": format_time(key.valid_from),
        "valid_until": None if key.valid_until is None else format_time(key.valid_until),
    }


def parse_final(value: object, at: str) -> FinalBlock:
    """One element of `final`. FormatError."""
    m = shape.members(value, _FINAL, at)
    chain_id = shape.integer(m["chain_id"], f"{at}/chain_id", 1)
    return FinalBlock(chain_id, from_hex(m["hash"], 32, f"{at}/hash"))


def parse_attachment(value: object, at: str) -> AttachmentNote:
    """One element of `attachments`. FormatError."""
    m = shape.members(value, _ATTACHMENT, at)
    entries = shape.elements(m["entries"], f"{at}/entries", _MAX_ENTRIES)
    return AttachmentNote(
        digest=from_hex(m["digest"], 32, f"{at}/digest"),
        media_type=shape.text(m["media_type"], f"{at}/media_type"),
        size=shape.integer(m["bytes"], f"{at}/bytes"),
        label=None if m["label"] is None else shape.text(m["label"], f"{at}/label"),
        entries=tuple(shape.integer(each, f"{at}/entries/{n}") for n, each in enumerate(entries)),
    )


def attachment_value(note: AttachmentNote) -> dict[str, object]:
    """The JSON value of an attachment."""
    return {
        "digest": to_hex(note.digest),
        "media_type": note.media_type,
        "bytes": note.size,
        "label": note.label,
        "entries": list(note.entries),
    }


def parse_stamp(value: object, at: str) -> StampNote:
    """One element of `timestamps`. FormatError."""
    m = shape.members(value, _STAMP, at)
    path = shape.elements(m["consistency"], f"{at}/consistency", _MAX_PATH)
    try:
        token = decode_base64(shape.text(m["token"], f"{at}/token"))
    except FormatError as error:
        raise FormatError(error.message, f"{at}/token") from None
    return StampNote(
        size=shape.integer(m["size"], f"{at}/size", 1),
        root=from_hex(m["root"], 32, f"{at}/root"),
        checkpoint=shape.text(m["checkpoint"], f"{at}/checkpoint"),
        consistency=tuple(from_hex(each, 32, f"{at}/consistency/{n}") for n, each in enumerate(path)),
        token=token,
        authority=shape.text(m["authority"], f"{at}/authority"),
    )


def stamp_value(stamp: StampNote) -> dict[str, object]:
    """The JSON value of a time stamp."""
    return {
        "size": stamp.size,
        "root": to_hex(stamp.root),
        "checkpoint": stamp.checkpoint,
        "consistency": [to_hex(each) for each in stamp.consistency],
        "token": encode_base64(stamp.token),
        "authority": stamp.authority,
    }
