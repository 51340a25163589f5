"""Paper receipts: codes with what they say, and codes to refuse."""

from __future__ import annotations

from typing import Any

from tests.reference import genuine
from tests.reference.paper_sheet import cut, field, fields, huffman, leb128, stored

Value = dict[str, Any]
VERSION = b"\x01"


def build() -> Value:
    """The content of `paper.json`."""
    return {
        "comment": "Codes in the order found. With the trust file they make `receipt`, which verifies as "
        "not_anchored_yet. DEFLATE may be written otherwise.",
        "now": genuine.NOW,
        "trust": genuine.trust(),
        "accepted": accepted(),
        "refused": refused(),
    }


def accepted() -> list[Value]:
    """Both forms of DEFLATE, several sizes of codes, any order, repeated codes, foreign codes."""
    rows = []
    for name, index in (
        ("quote", genuine.QUOTE),
        ("acceptance", genuine.ACCEPTANCE),
        ("payout", genuine.PAYOUT),
    ):
        receipt = {**genuine.genuine(index), "anchors": []}
        receipt.pop("hints")
        for form, pack in (("stored", stored), ("fixed codes", huffman)):
            rows.append(_row(f"{name}, {form}", receipt, cut(VERSION + pack(fields(receipt)))))
        codes = cut(VERSION + stored(fields(receipt)))
        foreign = [b"https://evidence.example/case/1", b"TS2", b""]
        mixed_up = [codes[-1], *foreign, *codes[:-1], codes[0]]
        rows.append(_row(f"{name}, another order, repeated and foreign codes", receipt, mixed_up))
    short = {**genuine.genuine(genuine.QUOTE), "anchors": [], "disclosures": []}
    short.pop("hints")
    rows.append(_row("nothing disclosed", short, cut(VERSION + stored(fields(short)))))
    rows.append(_row("smaller codes than need be", short, cut(VERSION + stored(fields(short)), 400)))
    return rows


def _row(name: str, receipt: Value, codes: list[bytes]) -> Value:
    return {"name": name, "codes": [genuine.hexed(code) for code in codes], "receipt": receipt}


def refused() -> list[Value]:
    """One reason each; `kind` is none, incomplete, mixed or damaged."""
    receipt = genuine.genuine(genuine.QUOTE)
    other = genuine.genuine(genuine.PAYOUT)
    plain = fields(receipt)
    codes = cut(VERSION + stored(plain))
    log, rest = plain[:33], plain[33:]
    note = field(receipt["checkpoint"].encode())
    flipped = codes[1][:40] + bytes([codes[1][40] ^ 1]) + codes[1][41:]

    def bent(name: str, changed: bytes) -> Value:
        return _refused(name, "damaged", cut(VERSION + stored(changed)))

    return [
        _refused("no code at all", "none", []),
        _refused("only foreign codes", "none", [b"https://evidence.example/", b"TS0" + codes[0][3:]]),
        _refused("one code missing", "incomplete", codes[:1] + codes[2:]),
        _refused("codes of two receipts", "mixed", codes + cut(VERSION + stored(fields(other)))),
        _refused("a changed byte", "damaged", [codes[0], flipped, *codes[2:]]),
        _refused("two codes with one number", "damaged", [*codes, flipped]),
        _refused(
            "numbers exchanged", "damaged", [_renumber(codes[1], 1), _renumber(codes[0], 2), *codes[2:]]
        ),
        _refused("number 0", "damaged", [_renumber(codes[0], 0), *codes]),
        _refused("number above the count", "damaged", [_renumber(codes[0], len(codes) + 1), *codes]),
        _refused("five codes", "damaged", cut(VERSION + stored(plain), 250)),
        _refused(
            "the codes disagree about their count",
            "damaged",
            [codes[0][:4] + b"\x04" + codes[0][5:], *codes[1:]],
        ),
        _refused("a code with nothing in it", "damaged", [codes[0][:9], *codes]),
        _refused("a code longer than version 20-M holds", "damaged", cut(VERSION + stored(plain), 658)),
        _refused("version 2", "damaged", cut(b"\x02" + stored(plain))),
        _refused("not DEFLATE", "damaged", cut(VERSION + b"\x07" + plain)),
        _refused("DEFLATE that does not end", "damaged", cut(VERSION + stored(plain)[:-1])),
        _refused("bytes after DEFLATE", "damaged", cut(VERSION + stored(plain) + b"\x00")),
        _refused("unfolds beyond the limit", "damaged", cut(VERSION + huffman(plain[:40] + b"a", 1100))),
        bent("bytes after the note", plain + b"\x00"),
        bent("ends within the note", plain[:-1]),
        bent("a length in a longer form", b"\xa0\x00" + plain[1:]),
        bent("a length above 2^53-1", log + b"\xff" * 7 + b"\x7f" + rest),
        bent("a log id of 31 bytes", field(log[1:32]) + rest),
        bent("half a hash in the path", _counted(receipt, 0, path=bytes(48))),
        bent("more disclosures than there are", _counted(receipt, 100)),
        bent("an empty disclosure", _counted(receipt, 1, field(b""))),
        bent("a note that is not UTF-8", plain[: -len(note)] + field(b"\xff\xfe")),
        bent("an entry that is not UTF-8", log + leb128(3) + field(b"\xc3") + leb128(0) + field(b"") + note),
    ]


def _counted(receipt: Value, count: int, told: bytes = b"", path: bytes = b"") -> bytes:
    head = field(bytes.fromhex(receipt["log"]["id"][2:])) + leb128(receipt["index"])
    tail = field(path) + field(receipt["checkpoint"].encode())
    return head + field(receipt["entry"].encode()) + leb128(count) + told + tail


def _renumber(code: bytes, number: int) -> bytes:
    return code[:3] + bytes([number]) + code[4:]


def _refused(name: str, kind: str, codes: list[bytes]) -> Value:
    return {"name": name, "kind": kind, "codes": [genuine.hexed(code) for code in codes]}
