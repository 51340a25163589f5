"""A log as its operator keeps it: leaves, keys, signed checkpoints, and calls to the registry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import ape
from eth_utils import to_checksum_address

from service.core import eip712
from tests.reference import rfc9162

ZERO = bytes(32)
HOUR = 3600
DAY = 86_400
DEPOSIT = 10**16
ED25519_KEY = b"\xed" * 32
FIRST_KEY = b"\x11" * 32
SECOND_KEY = b"\x22" * 32


def address_of(key: bytes) -> str:
    """Return a key's address, as ape writes it."""
    return str(to_checksum_address(eip712.address_of(key)))


class Checkpoint(NamedTuple):
    """The registry's Checkpoint, in its order."""

    log: bytes
    size: int
    root: bytes
    signedAt: int
    anchorBy: int
    via: bytes


class Path(NamedTuple):
    """The registry's Path."""

    index: int
    leaf: bytes
    proof: list[bytes]


@dataclass
class SignedLog:
    """One log in one registry."""

    registry: Any
    owner: Any
    chain: Any
    id: bytes
    key: bytes
    leaves: list[bytes] = field(default_factory=list)

    @classmethod
    def open(
        cls,
        registry: Any,
        owner: Any,
        chain: Any,
        origin: str,
        *,
        key: bytes = FIRST_KEY,
        max_delay: int = HOUR,
        deposit: int = DEPOSIT,
    ) -> SignedLog:
        """Open a log in the registry."""
        registry.openLog(origin, address_of(key), ED25519_KEY, max_delay, deposit, sender=owner)
        return cls(registry, owner, chain, eip712.log_id(owner.address.lower(), origin), key)

    @property
    def address(self) -> str:
        """Address of the active key."""
        return address_of(self.key)

    @property
    def now(self) -> int:
        """Time of the next transaction's block, at the earliest."""
        return int(self.chain.blocks.head.timestamp)

    def grow(self, size: int, seed: str = "leaf") -> SignedLog:
        """Append leaves up to this size."""
        self.leaves += [rfc9162.leaf_hash(f"{seed}-{i}".encode()) for i in range(len(self.leaves), size)]
        return self

    def forked(self, at: int, size: int) -> SignedLog:
        """Return the same log with other leaves from `at` on."""
        return replace(self, leaves=self.leaves[:at]).grow(size, "fork")

    def root(self, size: int) -> bytes:
        """Return the root at a size."""
        return rfc9162.mth(self.leaves[:size])

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof between two sizes; empty from 0."""
        return rfc9162.proof(old, self.leaves[:new]) if old else []

    def path(self, index: int, size: int) -> Path:
        """Return a leaf's path at a size."""
        return Path(index, self.leaves[index], rfc9162.path(index, self.leaves[:size]))

    def checkpoint(self, size: int, **members: Any) -> Checkpoint:
        """Return a checkpoint of now, promised for an hour ahead, unless told otherwise."""
        signed_at = members.get("signedAt", self.now)
        fields = {
            "log": self.id,
            "size": size,
            "root": self.root(size) if size <= len(self.leaves) else ZERO,
            "signedAt": signed_at,
            "anchorBy": signed_at + HOUR,
            "via": ZERO,
        }
        return Checkpoint(**{**fields, **members})

    def digest(self, c: Checkpoint, *, chain_id: int | None = None, registry: str | None = None) -> bytes:
        """Return the EIP-712 digest."""
        domain = eip712.domain_separator(
            chain_id or self.chain.chain_id, registry or self.registry.address.lower()
        )
        return eip712.checkpoint_digest(domain, *c)

    def sign(self, c: Checkpoint, key: bytes | None = None, **domain: Any) -> bytes:
        """Sign with the active key, or another."""
        return eip712.sign(key or self.key, self.digest(c, **domain))

    def signed(self, size: int, **members: Any) -> tuple[Checkpoint, bytes]:
        """Return a checkpoint and its signature."""
        c = self.checkpoint(size, **members)
        return c, self.sign(c)

    def anchor(self, size: int, *, sender: Any = None, **members: Any) -> Checkpoint:
        """Anchor the tree at a size, growing it as needed."""
        self.grow(size)
        c = self.checkpoint(size, **members)
        old = self.registry.head(self.id).size
        self.registry.anchor(c, self.sign(c), old, self.consistency(old, size), sender=sender or self.owner)
        return c

    def faults(self) -> list[Any]:
        """Return all recorded faults."""
        return [self.registry.faultAt(self.id, n) for n in range(self.registry.faults(self.id))]


def at_time(chain: Any, timestamp: int) -> None:
    """Give the next transaction's block this time exactly."""
    chain.provider.set_timestamp(timestamp)


def pass_time(chain: Any, seconds: int) -> None:
    """Mine a block this much later."""
    chain.provider.set_timestamp(int(chain.blocks.head.timestamp) + seconds)
    chain.mine()


@contextlib.contextmanager
def refuses(registry: Any, error: str, **values: Any) -> Iterator[None]:
    """Expect this custom error with these values; nothing may have changed."""
    with ape.reverts(getattr(registry, error), **values):
        yield


def challenge(log: SignedLog, c: Checkpoint, sender, signature: bytes | None = None, value: int = DEPOSIT):
    """Challenge with the right deposit."""
    return log.registry.challenge(c, signature or log.sign(c), sender=sender, value=value)


def answer(log: SignedLog, c: Checkpoint, size: int, sender, tree: SignedLog | None = None):
    """Answer from the log's own anchor of this size."""
    tree = tree or log
    proof = tree.consistency(c.size, size)
    return log.registry.answer(c, size, log.root(size), proof, sender=sender)
