"""Whether the log anchored in time what it promised in the checkpoint of the POST."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.chain_view import NodesDisagree, NodeUnreachable
from service.core.checkpoint import ZERO
from service.core.verdict import PromiseBroken
from service.core.verify_anchor import Context, Evidence


def judge_promise(context: Context, confirmed: Sequence[Evidence]) -> str:
    """`kept`, `open` or `unknown`; raises PromiseBroken. Only confirmed anchors and the caller's view count.

    The same conditions as the registry's reportLateAnchor and reportMissedAnchor, so that whoever sees a
    broken promise here can have it recorded there. A log that anchors through a directory answers
    challenges instead.
    """
    promised = context.checkpoint
    if promised.via != ZERO:
        return "unknown"
    for evidence in confirmed:
        slot = evidence.slot
        if slot is None or evidence.anchor.via is not None or evidence.size < promised.size:
            continue
        if slot.timestamp <= promised.anchor_by:
            return "kept"
        if slot.prev_size < promised.size:
            detail = f"promised by {promised.anchor_by}, first anchored at {slot.timestamp}"
            raise PromiseBroken("anchored_late", detail)
        if slot.prev_timestamp <= promised.anchor_by:
            return "kept"  # by the anchor before this one, which already covered the promised size
    return _ask_for_head(context)


def _ask_for_head(context: Context) -> str:
    promised, identity = context.checkpoint, context.identity
    overdue = "open" if context.now <= promised.anchor_by * 1000 else "unknown"
    if context.view is None:
        return overdue
    try:
        final = context.view.finalized(identity.chain_id)
        size = context.view.head_size(identity.chain_id, identity.registry, identity.log_id, final.number)
    except (NodeUnreachable, NodesDisagree):
        return overdue
    if final.timestamp <= promised.anchor_by:
        return "kept" if size >= promised.size else overdue
    if size < promised.size:
        detail = f"promised {promised.size} by {promised.anchor_by}; at {final.timestamp} the head is {size}"
        raise PromiseBroken("never_anchored", detail)
    return "unknown"  # anchored meanwhile; whether in time, the completed receipt will show
