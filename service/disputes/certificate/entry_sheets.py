"""One entry as a row of the timeline and as a sheet of its own."""

from __future__ import annotations

from typing import Any

from service.core.hexs import to_hex
from service.disputes.certificate import claims
from service.disputes.certificate.glyphs import legible
from service.disputes.certificate.model import EntryRecord
from service.disputes.certificate.words import moment, moment_line, say, texts, value_word
from service.profiles.giftcard.catalogue import TITLES

Json = dict[str, Any]
_ENVELOPE = frozenset({"capture", "actor", "presented", "corroboration"})


def timeline_row(entry: EntryRecord) -> Json:
    """One line of the timeline."""
    zh, en = _title(entry.type)
    grade = entry.grade.grade if entry.grade is not None else None
    return {
        "seq": entry.seq,
        "sealed": False,
        "zh": zh,
        "en": en,
        "event": legible(entry.event),
        "occurred": moment(entry.occurred),
        "received": moment(entry.received),
        "anchored": _anchored_at(entry),
        "proved": entry.anchor is not None and entry.anchor.proved,
        "listed": entry.anchor is not None,
        "grade": str(grade) if grade else ("?" if entry.grade is not None else ""),
        "supports": supports(entry),
        "erased": entry.erased is not None,
    }


def supports(entry: EntryRecord) -> list[bool]:
    """What stands behind an entry, in the order of the catalogue's `supports`."""
    capture = entry.claims.get("capture")
    return [
        bool(entry.signatures),
        isinstance(capture, dict) and "system" in capture and "version" in capture,
        isinstance(entry.claims.get("presented"), dict),
        bool(entry.claims.get("corroboration")),
        entry.anchor is not None and entry.anchor.proved,
        entry.stamp is not None,
    ]


def entry_sheet(entry: EntryRecord) -> Json:
    """Everything about one entry; rows name their label in the catalogue."""
    zh, en = _title(entry.type)
    content, left_out = claims.rows(entry.type, entry.claims, _ENVELOPE)
    return {
        "seq": entry.seq,
        "zh": zh,
        "en": en,
        "event": legible(entry.event),
        "type": legible(entry.type),
        "times": _times(entry),
        "circumstances": _circumstances(entry),
        "proofs": _proofs(entry),
        "content": [
            {
                "depth": row.depth,
                "zh": legible(row.zh),
                "en": legible(row.en),
                "value": legible(row.value),
                "mono": row.mono,
            }
            for row in content
        ],
        "left_out": _pair(say("more_rows", count=left_out)) if left_out else None,
        "notes": _notes(entry),
    }


def _times(entry: EntryRecord) -> list[Json]:
    rows = [
        _row("occurred", moment_line(entry.occurred)),
        _row("received", moment_line(entry.received)),
    ]
    anchor = entry.anchor
    if anchor is None:
        rows.append(_said("anchored", texts()["labels"]["not_anchored"]))
    elif not anchor.proved or anchor.timestamp is None:
        rows.append(_said("anchored", texts()["labels"]["node_word"]))
    else:
        rows.append(_row("anchored", moment_line(anchor.timestamp * 1000)))
    return rows


def _circumstances(entry: EntryRecord) -> list[Json]:
    """Who, by which system, what was shown, who else says so, how the user agreed."""
    rows = [_envelope(entry, name) for name in ("actor", "capture", "presented", "corroboration")]
    if entry.grade is not None:
        letter = str(entry.grade.grade) if entry.grade.grade else "—"
        rows.append(_said("grade", [f"{letter}　{entry.grade.zh}", f"{letter}  {entry.grade.en}"]))
    signers = [f"{value_word(role)}  {address}" for role, address in entry.signatures]
    rows.append(_row("signed_by", *signers, mono=True) if signers else _none("signed_by"))
    return rows


def _proofs(entry: EntryRecord) -> list[Json]:
    promise = entry.promise
    rows = [
        _row("canonical", "RFC 8785 (JCS)"),
        _row("sha256", to_hex(entry.sha256), mono=True),
        _row("sm3", to_hex(entry.sm3), mono=True),
        _row("statement", to_hex(entry.digest), mono=True),
        _row("leaf", to_hex(entry.leaf), mono=True),
        _said("place", say("place", index=entry.index, size=entry.path_size)),
        _row("path", *(to_hex(each) for each in entry.path), mono=True) if entry.path else _row("path", "—"),
        _row("root", to_hex(entry.path_root), mono=True),
        _said(
            "promise",
            say(
                "promise", signed=moment(promise.signed_at * 1000)[0], by=moment(promise.anchor_by * 1000)[0]
            ),
        ),
    ]
    return rows + _chain_rows(entry)


def _chain_rows(entry: EntryRecord) -> list[Json]:
    anchor, rows = entry.anchor, []
    if anchor is not None and anchor.proved and anchor.timestamp is not None:
        time = moment(anchor.timestamp * 1000)[0]
        rows.append(_said("anchor", say("anchor_time", time=time, block=anchor.block_number)))
        if anchor.prev_signed_at and anchor.prev_size is not None and entry.index >= anchor.prev_size:
            rows.append(_said("", say("not_before", time=moment(anchor.prev_signed_at * 1000)[0])))
        if anchor.block_hash is not None:
            rows.append(_row("block", to_hex(anchor.block_hash), mono=True))
        final = {True: "final_yes", False: "final_no", None: "final_unknown"}[anchor.final]
        rows.append(_said("finality", say(final)))
    if entry.hints.tx and anchor is not None:
        rows.append(_row("tx", entry.hints.tx, mono=True))
    if entry.stamp is not None:
        stamp = entry.stamp
        rows.append(_row("stamp", f"{stamp.authority} #{stamp.serial}", moment_line(stamp.time)))
        rows.append(_said("", say("stamp", size=stamp.size)))
    return rows


def _envelope(entry: EntryRecord, name: str) -> Json:
    """One of the claims that any event may carry, on as few lines as it needs."""
    told = {name: entry.claims[name]} if name in entry.claims else {}
    found, _ = claims.rows(entry.type, told, frozenset())
    hashes = [f"{row.zh}：{row.value}" for row in found if row.mono]
    words = "；".join(f"{row.zh}：{row.value}" for row in found if row.value and not row.mono)
    lines = [words, *hashes] if words else hashes
    return _row(name, *lines) if lines else _none(name)


def _notes(entry: EntryRecord) -> list[list[str]]:
    notes = []
    if entry.erased is not None:
        event, time = entry.erased
        notes.append(_pair(say("erased", event=event, when=moment(time)[0])))
    elif entry.withheld:
        notes.append(_pair(say("withheld", count=entry.withheld)))
    return notes


def _title(event_type: str) -> tuple[str, str]:
    known = TITLES.get(event_type)
    return (known.title.zh, known.title.en) if known is not None else (legible(event_type), "")


def _anchored_at(entry: EntryRecord) -> tuple[str, str] | None:
    anchor = entry.anchor
    if anchor is None or anchor.timestamp is None:
        return None
    return moment(anchor.timestamp * 1000)


def _row(key: str, *values: str, mono: bool = False) -> Json:
    return {"key": key, "values": [legible(each) for each in values], "en": None, "mono": mono}


def _said(key: str, pair: tuple[str, str] | list[str]) -> Json:
    return {"key": key, "values": [legible(pair[0])], "en": legible(pair[1]), "mono": False}


def _none(key: str) -> Json:
    zh, en = texts()["labels"]["none_stated"]
    return {"key": key, "values": [f"{zh} {en}"], "en": None, "mono": False}


def _pair(pair: tuple[str, str]) -> list[str]:
    return [legible(pair[0]), legible(pair[1])]
