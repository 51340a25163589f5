"""Signed checkpoints, good and spoilt, written by the independent writer in `signed_checkpoint`."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

from tests.reference import signed_checkpoint as writer
from tests.reference.vectors_eip712 import ORDER

KEYS = writer.Keys(
    origin="kaka.example/log",
    log=sha256(b"log").digest(),
    chain_id=31337,
    registry="0x" + "5f" * 20,
    ed25519_seed=sha256(b"ed25519 seed").digest(),
    evm_key=sha256(b"evm key").digest(),
)
ROOT = sha256(b"root").digest()
STATE = (1234, ROOT, 1767225600, 1767229200, bytes(32))
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def build() -> dict[str, Any]:
    """The content of checkpoint.json."""
    return {
        "about": "C2SP notes, an Ed25519 and an EIP-712 line; refused notes fail at parsing or verifying",
        "log": {
            "origin": KEYS.origin,
            "id": "0x" + KEYS.log.hex(),
            "chain_id": KEYS.chain_id,
            "registry": KEYS.registry,
        },
        "keys": {
            "ed25519_seed": "0x" + KEYS.ed25519_seed.hex(),
            "ed25519": KEYS.vkey,
            "evm_key": "0x" + KEYS.evm_key.hex(),
            "address": KEYS.address,
            "eip712_key_id": "0x" + KEYS.eip712_key_id.hex(),
        },
        "accepted": [accepted(*state) for state in states()],
        "refused": [{"name": name, "note": note} for name, note in refused().items()],
    }


def states() -> list[tuple[int, bytes, int, int, bytes]]:
    """(size, root, signed at, anchor by, via)."""
    return [
        STATE,
        (0, sha256(b"").digest(), 0, 0, bytes(32)),
        (1, bytes(32), 1, 2**64 - 1, sha256(b"directory").digest()),
        (2**53 - 1, b"\xff" * 32, 2**64 - 1, 0, b"\xff" * 32),
    ]


def accepted(size: int, root: bytes, signed_at: int, anchor_by: int, via: bytes) -> dict[str, Any]:
    """A good note and what is in it."""
    return {
        "size": size,
        "root": "0x" + root.hex(),
        "signed_at": str(signed_at),
        "anchor_by": str(anchor_by),
        "via": "0x" + via.hex(),
        "digest": "0x" + writer.digest(KEYS, size, root, signed_at, anchor_by, via).hex(),
        "note": writer.note(KEYS, size, root, signed_at, anchor_by, via),
    }


def compose(text: str, *payloads: bytes, name: str = KEYS.origin) -> str:
    """A note of `text` with these signature lines."""
    return text + "\n" + "".join(writer.line(name, payload) for payload in payloads)


def refused() -> dict[str, str]:
    """name → note."""
    return {**refused_bodies(), **refused_lines(), **refused_signatures()}


def refused_bodies() -> dict[str, str]:
    """Bodies that some parser takes; both lines are signed over exactly that text."""
    root = b64encode(ROOT).decode()
    second = writer.eip712_payload(KEYS, *STATE)
    bodies = {
        "a plus before the size": f"{KEYS.origin}\n+1234\n{root}\n",
        "leading zeros in the size": f"{KEYS.origin}\n01234\n{root}\n",
        "fullwidth digits in the size": f"{KEYS.origin}\n\uff11\uff12\uff13\uff14\n{root}\n",
        "a negative size": f"{KEYS.origin}\n-1234\n{root}\n",
        "a size beyond 2^53-1": f"{KEYS.origin}\n9007199254740992\n{root}\n",
        "a size with a space": f"{KEYS.origin}\n 1234\n{root}\n",
        "no size": f"{KEYS.origin}\n\n{root}\n",
        "a root of 31 bytes": f"{KEYS.origin}\n1234\n{b64encode(ROOT[:31]).decode()}\n",
        "a root of 33 bytes": f"{KEYS.origin}\n1234\n{b64encode(ROOT + ROOT[:1]).decode()}\n",
        "a root without padding": f"{KEYS.origin}\n1234\n{root[:-1]}\n",
        "a root with unused bits set": f"{KEYS.origin}\n1234\n{dirty(root)}\n",
        "a root in base64url": f"{KEYS.origin}\n1234\n{root.replace('+', '-').replace('/', '_')}\n",
        "an extension line": f"{KEYS.origin}\n1234\n{root}\nextension\n",
        "another origin": f"other.example/log\n1234\n{root}\n",
        "carriage returns": f"{KEYS.origin}\r\n1234\r\n{root}\r\n",
    }
    return {
        name: compose(text, writer.ed25519_payload(KEYS, text), second)
        for name, text in bodies.items()
        if text != writer.body(KEYS.origin, STATE[0], ROOT)
    }


def refused_lines() -> dict[str, str]:
    """The right text under the wrong lines."""
    text = writer.body(KEYS.origin, STATE[0], ROOT)
    first, second = writer.ed25519_payload(KEYS, text), writer.eip712_payload(KEYS, *STATE)
    good = compose(text, first, second)
    encoded = b64encode(first).decode()
    return {
        "only the Ed25519 line": compose(text, first),
        "only the EIP-712 line": compose(text, second),
        "lines in the other order": compose(text, second, first),
        "a third line": compose(text, first, second, second),
        "the Ed25519 line twice": compose(text, first, first),
        "lines in another name": compose(text, first, second, name="other.example/log"),
        "no blank line": good.replace("\n\n", "\n", 1),
        "no newline at the end": good[:-1],
        "a hyphen for the dash": good.replace("\u2014", "-"),
        "a second space": good.replace("\u2014 ", "\u2014  ", 1),
        "base64 with unused bits set": good.replace(encoded, dirty(encoded)),
        "base64 without padding": good.replace(encoded, encoded.rstrip("=")),
        "base64 with a space": good.replace(encoded, encoded + " "),
        "a byte order mark": "\ufeff" + good,
        "something before": "x\n" + good,
        "something after": good + "x\n",
        "a null character": good.replace("\n", "\x00\n", 1),
        "nothing": "",
    }


def refused_signatures() -> dict[str, str]:
    """The right text and lines with signatures that do not hold, or hold in another form only."""
    text = writer.body(KEYS.origin, STATE[0], ROOT)
    first, second = writer.ed25519_payload(KEYS, text), writer.eip712_payload(KEYS, *STATE)
    r, s, v = second[52:84], int.from_bytes(second[84:116], "big"), second[116]
    scalar = int.from_bytes(first[36:], "little") + ED25519_ORDER
    size, root, signed_at, anchor_by, via = STATE
    seconds = {
        "high s": second[:84] + (ORDER - s).to_bytes(32, "big") + bytes([55 - v]),
        "v 0 or 1": second[:116] + bytes([v - 27]),
        "v turned": second[:116] + bytes([55 - v]),
        "signedAt moved": second[:4] + (signed_at + 1).to_bytes(8, "big") + second[12:],
        "anchorBy moved": second[:12] + (anchor_by + 1).to_bytes(8, "big") + second[20:],
        "via set": second[:20] + sha256(b"directory").digest() + second[52:],
        "s zero": second[:52] + r + bytes(32) + bytes([v]),
        "EIP-712 key id changed": bytes([second[0] ^ 1]) + second[1:],
        "EIP-712 line of 116 bytes": second[:116],
        "EIP-712 line of 118 bytes": second + b"\x00",
        "EIP-712 signature over another size": writer.eip712_payload(
            KEYS, size + 1, root, signed_at, anchor_by, via
        ),
        "EIP-712 signature over another root": writer.eip712_payload(
            KEYS, size, bytes(32), signed_at, anchor_by, via
        ),
        "another log": writer.eip712_payload(other(log=bytes(32)), *STATE),
        "another chain": writer.eip712_payload(other(chain_id=1), *STATE),
        "another registry": writer.eip712_payload(other(registry="0x" + "00" * 20), *STATE),
        "another address": writer.eip712_payload(other(evm_key=sha256(b"else").digest()), *STATE),
    }
    firsts = {
        "Ed25519 signature changed": first[:-33] + bytes([first[-33] ^ 1]) + first[-32:],
        "Ed25519 s not reduced": first[:36] + scalar.to_bytes(32, "little"),
        "Ed25519 signature over another text": writer.ed25519_payload(KEYS, text + "\n"),
        "Ed25519 signature short": first[:-1],
        "Ed25519 key id changed": bytes([first[0] ^ 1]) + first[1:],
        "another Ed25519 key": writer.ed25519_payload(other(ed25519_seed=sha256(b"else").digest()), text),
    }
    notes = {name: compose(text, first, payload) for name, payload in seconds.items()}
    return notes | {name: compose(text, payload, second) for name, payload in firsts.items()}


def other(**change: Any) -> writer.Keys:
    """KEYS but for one thing."""
    return writer.Keys(**{name: change.get(name, getattr(KEYS, name)) for name in KEYS.__dataclass_fields__})


def dirty(encoded: str) -> str:
    """Base64 that decodes alike but has an unused bit set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stem = encoded.rstrip("=")
    assert stem != encoded
    return stem[:-1] + alphabet[alphabet.index(stem[-1]) ^ 1] + encoded[len(stem) :]
