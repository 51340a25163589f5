"""What can go wrong between a checkpoint and its anchor."""

from __future__ import annotations

from collections.abc import Mapping

from service.core.errors import TallyError


class AnchoringError(TallyError):
    """Root of the anchoring room's errors."""


class NodeUnreachable(AnchoringError):
    """No node answered, or none gave a usable answer. Nothing is known; ask again later."""


class WrongChain(AnchoringError):
    """A node serves another chain, or the registry's code is not the one expected. An operator must look."""


class TransactionFailed(AnchoringError):
    """An operator's transaction (deploy, open, seal…) was refused by the node, reverted, or was not mined in
    time.
    """


class StateUnavailable(AnchoringError):
    """The node has pruned the state of this block: prove at a newer one."""


class LeaseLost(AnchoringError):
    """Another worker holds the lease by now; nothing was written."""


class ForeignHistory(AnchoringError):
    """The registry holds a checkpoint that is not of our log: somebody else signs with its key, or the
    database is not the one that was signed. Nothing more is anchored for this log.
    """


class RegistryRefused(AnchoringError):
    """The registry reverts. `name` is the custom error's, or "" when the node gave no data; `values` its
    arguments.
    """

    def __init__(self, name: str, values: Mapping[str, object], text: str = "") -> None:
        self.name = name
        self.values = dict(values)
        self.text = text
        shown = ", ".join(f"{key}={_shown(value)}" for key, value in self.values.items())
        super().__init__(f"the registry refuses: {name}({shown})" if name else f"the node refuses: {text}")


class HeadMoved(RegistryRefused):
    """Another checkpoint was anchored meanwhile; read the head and prove from there."""


class SizeNotGreater(RegistryRefused):
    """The head covers the checkpoint already."""


class SignedInFuture(RegistryRefused):
    """The chain's time lags the checkpoint's by more than a minute; a later block may take it."""


class LogIsSealed(RegistryRefused):
    """The log takes no anchors any more."""


class KeyRefused(RegistryRefused):
    """The key that signed is unknown to the registry or retired; sign the checkpoint again with an active
    one.
    """


REFUSALS: Mapping[str, type[RegistryRefused]] = {
    "HeadMoved": HeadMoved,
    "SizeNotGreater": SizeNotGreater,
    "SignedInFuture": SignedInFuture,
    "LogIsSealed": LogIsSealed,
    "UnknownKey": KeyRefused,
    "KeyIsRetired": KeyRefused,
}


def refusal(name: str, values: Mapping[str, object], text: str = "") -> RegistryRefused:
    """The exception of a custom error."""
    return REFUSALS.get(name, RegistryRefused)(name, values, text)


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
