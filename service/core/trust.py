"""The trust file: which registries and which logs' keys the *caller* believes in. A receipt never brings
its own.

The format is `tallystick-trust/1`. `code_hash` pins the registry's runtime code,
`max_delay` is in seconds, `ed25519` is a C2SP verifier key, `added` and `retired` are UTC times.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from service.core import shape
from service.core.canonical import canonicalize
from service.core.canonical import parse as parse_json
from service.core.eip712 import check_address, log_id
from service.core.entry import check_origin
from service.core.errors import CanonicalizationError, FormatError, TallyError
from service.core.hexs import from_hex, to_hex
from service.core.note import ED25519, parse_vkey
from service.core.times import format_time, parse_time

FORMAT = "tallystick-trust/1"
MAX_TRUST_BYTES = 4 * 1024 * 1024
_MAX_ITEMS = 16384
_TRUST = frozenset({"format", "chains", "logs"})
_CHAIN = frozenset({"chain_id", "registry", "code_hash"})
_LOG = frozenset({"id", "origin", "opener", "name", "chain_id", "max_delay", "keys"})
_KEY = frozenset({"ed25519", "address", "added", "retired"})


@dataclass(frozen=True, slots=True)
class TrustedChain:
    """A registry contract on a chain, with the keccak256 of its runtime code."""

    chain_id: int
    registry: str
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One pair of checkpoint keys and when (ms) it began and ceased to sign; `ed25519` is the vkey's text."""

    ed25519: str
    address: str
    added: int
    retired: int | None


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log whose keys the caller believes to be the platform's; `max_delay` in seconds."""

    id: bytes
    origin: str
    opener: str
    name: str
    chain_id: int
    max_delay: int
    keys: tuple[TrustedKey, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What the caller trusts."""

    chains: tuple[TrustedChain, ...]
    logs: tuple[TrustedLog, ...]

    def log(self, id: bytes) -> TrustedLog | None:
        """The trusted log of this id."""
        return next((log for log in self.logs if log.id == id), None)

    def chain(self, chain_id: int, registry: str) -> TrustedChain | None:
        """The trusted registry at this address of this chain."""
        wanted = (chain_id, registry)
        return next((chain for chain in self.chains if (chain.chain_id, chain.registry) == wanted), None)


def parse(data: bytes) -> Trust:
    """Read a trust file of at most 4 MiB. Errors: FormatError with a JSON pointer."""
    try:
        value = parse_json(data, max_bytes=MAX_TRUST_BYTES)
    except CanonicalizationError as error:
        raise FormatError(error.message, error.pointer) from None
    if type(value) is dict:
        shape.literal(value.get("format"), FORMAT, "/format")
    m = shape.members(value, _TRUST, "")
    chains = shape.elements(m["chains"], "/chains", _MAX_ITEMS)
    logs = shape.elements(m["logs"], "/logs", _MAX_ITEMS)
    trust = Trust(
        chains=tuple(_chain(each, f"/chains/{n}") for n, each in enumerate(chains)),
        logs=tuple(_log(each, f"/logs/{n}") for n, each in enumerate(logs)),
    )
    _distinct(((chain.chain_id, chain.registry) for chain in trust.chains), "/chains")
    _distinct((log.id for log in trust.logs), "/logs")
    return trust


def format(trust: Trust) -> bytes:
    """The trust file in RFC 8785 form."""
    value = {
        "format": FORMAT,
        "chains": [
            {"chain_id": chain.chain_id, "registry": chain.registry, "code_hash": to_hex(chain.code_hash)}
            for chain in trust.chains
        ],
        "logs": [
            {
                "id": to_hex(log.id),
                "origin": log.origin,
                "opener": log.opener,
                "name": log.name,
                "chain_id": log.chain_id,
                "max_delay": log.max_delay,
                "keys": [_key_value(key) for key in log.keys],
            }
            for log in trust.logs
        ],
    }
    return canonicalize(value, max_bytes=MAX_TRUST_BYTES)


def _key_value(key: TrustedKey) -> dict[str, object]:
    retired = None if key.retired is None else format_time(key.retired)
    return {
        "ed25519": key.ed25519,
        "address": key.address,
        "added": format_time(key.added),
        "retired": retired,
    }


def _chain(value: object, at: str) -> TrustedChain:
    m = shape.members(value, _CHAIN, at)
    return TrustedChain(
        chain_id=shape.integer(m["chain_id"], f"{at}/chain_id", 1),
        registry=check_address(m["registry"], f"{at}/registry"),
        code_hash=from_hex(m["code_hash"], 32, f"{at}/code_hash"),
    )


def _log(value: object, at: str) -> TrustedLog:
    m = shape.members(value, _LOG, at)
    origin = check_origin(shape.text(m["origin"], f"{at}/origin"), f"{at}/origin")
    keys = shape.elements(m["keys"], f"{at}/keys", _MAX_ITEMS)
    name = shape.text(m["name"], f"{at}/name")
    if not name.isprintable() or len(name) > 200:
        raise FormatError("a log's name is at most 200 printable characters", f"{at}/name")
    log = TrustedLog(
        id=from_hex(m["id"], 32, f"{at}/id"),
        origin=origin,
        opener=check_address(m["opener"], f"{at}/opener"),
        name=name,
        chain_id=shape.integer(m["chain_id"], f"{at}/chain_id", 1),
        max_delay=shape.integer(m["max_delay"], f"{at}/max_delay", 1),
        keys=tuple(_key(each, origin, f"{at}/keys/{n}") for n, each in enumerate(keys)),
    )
    if log.id != log_id(log.opener, origin):
        raise FormatError("the id is not keccak256(abi.encode(opener, origin))", f"{at}/id")
    _distinct(((key.ed25519, key.address) for key in log.keys), f"{at}/keys")
    return log


def _key(value: object, origin: str, at: str) -> TrustedKey:
    m = shape.members(value, _KEY, at)
    vkey = shape.text(m["ed25519"], f"{at}/ed25519")
    try:
        key = parse_vkey(vkey)
    except TallyError as error:
        raise FormatError(f"not a verifier key: {error}", f"{at}/ed25519") from None
    if key.algorithm != ED25519:
        raise FormatError("not an Ed25519 verifier key (type 0x01)", f"{at}/ed25519")
    if key.name != origin:
        raise FormatError("the verifier key's name is not the log's origin", f"{at}/ed25519")
    added = parse_time(m["added"], f"{at}/added")
    retired = None if m["retired"] is None else parse_time(m["retired"], f"{at}/retired")
    if retired is not None and retired < added:
        raise FormatError("retired before it was added", f"{at}/retired")
    return TrustedKey(vkey, check_address(m["address"], f"{at}/address"), added, retired)


def _distinct(items: Iterable[Hashable], at: str) -> None:
    seen = set()
    for n, item in enumerate(items):
        if item in seen:
            raise FormatError("listed twice", f"{at}/{n}")
        seen.add(item)
