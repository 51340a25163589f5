"""Files made by hand to mislead a verifier, each with the verdict and the cause that it must be given.

A row is checked by `tally verify`'s own code and by the verifier that runs in browsers, with one outcome.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from service.core import evidence_manifest as manifests
from service.core import note as notes
from tests.reference import genuine, signed_checkpoint, vectors_evidence
from tests.reference.genuine import T0
from tests.unit.cli import bundles, forged_archives

Value = dict[str, Any]
TRUST = genuine.trust()
BLOCKS = {
    "31337": sorted({each.partition(":")[2] for each in bundles.block_hashes()}),
}
BUNDLE = bundles.bundle()
FILES = bundles.contents(BUNDLE)
EVIDENCE = FILES["evidence.json"]


@dataclass(frozen=True)
class Forgery:
    """`files` that are given together, and what is to be said of the last."""

    name: str
    files: tuple[bytes, ...]
    verdict: str
    reason: str
    trust: bytes = genuine.encode(TRUST)
    blocks: tuple[tuple[str, tuple[str, ...]], ...] = tuple((k, tuple(v)) for k, v in BLOCKS.items())
    now: int = genuine.NOW


def forgeries() -> Iterator[Forgery]:
    """All rows."""
    yield from _receipts()
    yield from _texts()
    yield from _keys()
    yield from _evidence()
    yield from _held()
    yield from _bundles()
    for archive in forged_archives.forged(BUNDLE):
        yield Forgery(archive.name, (archive.data,), archive.verdict, archive.reason)


def _receipt(name: str, reason: str, *values: Value, verdict: str = "tampered", **more: Any) -> Forgery:
    return Forgery(name, tuple(map(genuine.encode, values)), verdict, reason, **more)


def _edited(value: Value, **members: Any) -> Value:
    return {**value, **members}


def namesake() -> genuine.Log:
    """A log of the same origin that somebody else opened."""
    keys = genuine.make_keys(seed=b"stranger")
    log = genuine.Log(replace(keys, log=genuine.log_id("0x" + "0f" * 20, keys.origin)))
    log.append("Q-1", "T-1", "quote", genuine.quote_claims())
    return log


def other_root() -> Value:
    """A receipt of a tree with another sixth entry, promised at a size that the true tree is anchored at."""
    log = copy.deepcopy(genuine.make_log())
    log.entries[5] = log.entries[0]
    return genuine.receipt(log, 4, [], size=7)


def two_faced() -> list[Value]:
    """Receipts of one entry with two amounts: the decoy of the statement is the digest of the second one."""
    log = genuine.Log(genuine.KEYS)
    log.append("Q-1", "T-1", "quote", {"amount": 93_500})
    second = genuine.disclosures("second", {"amount": 9_350})
    said = genuine.statement(log.keys, "A-1", "T-2", "acceptance", T0 + 60, [*log.told[0], *second])
    decoy = genuine.b64(sha256(b"decoy A-1").digest())
    said["_sd"].remove(decoy)
    entry: Value = {"prev": None, "received": genuine.time_text(T0 + 61), "seq": 0, "signatures": [], "v": 1}
    log.entries.append(genuine.encode({**entry, "statement": said}))
    log.told.append([])
    receipt = genuine.receipt(log, 1, [])
    return [_edited(receipt, disclosures=each) for each in (log.told[0], second)]


def _receipts() -> Iterator[Forgery]:
    payout, quote = genuine.genuine(genuine.PAYOUT, 1), genuine.genuine(genuine.QUOTE)
    stranger = genuine.receipt(namesake(), 0, [])
    yield _receipt("a log of the same origin", "unknown_log", stranger, verdict="log_not_trusted")
    claimed = _edited(stranger, log=quote["log"])
    yield _receipt("that log under the trusted id", "checkpoint_signature_wrong", claimed)
    decoy = next(
        each
        for each in json.loads(quote["entry"])["statement"]["_sd"]
        if each not in map(genuine.digest, quote["disclosures"])
    )
    yield _receipt("the decoy as a disclosure", "disclosure_malformed", _edited(quote, disclosures=[decoy]))
    yield _receipt(
        "a claim of another entry",
        "disclosure_not_committed",
        _edited(quote, disclosures=payout["disclosures"][:1]),
    )
    yield _receipt("a claim with two values", "claim_differs", *two_faced())
    yield _receipt("a root signed and another anchored", "fork", other_root(), genuine.genuine())
    early, late = (genuine.genuine(genuine.QUOTE, which)["anchors"][0] for which in (0, 1))
    yield _receipt(
        "the state of an older block",
        "state_proof_wrong",
        _edited(quote, anchors=[_edited(late, state_proof=early["state_proof"])]),
    )
    before = genuine.genuine(genuine.ACCEPTANCE)["anchors"][0]
    yield _receipt("an anchor before the entry", "not_anchored_there", _edited(payout, anchors=[before]))
    yield _receipt(
        "an anchor on another chain",
        "anchor_in_other_registry",
        _edited(quote, anchors=[_edited(early, chain_id=1)]),
    )
    named = (("1", tuple(BLOCKS["31337"])),)
    yield _receipt(
        "the block named on another chain", "no_view", quote, verdict="anchor_not_checked", blocks=named
    )


TEXTS = (
    ("a member twice", '{"a":1,"a":1}'),
    ("NaN", "NaN"),
    ("a float", "1.0"),
    ("a huge integer", "1" + "0" * 400),
    ("deep nesting", "[" * 5_000 + "]" * 5_000),
    ("a lone surrogate", '"\\ud800"'),
    ("a name that is not ASCII", '{"ｆormat":1}'),
)


def _texts() -> Iterator[Forgery]:
    """JSON that programs read differently is no JSON here, wherever it stands."""
    receipt = genuine.encode(_edited(genuine.genuine(), hints={}))
    for kind, data, reason in (
        ("receipts", receipt, "not_a_receipt"),
        ("evidence", EVIDENCE, "not_evidence"),
    ):
        assert data.count(b'"hints":{}') >= 1
        head, _, tail = data.rpartition(b'"hints":{}')
        for name, text in TEXTS:
            bent = head + b'"hints":{"x":' + text.encode() + b"}" + tail
            yield Forgery(f"{name} in {kind}", (bent,), "wrong_file", reason)
        for name, bent in (
            ("a byte order mark", b"\xef\xbb\xbf" + data),
            ("a second value", data + b"{}"),
            ("a second format", data.replace(b'"format":', b'"format":"x","format":', 1)),
        ):
            yield Forgery(f"{name} in {kind}", (bent,), "wrong_file", reason)
    wide = EVIDENCE.decode().encode("utf-16")
    yield Forgery("UTF-16", (wide,), "wrong_file", "not_a_receipt")


def key_trust(**changes: Any) -> bytes:
    """The trust file with another account of the log's key."""
    trust = genuine.trust()
    trust["logs"][0]["keys"][0] |= changes
    return genuine.encode(trust)


def _time(ms: int) -> str:
    return genuine.time_text(ms // 1000)[:-4] + f"{ms % 1000:03}Z"


def _keys() -> Iterator[Forgery]:
    """Keys before their time and after it. Evidence is taken later than its checkpoints are signed."""
    receipt = _edited(genuine.genuine(genuine.QUOTE), anchors=[])
    signed = genuine.signed_at(genuine.QUOTE + 1) * 1000
    unfit, fit = ("log_not_trusted", "key_not_active"), ("not_anchored_yet", "no_anchors")
    for name, change, (verdict, reason) in (
        ("retired when it signed", {"retired": _time(signed)}, fit),
        ("retired 1 ms before", {"retired": _time(signed - 1)}, unfit),
        ("added 120 s after", {"added": _time(signed + 120_000)}, fit),
        ("added 120.001 s after", {"added": _time(signed + 120_001)}, unfit),
    ):
        row = _receipt(f"a key {name}", reason, receipt, verdict=verdict, trust=key_trust(**change))
        yield row
    taken = vectors_evidence.TAKEN * 1000
    for name, change, (verdict, reason) in (
        ("retired 120 s before", {"retired": _time(taken - 120_000)}, ("good", "good")),
        ("retired 120.001 s before", {"retired": _time(taken - 120_001)}, unfit),
        ("retired before its checkpoints", {"retired": _time(signed - 1)}, unfit),
    ):
        for kind, data in (("evidence", EVIDENCE), ("bundle", BUNDLE)):
            yield Forgery(f"{kind} by a key {name}", (data,), verdict, reason, key_trust(**change))
    shared = genuine.trust()
    (key,) = shared["logs"][0]["keys"]
    older = {"address": "0x" + "11" * 20, "added": _time(1), "retired": _time(2)}
    for name, keys in (("an older", [{**key, **older}, key]), ("a newer", [key, {**key, **older}])):
        shared["logs"][0]["keys"] = keys
        trust = genuine.encode(shared)
        yield Forgery(f"{name} pair with this Ed25519 key", (BUNDLE,), "good", "good", trust)
    twice = genuine.trust()
    twice["logs"].append(_edited(twice["logs"][0], name="another name"))
    yield _receipt("a trust file with a log twice", "/logs/1", receipt, trust=genuine.encode(twice))
    cosigner = base64.b64encode(b"\x04" + genuine.KEYS.public_key)
    other = sha256(genuine.KEYS.origin.encode() + b"\n\x04" + genuine.KEYS.public_key).hexdigest()[:8]
    vkey = f"{genuine.KEYS.origin}+{other}+{cosigner.decode()}"
    place = "/logs/0/keys/0/ed25519"
    yield _receipt("a trust file with a cosigner's key", place, receipt, trust=key_trust(ed25519=vkey))
    foreign = genuine.trust()
    foreign["logs"][0]["opener"] = "0x" + "0f" * 20
    yield _receipt("a trust file with another opener", "/logs/0/id", receipt, trust=genuine.encode(foreign))


def older_head() -> Value:
    """Evidence as of a time before the payout, said to be taken much later."""
    return vectors_evidence.evidence(size=7)


def _evidence() -> Iterator[Forgery]:
    def bent(name: str, reason: str, value: Value, verdict: str = "tampered") -> Forgery:
        return Forgery(name, (genuine.encode(value),), verdict, reason)

    yield bent("an older count with its checkpoint", "good", older_head(), "good")
    newer = vectors_evidence.evidence()
    yield bent("an older count", "entry_beyond_head", _edited(newer, head=older_head()["head"]))
    fewer = _edited(newer, head=older_head()["head"], entries=newer["entries"][:2])
    yield bent("an older count that fits the entries", "head_of_other_checkpoint", fewer)
    renamed = json.loads(json.dumps(newer).replace('"trade": "T-1"', '"trade": "T-10"'))
    yield bent("all under another trade's name", "entry_of_other_trade", renamed)
    receipt = newer["entries"][0]["receipt"]
    receipt["disclosures"] = receipt["disclosures"] * 2
    yield bent("claims shown twice", "entry_altered", newer)


def _held() -> Iterator[Forgery]:
    """Evidence beside receipts that somebody holds."""
    fewer = vectors_evidence.evidence()
    fewer["entries"].pop()
    vectors_evidence.recount(fewer, 2)
    payout = genuine.encode(genuine.genuine(genuine.PAYOUT, 1))
    left_out = (payout, genuine.encode(fewer))
    yield Forgery("an entry left out that somebody holds", left_out, "tampered", "entry_hidden")
    moved = copy.deepcopy(genuine.make_log())
    moved.entries.insert(4, moved.entries[0])
    moved.told.insert(4, [])
    other = genuine.encode(genuine.receipt(moved, genuine.PAYOUT + 1, []))
    for name, data in (("evidence", EVIDENCE), ("a bundle", BUNDLE)):
        yield Forgery(f"{name} of another tree than is held", (other, data), "tampered", "leaf_twice")
        yield Forgery(f"{name} beside its receipts", (payout, data), "good", "good")
    quoting = _edited(genuine.genuine(), hints={"x": "tallystick-evidence/1"})
    yield _receipt("a receipt that quotes the mark of evidence", "good", quoting, verdict="good")


def repacked(**changed: bytes | None) -> bytes:
    """The bundle with some files replaced or, as None, left out; `_` in a name is a full stop."""
    files = FILES | {name.replace("_", ".", 1): each for name, each in changed.items()}
    return bundles.repacked({name: each for name, each in files.items() if each is not None})


def remade(files: dict[str, bytes], sign: Callable[[str, bytes], bytes]) -> bytes:
    """A bundle of these files with a manifest that lists them, and a note over it."""
    value = json.loads(FILES["manifest.json"])
    inner = {name: each for name, each in files.items() if not name.startswith("manifest.")}
    lines = [manifests.digest_of(name, each) for name, each in inner.items()]
    value["files"] = [
        {
            "path": each.path,
            "bytes": each.size,
            "sha256": "0x" + each.sha256.hex(),
            "sm3": "0x" + each.sm3.hex(),
        }
        for each in lines
    ]
    data = genuine.encode(value)
    body = manifests.note_body(manifests.parse(data), data)
    return bundles.repacked({"manifest.json": data, "manifest.note": sign(body, data), **inner})


def _foreign_note(body: str, _: bytes) -> bytes:
    keys = genuine.make_keys(seed=b"stranger")
    return notes.sign(body, [notes.Ed25519Signer(keys.origin, keys.ed25519_seed)]).encode()


def _disguised_note(body: str, _: bytes) -> bytes:
    """A stranger's signature under the trusted key's id."""
    stranger = genuine.make_keys(seed=b"stranger")
    payload = genuine.KEYS.ed25519_key_id + signed_checkpoint.ed25519_payload(stranger, body)[4:]
    return (body + "\n" + signed_checkpoint.line(genuine.KEYS.origin, payload)).encode()


def _bundles() -> Iterator[Forgery]:
    def bent(name: str, reason: str, data: bytes) -> Forgery:
        return Forgery(name, (data,), "tampered", reason)

    other = bundles.contents(
        bundles.bundle(bundles.evidence(taken=genuine.time_text(T0 + 4_000)), b"%PDF-1.7 another one")
    )
    forged = FILES | {"certificate.pdf": other["certificate.pdf"]}
    yield bent("another bundle's certificate", "file_altered", bundles.repacked(forged))
    yield bent("another bundle's evidence", "manifest_wrong", repacked(evidence_json=other["evidence.json"]))
    swapped = {name: other[name] for name in ("certificate.pdf", "manifest.json", "manifest.note")}
    yield bent("another bundle's manifest as well", "manifest_wrong", bundles.repacked(FILES | swapped))
    yield bent("no manifest", "manifest_wrong", repacked(manifest_json=None, manifest_note=None))
    old = FILES["manifest.note"]
    yield bent("a manifest made again without the key", "manifest_wrong", remade(forged, lambda *_: old))
    yield bent("a manifest by a foreign key", "manifest_wrong", remade(forged, _foreign_note))
    yield bent("a foreign key under the trusted id", "manifest_wrong", remade(forged, _disguised_note))
