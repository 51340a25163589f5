"""Checking a whole log: against itself, against what was signed, and against what was anchored.

Everything is computed again from the entries' bytes, in one pass with bounded memory: leaves, tiles, the root
at every checkpoint, at LastSigned and at every anchor. What single entries say is checked for every one
(`sample=1`) or one in `sample`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.core.checkpoint import LogIdentity
from service.core.merkle import leaf_hash
from service.core.tree import EdgeTiles
from service.log import proofs
from service.log.errors import LogHalted
from service.log.fsck_checkpoints import Checkpoints
from service.log.fsck_entries import Chains, check_content
from service.log.group_tree import GroupTree
from service.log.ports import EntryFrame, LastSigned, LogRecord, LogStore, StoredEntry
from service.log.tiles import stored_tile
from service.log.violations import Violation

_CHUNK = 2048

AnchoredRoots = Callable[[bytes], Sequence[tuple[int, bytes]]]
"""For a log id: every (size, root) that the database takes for anchored."""


@dataclass(slots=True)
class Counts:
    """How much was checked."""

    entries: int = 0
    contents: int = 0
    tiles: int = 0
    checkpoints: int = 0
    anchors: int = 0


@dataclass(frozen=True, slots=True)
class _Promised:
    """A root that somebody outside the database was given."""

    size: int
    root: bytes
    by: str


class LogCheck:
    """One pass over one log, up to the head it has at the start. Without `last_signed` that is not
    checked.
    """

    def __init__(
        self,
        store: LogStore,
        last_signed: LastSigned | None,
        log: LogRecord,
        anchored: AnchoredRoots = lambda log_id: (),
        *,
        sample: int = 256,
    ) -> None:
        self._store = store
        self._last_signed = last_signed
        self._log = log
        self._identity = LogIdentity(log.origin, log.log_id, log.chain_id, log.registry)
        self._anchored = anchored
        self._sample = sample
        self.counts = Counts()

    def run(self) -> Iterator[Violation]:
        """Everything that is wrong, in order of index; what follows from an earlier violation is named too.

        Entries behind a missing one are not checked: without it no hash above them can be computed.
        """
        log_id = self._log.log_id
        # LastSigned before the head: in a log that grows meanwhile it never gets ahead of the head read
        # after it.
        promised = deque(sorted([*(yield from self._signed()), *self._anchors()], key=lambda each: each.size))
        head = self._store.head(log_id)
        edge, chains, checkpoints = (
            EdgeTiles(),
            Chains(self._trade_entry),
            Checkpoints(self._store, self._log),
        )
        yield from self._promises(GroupTree(0, (), ()), promised)
        while edge.size < head.size:
            entries = self._store.frames(log_id, edge.size, min(_CHUNK, head.size - edge.size))
            dense = _dense(entries, edge.size)
            leaves = []
            for frame in entries[:dense]:
                leaves.append(leaf_hash(frame.entry))
                if leaves[-1] != frame.leaf:
                    yield Violation(
                        "leaf_differs", frame.position, "the entry's bytes do not hash to the stored leaf"
                    )
                yield from chains.check(frame)
            yield from self._contents(edge.size, edge.size + dense)
            self.counts.entries += dense
            tree = GroupTree(edge.size, edge.compact_range(), leaves)
            yield from checkpoints.check(tree, entries)
            yield from self._promises(tree, promised)
            yield from self._tiles(edge.append(leaves), head.size)
            if dense < len(entries) or not entries:
                yield Violation("missing", edge.size, "there is no entry with this index")
                return
        self.counts.checkpoints = checkpoints.count
        yield from checkpoints.check_end(head, edge.root())
        yield from self._end(edge)
        for each in promised:
            detail = f"{each.by} is of size {each.size}, but the log ends at {head.size}"
            yield Violation("beyond_head", None, detail)

    def _contents(self, begin: int, end: int) -> Iterator[Violation]:
        """What the sampled entries in [begin, end) say."""
        log_id, sample = self._log.log_id, self._sample
        some: Iterable[StoredEntry | None]
        if sample == 1:
            some = self._store.entries(log_id, begin, end - begin)
        else:
            some = (self._store.entry(log_id, index) for index in range(begin + -begin % sample, end, sample))
        for stored in some:
            if stored is not None:
                self.counts.contents += 1
                yield from check_content(self._identity, stored)

    def _trade_entry(self, trade: str, seq: int) -> StoredEntry | None:
        found = self._store.trade(self._log.log_id, trade, seq, 1)
        return found[0] if found and found[0].seq == seq else None

    def _signed(self) -> Generator[Violation, None, list[_Promised]]:
        if self._last_signed is None:
            return []
        try:
            last = self._last_signed.read(self._log.log_id)
        except LogHalted as error:
            yield Violation("last_signed", None, error.reason)
            return []
        if last is None:
            if self._store.head(self._log.log_id).size:
                yield Violation("last_signed", None, "LastSigned is missing although the log has entries")
            return []
        return [_Promised(*last, "LastSigned")]

    def _anchors(self) -> list[_Promised]:
        anchors = [_Promised(size, root, "an anchor") for size, root in self._anchored(self._log.log_id)]
        self.counts.anchors = len(anchors)
        return anchors

    def _promises(self, tree: GroupTree, promised: deque[_Promised]) -> Iterator[Violation]:
        while promised and promised[0].size <= tree.size:
            each = promised.popleft()
            if each.root != proofs.fold(tree.range(0, each.size)):
                yield Violation("root_differs", None, f"{each.by} has another root at size {each.size}")

    def _tiles(self, tiles: Mapping[tuple[int, int], bytes], size: int) -> Iterator[Violation]:
        """Full tiles; partial ones are compared at the end, when the tree has its whole edge."""
        for (level, index), hashes in tiles.items():
            if len(hashes) < 256 * 32:
                continue
            self.counts.tiles += 1
            if self._store.tile(self._log.log_id, level, index) != stored_tile(level, index, hashes):
                yield Violation("tile_differs", None, f"tile {index} of level {level} is not the tree's")

    def _end(self, edge: EdgeTiles) -> Iterator[Violation]:
        log_id = self._log.log_id
        if self._store.head(log_id).size > edge.size:
            return  # it has grown since: the right edge is already another
        expected = edge.tiles()
        stored = {tile.level: tile for tile in self._store.edge(log_id)}
        self.counts.tiles += len(expected)
        for level in sorted(expected.keys() | stored.keys()):
            tile = stored.get(level)
            index = edge.size >> 8 * (level + 1)
            if tile is None or (tile.index, tile.hashes) != (index, expected.get(level)):
                yield Violation("tile_differs", None, f"the partial tile of level {level} is not the tree's")
        beyond = self._store.entries(log_id, edge.size, 1)
        if beyond:
            yield Violation("beyond_head", beyond[0].index, "there is an entry beyond the head")


def _dense(entries: Sequence[EntryFrame], first: int) -> int:
    """How many of the entries have the indexes first, first + 1, …"""
    for number, stored in enumerate(entries):
        if stored.position != first + number:
            return number
    return len(entries)
