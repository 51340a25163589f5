"""The paper receipt: a receipt's POST-time promise in at most four QR codes (docs/protocol.md §18).

A receipt is packed into fields, compressed (raw DEFLATE, RFC 1951), and cut into codes of at most 666 bytes,
which is what a QR code of version 20-M holds in byte mode. Anchors stay behind: paper is printed at the
counter, and whoever has it completes it from the public proofs. Chain id and registry stay behind too: the
reader's trust file knows them for the log id, so that paper never brings its own trust.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

from service.core import disclosure as disclosures
from service.core.canonical import MAX_INTEGER
from service.core.checkpoint import eip712_key_id, parse_signed
from service.core.eip712 import domain_separator
from service.core.errors import FormatError, TallyError
from service.core.receipt import MAX_PATH, Receipt, ReceiptLog
from service.core.trust import Trust, TrustedChain

MAGIC: Final = b"TS1"
MAX_CODES: Final = 4
MAX_CODE_BYTES: Final = 666
"""Byte mode of a QR code of version 20 with error correction level M (ISO/IEC 18004, table 7)."""
HEADER_BYTES: Final = 9
MAX_STREAM_BYTES: Final = MAX_CODES * (MAX_CODE_BYTES - HEADER_BYTES)
MAX_FIELDS_BYTES: Final = 262_144
"""Of the fields before compression: DEFLATE could unfold 2.6 kB into 2.7 MB."""
_VERSION: Final = b"\x01"
_MAX_DISCLOSURES: Final = 1024


class PaperError(FormatError):
    """Codes that do not make one receipt."""


class NoPaper(PaperError):
    """None of the codes is of a paper receipt."""


class PaperMixed(PaperError):
    """The codes are of several receipts."""


class PaperIncomplete(PaperError):
    """Some codes are missing: `missing` are their numbers of 1 to `parts`."""

    def __init__(self, parts: int, missing: tuple[int, ...]) -> None:
        numbers = " and ".join(str(each) for each in missing)
        found = parts - len(missing)
        super().__init__(f"{found} of {parts} codes found: photograph code {numbers}")
        self.parts = parts
        self.missing = missing


class PaperTooLarge(TallyError):
    """The receipt does not fit four codes even without disclosures; `needed` and `room` in bytes."""

    def __init__(self, needed: int, room: int) -> None:
        super().__init__(f"the receipt needs {needed} bytes, and {MAX_CODES} codes hold {room}")
        self.needed = needed
        self.room = room


class PaperOfUnknownLog(TallyError):
    """The trust file does not know the log, so chain and registry of the paper receipt are not known."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What to print: each code's bytes in order, and the claims that had no room, largest first."""

    codes: tuple[bytes, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """What the codes say: a receipt without its anchors, chain id and registry. Nothing is verified."""

    log_id: bytes
    index: int
    entry: bytes
    disclosures: tuple[str, ...]
    inclusion: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Group:
    """The codes of one receipt among many: its tag, how many there are in all, and those found by number."""

    tag: bytes
    parts: int
    found: dict[int, bytes]

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the codes that were not found."""
        return tuple(n for n in range(1, self.parts + 1) if n not in self.found)


def encode(receipt: Receipt) -> Paper:
    """The codes of a receipt. If it does not fit, its largest disclosures stay off the paper, one by one.

    Errors: PaperTooLarge; FormatError for a receipt whose parts do not parse.
    """
    kept = [disclosures.decode_base64url(each) for each in receipt.disclosures]
    order = sorted(range(len(kept)), key=lambda n: (-len(kept[n]), n))
    stream = _compress(receipt, kept)
    count = 0
    while len(stream) > MAX_STREAM_BYTES:
        if count == len(order):
            raise PaperTooLarge(len(stream), MAX_STREAM_BYTES)
        count += 1
        left_off = set(order[:count])
        stream = _compress(receipt, [each for n, each in enumerate(kept) if n not in left_off])
    dropped = tuple(disclosures.parse(receipt.disclosures[n]).name for n in order[:count])
    return Paper(_cut(stream), dropped)


def groups(codes: Iterable[bytes]) -> tuple[Group, ...]:
    """The codes of each paper receipt among any QR codes, in any order, repetitions allowed.

    Errors: PaperError for two different codes with one number, or that disagree about how many there are.
    """
    found: dict[bytes, Group] = {}
    for code in codes:
        if not code.startswith(MAGIC):
            continue  # another QR code on the same sheet
        part, parts, tag = _header(code)
        group = found.setdefault(tag, Group(tag, parts, {}))
        if group.parts != parts:
            raise PaperError(f"codes of one receipt that count {group.parts} and {parts} codes")
        if group.found.setdefault(part, code[HEADER_BYTES:]) != code[HEADER_BYTES:]:
            raise PaperError(f"two different codes with the number {part}")
    return tuple(found.values())


def decode(codes: Iterable[bytes]) -> Printed:
    """The receipt on one sheet of paper, from all its codes in any order; other QR codes are passed over.

    Errors: NoPaper, PaperIncomplete, PaperMixed, or PaperError for codes that were damaged.
    """
    sheets = groups(codes)
    if not sheets:
        raise NoPaper("none of the QR codes is of a paper receipt")
    if len(sheets) > 1:
        counts = ", ".join(f"{len(each.found)} of {each.parts}" for each in sheets)
        raise PaperMixed(f"codes of {len(sheets)} receipts ({counts}): photograph one receipt at a time")
    return decode_group(sheets[0])


def decode_group(group: Group) -> Printed:
    """The receipt of one group of codes. Errors: PaperIncomplete, PaperError."""
    if group.missing:
        raise PaperIncomplete(group.parts, group.missing)
    stream = b"".join(group.found[n] for n in range(1, group.parts + 1))
    if sha256(stream).digest()[:4] != group.tag:
        raise PaperError("the codes do not fit together: one of them was changed")
    if stream[:1] != _VERSION:
        raise PaperError("a paper receipt of another version")
    return _read(_inflate(stream[1:]))


def to_receipt(printed: Printed, trust: Trust) -> Receipt:
    """The receipt as it was at the POST (`anchors` empty); chain id and registry come from the trust file.

    Where a chain has several trusted registries, the one that the checkpoint's key id was made for is taken.
    Errors: PaperOfUnknownLog.
    """
    log = trust.log(printed.log_id)
    if log is None:
        raise PaperOfUnknownLog(f"the trust file does not name the log {printed.log_id.hex()}")
    candidates = [chain for chain in trust.chains if chain.chain_id == log.chain_id]
    if not candidates:
        raise PaperOfUnknownLog(f"the trust file names no registry on chain {log.chain_id}")
    addresses = [key.address for key in log.keys]
    chosen = _signed_for(printed.checkpoint, log.origin, addresses, candidates) or candidates[0]
    return Receipt(
        log=ReceiptLog(log.origin, log.id, log.chain_id, chosen.registry),
        entry=printed.entry,
        disclosures=printed.disclosures,
        index=printed.index,
        checkpoint=printed.checkpoint,
        inclusion=printed.inclusion,
    )


def _signed_for(
    note: str, origin: str, addresses: Sequence[str], chains: Sequence[TrustedChain]
) -> TrustedChain | None:
    try:
        wanted = parse_signed(note).key_id
    except TallyError:
        return None  # step 6 of the verification says so
    for chain in chains:
        domain = domain_separator(chain.chain_id, chain.registry)
        if any(eip712_key_id(origin, domain, address) == wanted for address in addresses):
            return chain
    return None


def _compress(receipt: Receipt, opened: Sequence[bytes]) -> bytes:
    plain = b"".join(
        (
            _field(receipt.log.id),
            _number(receipt.index),
            _field(receipt.entry),
            _number(len(opened)),
            *(_field(each) for each in opened),
            _field(b"".join(receipt.inclusion)),
            _field(receipt.checkpoint.encode()),
        )
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = _VERSION + packer.compress(plain) + packer.flush()
    # What a reader would refuse to unfold must not be printed: it counts as it is, uncompressed.
    return packed if len(plain) <= MAX_FIELDS_BYTES else plain


def _cut(stream: bytes) -> tuple[bytes, ...]:
    """As few codes as hold the stream, of equal length but for the last: QR codes of one size look best."""
    parts = -(-len(stream) // (MAX_CODE_BYTES - HEADER_BYTES))
    length = -(-len(stream) // parts)
    tag = sha256(stream).digest()[:4]
    cuts = [min(n * length, len(stream)) for n in range(parts + 1)]
    return tuple(
        MAGIC + bytes((number, parts)) + tag + stream[start:end]
        for number, (start, end) in enumerate(pairwise(cuts), 1)
    )


def _header(code: bytes) -> tuple[int, int, bytes]:
    """(part, parts, tag) of one code."""
    if not HEADER_BYTES < len(code) <= MAX_CODE_BYTES:
        raise PaperError(f"a code of {len(code)} bytes; {HEADER_BYTES + 1} to {MAX_CODE_BYTES} are possible")
    part, parts = code[3], code[4]
    if not 1 <= part <= parts <= MAX_CODES:
        raise PaperError(f"a code that says it is number {part} of {parts}; there are at most {MAX_CODES}")
    return part, parts, code[5:HEADER_BYTES]


def _inflate(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(-15)
    try:
        plain = unpacker.decompress(packed, MAX_FIELDS_BYTES + 1)
    except zlib.error as error:
        raise PaperError(f"not DEFLATE: {error}") from None
    if len(plain) > MAX_FIELDS_BYTES:
        raise PaperError(f"more than {MAX_FIELDS_BYTES} bytes when unpacked")
    if not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
        raise PaperError("the DEFLATE stream does not end where the codes end")
    return plain


def _read(plain: bytes) -> Printed:
    fields = _Fields(plain)
    log_id = fields.field("log id")
    index = fields.number("index")
    entry = fields.field("entry")
    count = fields.number("number of disclosures")
    if count > _MAX_DISCLOSURES:
        raise PaperError(f"{count} disclosures")
    opened = [fields.field(f"disclosure {n}") for n in range(count)]
    path = fields.field("path")
    note = fields.field("note")
    fields.end()
    if len(log_id) != 32 or len(path) % 32 or len(path) > 32 * MAX_PATH or b"" in opened:
        raise PaperError("a log id, path or disclosure of impossible length")
    return Printed(
        log_id=log_id,
        index=index,
        entry=_text(entry, "entry").encode(),
        disclosures=tuple(disclosures.encode_base64url(each) for each in opened),
        inclusion=tuple(path[at : at + 32] for at in range(0, len(path), 32)),
        checkpoint=_text(note, "note"),
    )


class _Fields:
    """Reads fields one after another from the unpacked bytes."""

    def __init__(self, plain: bytes) -> None:
        self._plain = plain
        self._at = 0

    def number(self, what: str) -> int:
        """A LEB128 number of at most 2^53-1 in its shortest form."""
        value = shift = 0
        while shift < 56:
            if self._at == len(self._plain):
                raise PaperError(f"{what}: the bytes end too early")
            byte = self._plain[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if (byte == 0 and shift) or value > MAX_INTEGER:
                    break
                return value
            shift += 7
        raise PaperError(f"{what}: not a LEB128 number in its shortest form up to 2^53-1")

    def field(self, what: str) -> bytes:
        """A length and as many bytes."""
        length = self.number(what)
        if length > len(self._plain) - self._at:
            raise PaperError(f"{what}: the bytes end too early")
        self._at += length
        return self._plain[self._at - length : self._at]

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._plain):
            raise PaperError("bytes after the note")


def _number(value: int) -> bytes:
    """LEB128, unsigned."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _field(data: bytes) -> bytes:
    return _number(len(data)) + data


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise PaperError(f"{what}: not UTF-8") from None
