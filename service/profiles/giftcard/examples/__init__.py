"""One realistic event of every type; together they tell the story of a few trades."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from service.profiles.giftcard.examples import dispute, oversight, settlement, trade

_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    example["type"]: example
    for example in (*trade.EXAMPLES, *settlement.EXAMPLES, *oversight.EXAMPLES, *dispute.EXAMPLES)
}


def example(event_type: str) -> dict[str, Any]:
    """A realistic event of the type, as a platform would post it (the caller's own copy). KeyError for an
    unknown type.

    Only the example of `erasure` is the service's own to record.
    """
    return deepcopy(_EXAMPLES[event_type])
