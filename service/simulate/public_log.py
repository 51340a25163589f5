"""A log's public side, read over HTTP without an account: anchors and tiles, from which receipts are
completed here.

A receipt's own path to an anchor is computed from the tiles: one tile of 256 hashes serves 256 receipts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import httpx
import msgspec

from service.core import tile, tree
from service.core.errors import TallyError, VerificationError
from service.core.hexs import from_hex
from service.core.merkle import leaf_hash, verify_inclusion
from service.core.receipt import Anchor, Receipt, StateProof

_CACHED_TILES = 20_000


class _StateProof(msgspec.Struct, frozen=True):
    header: str
    account: list[str]
    storage: list[str]


class _Anchor(msgspec.Struct, frozen=True):
    chain_id: int
    registry: str
    size: int
    root: str
    checkpoint: str | None
    state_proof: _StateProof | None


class _Listing(msgspec.Struct, frozen=True):
    anchors: list[_Anchor]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    anchors: tuple[Anchor, ...]
    next: str | None

    @property
    def settled(self) -> bool:
        """A full page of proved anchors stays as it is."""
        return self.next is not None and all(anchor.state_proof for anchor in self.anchors)


@dataclass(frozen=True, slots=True)
class Anchored:
    """How far a log is anchored: entries under any anchor, and under one with a final state proof."""

    size: int
    proved: int


class PublicLog:
    """One log's public endpoints. Blocking; for one thread at a time. Raises TallyError when the service
    does not answer.
    """

    def __init__(self, url: str, name: str, transport: httpx.BaseTransport | None = None) -> None:
        self.name = name
        self._http = httpx.Client(base_url=url, timeout=30.0, transport=transport)
        self._pages: list[_Page] = []
        self._anchors: list[Anchor] = []
        self._tiles: dict[tuple[int, int, int], bytes] = {}

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def refresh(self) -> Anchored:
        """Read the anchors that are new, or were not proved yet. Pages that can no longer change are not
        read again.
        """
        self._pages = list(takewhile(lambda page: page.settled, self._pages))
        while not self._pages or self._pages[-1].next:
            cursor = self._pages[-1].next if self._pages else None
            parameters = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            self._pages.append(_page(self._get("anchors", parameters)))
        self._anchors = [anchor for page in self._pages for anchor in page.anchors]
        proved = (anchor.size for anchor in self._anchors if anchor.state_proof)
        return Anchored(self._anchors[-1].size if self._anchors else 0, max(proved, default=0))

    def complete(self, receipt: Receipt) -> Receipt:
        """The receipt with the earliest anchor that covers it; unchanged while there is none.

        VerificationError when the entry does not lie under the anchored root.
        """
        place = bisect_right(self._anchors, receipt.index, key=lambda anchor: anchor.size)
        if place == len(self._anchors):
            return receipt
        covering = self._anchors[place]
        path = tree.inclusion_proof(self, receipt.index, covering.size)
        verify_inclusion(leaf_hash(receipt.entry), receipt.index, covering.size, path, covering.root)
        return replace(receipt, anchors=(replace(covering, inclusion=tuple(path)),))

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """The tile's hashes (core.tree.TileReader)."""
        key = (level, index, width)
        if key not in self._tiles:
            if len(self._tiles) >= _CACHED_TILES:
                self._tiles.clear()
            # The path of a full tile is written without its width (C2SP tlog-tiles).
            self._tiles[key] = self._get(tile.path(level, index, width))
        return self._tiles[key]

    def _get(self, path: str, parameters: dict[str, str] | None = None) -> bytes:
        try:
            response = self._http.get(f"/logs/{self.name}/{path}", params=parameters)
        except httpx.RequestError as error:
            raise LogUnreachable(f"GET /logs/{self.name}/{path}: {error or type(error).__name__}") from error
        if response.status_code != 200:
            raise LogUnreachable(f"GET /logs/{self.name}/{path}: status {response.status_code}")
        return response.content


class LogUnreachable(TallyError):
    """A public endpoint gave no usable answer."""


def _page(body: bytes) -> _Page:
    try:
        listing = msgspec.json.decode(body, type=_Listing)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LogUnreachable(f"the answer about anchors is malformed: {error}") from error
    return _Page(tuple(_anchor(each) for each in listing.anchors), listing.next)


def _anchor(listed: _Anchor) -> Anchor:
    proof = listed.state_proof
    return Anchor(
        listed.chain_id,
        listed.registry,
        listed.size,
        from_hex(listed.root),
        (),
        listed.checkpoint,
        None,
        StateProof(_bytes(proof.header), _nodes(proof.account), _nodes(proof.storage)) if proof else None,
    )


def _nodes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(_bytes(text) for text in texts)


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise VerificationError("a hex string starts with 0x")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise VerificationError("malformed hex in an answer about anchors") from error
