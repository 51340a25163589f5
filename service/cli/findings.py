"""`tally findings`: what the rules say of one trade, from its receipts or a bundle, without any network.

What the receipts themselves are worth is `tally verify`'s business.
"""

from __future__ import annotations

import locale
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from service.cli.verify_text import LANGUAGES, printable
from service.core import evidence as evidences
from service.core import receipt as receipts
from service.core.bundle_archive import MAGIC, MAX_BUNDLE_BYTES, BundleRefused, open_bundle
from service.core.entry import parse as parse_entry
from service.core.errors import TallyError
from service.core.receipt import Receipt
from service.core.times import format_time, parse_time
from service.profiles.giftcard.evidence_findings import view_of
from service.profiles.giftcard.findings import encode, evaluate
from service.profiles.giftcard.findings.model import Finding, TradeView, Truth
from service.profiles.giftcard.findings.view import trade_view
from service.profiles.giftcard.rules import TARIFF_TRADE

_EVIDENCE_PATH: Final = "evidence.json"
_EVIDENCE_MARK: Final = b'"tallystick-evidence/1"'
_ORDER: Final = (Truth.PROVED, Truth.INSUFFICIENT, Truth.NOT_PROVED)
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "head": "交易 {trade}，按 {at} 的情况评定，共 {count} 条记录：",
        "holes": "注意：出示的记录不全，凡须确认“没有”某记录才能得出的结论均列为资料不足。",
        "partial": "以上结论只依据所给的记录，其后的记录可能改变结论；记录是否真实，请用 tally verify 检验。",
        "proved.breach": "已证实",
        "proved.note": "提示",
        "insufficient": "资料不足",
        "not_proved": "未证实",
        "cured": "已补正",
    },
    "en": {
        "head": "Trade {trade}, as of {at}, {count} entries:",
        "holes": "Note: entries are missing; whatever depends on the absence of an entry is insufficient.",
        "partial": "This rests on the entries given alone; later entries may change it. Whether they are "
        "genuine is what tally verify checks.",
        "proved.breach": "proved",
        "proved.note": "note",
        "insufficient": "insufficient",
        "not_proved": "not proved",
        "cured": "cured",
    },
}


@click.command("findings")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--now", "at", metavar="TIME", help="Evaluate as of this UTC time, YYYY-MM-DDTHH:MM:SS.mmmZ.")
@click.option("--trade", metavar="ID", help="Which trade, where receipts of several are given.")
@click.option("--json", "as_json", is_flag=True, help="The findings as RFC 8785 JSON instead of text.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the text; by default your locale's.")
@click.option("--all", "show_all", is_flag=True, help="Also what is not proved.")
def command(
    files: tuple[str, ...], at: str | None, trade: str | None, as_json: bool, lang: str | None, show_all: bool
) -> int:
    """Findings of one trade: from its receipts (receipts of tariffs and of trades with the same card are
    context), or from one bundle or evidence file. A FILE of - is read from standard input.

    Exit code: 0 whatever is found; 3 not a trade's files, or wrong usage.
    """
    view, taken = _view([(name, _read(name)) for name in files], trade)
    now = taken if at is None else _time(at)
    found = evaluate(view, now)
    if as_json:
        sys.stdout.buffer.write(encode(view, found, now) + b"\n")
        return 0
    click.echo("\n".join(_text(view, found, now, lang or _language(), show_all=show_all)))
    return 0


def _view(contents: Sequence[tuple[str, bytes]], trade: str | None) -> tuple[TradeView, int]:
    """What the rules look at, and the time that is meant if nobody names one (ms)."""
    now = time.time_ns() // 1_000_000
    name, data = contents[0]
    if data.startswith(MAGIC) or _EVIDENCE_MARK in data[: evidences.MAX_EVIDENCE_BYTES]:
        if len(contents) > 1:
            raise click.UsageError("a bundle holds a whole trade: give it alone")
        evidence = _evidence(name, data)
        if trade is not None and trade != evidence.trade:
            raise click.BadParameter(f"{name} is of the trade {evidence.trade}", param_hint="--trade")
        return view_of(evidence), evidence.taken
    given = [(each, _receipt(each, content)) for each, content in contents]
    if len({(each.log.id, each.log.chain_id, each.log.registry) for _, each in given}) > 1:
        raise click.UsageError("the receipts are of several logs; a trade is in one")
    return _of_receipts([each for _, each in given], trade), now


def _of_receipts(given: Sequence[Receipt], trade: str | None) -> TradeView:
    by_trade: dict[str, list[Receipt]] = {}
    for each in given:
        by_trade.setdefault(parse_entry(each.entry).statement.trade, []).append(each)
    chosen = [name for name in by_trade if not name.startswith(TARIFF_TRADE)] if trade is None else [trade]
    if len(chosen) != 1 or chosen[0] not in by_trade:
        named = ", ".join(printable(name) for name in by_trade)
        raise click.UsageError(f"name one trade with --trade; the receipts are of {named}")
    own = {each.index: each for each in by_trade[chosen[0]]}
    others = {each.index: each for name in by_trade if name != chosen[0] for each in by_trade[name]}
    try:
        # Receipts as they were given at the POST have no anchor yet, whatever became of their promise.
        return trade_view(chosen[0], list(own.values()), context=list(others.values()), anchors_sought=False)
    except TallyError as error:
        raise click.UsageError(f"a receipt cannot be read: {error}") from None


def _text(view: TradeView, found: Sequence[Finding], now: int, lang: str, *, show_all: bool) -> list[str]:
    words = _WORDS[lang]
    head = {"trade": printable(view.trade), "at": format_time(now), "count": len(view.entries)}
    lines = [words["head"].format(**head)]
    order = sorted(found, key=lambda each: (_ORDER.index(each.truth), -each.severity))
    for each in order:
        if each.truth is Truth.NOT_PROVED and not show_all:
            continue
        proved = each.truth is Truth.PROVED
        label = words[f"proved.{each.kind.value}" if proved else each.truth.value]
        cured = f" ({words['cured']})" if each.cured else ""
        lines.append(f"  [{label}] {each.code}{cured}: {printable(getattr(each, lang))}")
    known = {each.seq for each in view.entries} | {each.seq for each in view.sealed}
    if len(known) <= max(known, default=-1):
        lines.append(words["holes"])
    return [*lines, words["partial"]]


def _evidence(name: str, data: bytes) -> evidences.Evidence:
    try:
        if data.startswith(MAGIC):
            content = open_bundle(data).get(_EVIDENCE_PATH)
            if content is None:
                raise BundleRefused(f"it holds no {_EVIDENCE_PATH} that can be read")
            data = content
        return evidences.parse(data)
    except TallyError as error:
        raise click.UsageError(f"{name}: {error}") from None


def _receipt(name: str, data: bytes) -> Receipt:
    try:
        receipt = receipts.parse(data)
        parse_entry(receipt.entry)
    except TallyError as error:
        raise click.UsageError(f"{name}: {error}") from None
    return receipt


def _read(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BUNDLE_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_BUNDLE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{name}: {error}") from None


def _time(text: str) -> int:
    try:
        return parse_time(text)
    except TallyError as error:
        raise click.BadParameter(str(error), param_hint="--now") from None


def _language() -> str:
    return "zh" if (locale.getlocale(locale.LC_CTYPE)[0] or "").startswith("zh") else "en"
