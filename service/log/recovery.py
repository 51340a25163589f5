"""From a committed head back to a state that may append: the one code for a normal start, a crash, and
every surprise.

The durable writes of an append, in order, and what a crash after each leaves behind:

1. COMMIT of entries, tiles, head and checkpoint row. Before it: nothing happened. After it: the head is
ahead of LastSigned, nothing was signed; `resume` accepts that. A commit that can be seen need not be durable
yet (its fsync or its standby's answer may never have come), so the next commit, an empty one if need be,
confirms it; then LastSigned is advanced to the head, then it may be signed.
2. LastSigned advances. After it: everything needed to sign is durable; whoever asks gets the note derived
from the row.
3. The note leaves the process. Nothing is written any more.

A head behind LastSigned, or whose tree has another root at LastSigned's size, is a history that was not the
signed one (an older copy restored, a failover that lost commits): it never appends again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.errors import VerificationError
from service.core.tree import EdgeTiles, root
from service.log.errors import LogError, LogHalted
from service.log.ports import Appending, Head, LastSigned, LogRecord, LogState, LogStore


class _Tiles:
    """The tiles a transaction sees, as the tree functions read them."""

    def __init__(self, transaction: Appending) -> None:
        self._transaction = transaction

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        tile = self._transaction.tile(level, index)
        return b"" if tile is None else tile.hashes[: width * 32]


def check_open(log: LogRecord) -> None:
    """LogHalted unless the log's row says that it is open."""
    if log.state is not LogState.OPEN:
        raise LogHalted(f"the log is {log.state.value}" + (f": {log.reason}" if log.reason else ""))


def resume(transaction: Appending, last: tuple[int, bytes] | None) -> EdgeTiles:
    """The right edge under the locked head, after checking it against itself and LastSigned. Raises
    LogHalted.

    `last` may have been read before the lock was taken, never after it was given back.
    """
    head = transaction.head
    edge = _edge(transaction, head)
    if last is None:
        if head.size:
            raise LogHalted(
                "LastSigned is missing though the log has entries: restore its file, or see tally log adopt",
                permanent=False,
            )
        return edge
    size, signed_root = last
    if head.size < size:
        raise LogHalted(
            f"the database ends at size {head.size}, but size {size} was signed: it is an older copy"
        )
    if _root(transaction, size) != signed_root:
        raise LogHalted(f"the database's history has another root at size {size} than was signed")
    return edge


def check_history(store: LogStore, last_signed: LastSigned, log_id: bytes) -> None:
    """LogHalted when the database's history is not the signed one as far as it reaches: nothing of it may be
    signed again then. An older copy of the signed history passes.
    """
    last = last_signed.read(log_id)
    with store.appending(log_id) as transaction:
        _edge(transaction, transaction.head)
        if last is not None and last[0] <= transaction.head.size and _root(transaction, last[0]) != last[1]:
            raise LogHalted(f"the database's history has another root at size {last[0]} than was signed")


def _edge(transaction: Appending, head: Head) -> EdgeTiles:
    try:
        edge = EdgeTiles(head.size, {tile.level: tile.hashes for tile in transaction.edge()})
    except VerificationError as error:
        raise LogHalted(f"the right edge of the tree is damaged: {error}") from error
    if edge.root() != head.root:
        raise LogHalted(f"the tiles have another root at size {head.size} than the head")
    if head.size:
        checkpoint = transaction.checkpoint(head.size)
        if checkpoint is None or checkpoint.root != head.root:
            raise LogHalted(f"the head at size {head.size} has no checkpoint of its root")
    return edge


def _root(transaction: Appending, size: int) -> bytes:
    try:
        return root(_Tiles(transaction), size)
    except VerificationError as error:
        raise LogHalted(f"the tree cannot be read at size {size}: {error}") from error


@dataclass(frozen=True, slots=True)
class Known:
    """A state of the log that somebody else can prove: anchored, or signed. `source` says where it is known
    from.
    """

    size: int
    root: bytes
    source: str


def adopt(store: LogStore, last_signed: LastSigned, log_id: bytes, known: Sequence[Known] = ()) -> Head:
    """Take the database's history for the signed one, when LastSigned was lost: an operator's decision,
    never a program's.

    Raises LogError when LastSigned is there, LogHalted when the history is damaged in itself, or is not one
    that goes on from everything in `known`. What was signed and is known to nobody here cannot be missed. A
    sealed log appends nothing that could fork it: its history may be older than what is known, not another.
    """
    if last_signed.read(log_id) is not None:
        raise LogError("LastSigned is there: nothing is to be adopted")
    with store.appending(log_id) as transaction:
        head = transaction.head
        _edge(transaction, head)
        for each in known:
            _check_known(transaction, head, each)
        transaction.confirm()  # what is seen here need not be durable yet
        last_signed.advance(log_id, head.size, head.root)
    return head


def _check_known(transaction: Appending, head: Head, known: Known) -> None:
    if known.size > head.size:
        if transaction.log.state is LogState.SEALED:
            return
        raise LogHalted(
            f"the database ends at size {head.size}, but {known.source} has size {known.size}: it is an "
            "older copy, and going on would fork the log; find a newer one, or seal it and open a successor"
        )
    if _root(transaction, known.size) != known.root:
        raise LogHalted(
            f"the database has another root at size {known.size} than {known.source}: it is another history; "
            "seal the log and open a successor"
        )
