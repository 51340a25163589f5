"""Showing less of a receipt, and restoring what a log no longer shows from a receipt that still does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from service.core import disclosure
from service.core.entry import parse as parse_entry
from service.core.receipt import Receipt


def disclose(receipt: Receipt, names: Collection[str]) -> Receipt:
    """The same receipt opening only the claims of these names; everything it proves stays. FormatError."""
    kept = tuple(text for text in receipt.disclosures if disclosure.parse(text).name in names)
    return receipt if kept == receipt.disclosures else replace(receipt, disclosures=kept)


def restore(receipt: Receipt, held: Iterable[str]) -> tuple[Receipt, tuple[str, ...]]:
    """The receipt with those of the held disclosures that its statement commits to, of claims that it does
    not show: a second value of one that it does show is a contradiction, and is found as such.

    Second, the names of the claims so added, in their order. FormatError for a malformed disclosure.
    """
    open_digests = set(parse_entry(receipt.entry).statement.digests)
    open_digests -= {disclosure.digest(text) for text in receipt.disclosures}
    shown = {disclosure.parse(text).name for text in receipt.disclosures}
    added, names = [], []
    for text in held:
        if disclosure.digest(text) not in open_digests:
            continue
        name = disclosure.parse(text).name
        if name not in shown:
            shown.add(name)
            added.append(text)
            names.append(name)
    if not added:
        return receipt, ()
    return replace(receipt, disclosures=receipt.disclosures + tuple(added)), tuple(names)
