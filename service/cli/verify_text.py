"""What `tally verify` says to a person, in Chinese or English; the sentences are in `messages/*.json`."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from service.core.hexs import to_hex
from service.core.times import parse_time
from service.core.verdict import AnchorFact, EntryFact, Facts, Report, Status, Step, Verdict

LANGUAGES = ("zh", "en")
_SIGNS = {Status.OK: ("✓", "green"), Status.BAD: ("✗", "red"), Status.UNDECIDED: ("?", "yellow")}
_COLOURS = {0: "green", 1: "red", 2: "yellow", 3: "magenta", 4: "magenta"}
_MARKS = {0: "✓", 1: "✗", 2: "?", 3: "–", 4: "!"}
_BEIJING = timedelta(hours=8)
_LABEL_WIDTH = 30


class Text:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        path = Path(__file__).parent / "messages" / f"{language}.json"
        self._all: Mapping[str, Mapping[str, Any]] = orjson.loads(path.read_bytes())
        self.is_chinese = language == "zh"

    def label(self, code: str, **values: object) -> str:
        """A label or sentence, with values filled in."""
        sentence: str = self._all["label"][code]
        return sentence.format(**values)

    def get(self, group: str, code: str) -> Any:
        """An element of a group of sentences, or the code itself if there is none."""
        return self._all[group].get(code, code)

    def time(self, seconds: int) -> str:
        """Unix seconds, in Beijing time and UTC."""
        try:
            utc = datetime.fromtimestamp(seconds, UTC)
            beijing = utc + _BEIJING
        except (OverflowError, ValueError, OSError):
            return self.label("undated")
        first, second = f"{beijing:%Y-%m-%d %H:%M:%S}", f"{utc:%Y-%m-%d %H:%M:%S}"
        if self.is_chinese:
            return f"{first} {self.label('beijing')}（UTC {second}）"
        return f"{second} UTC ({self.label('beijing')} {first})"


def render(name: str, report: Report, text: Text) -> str:
    """The whole account of one receipt: verdict, steps, facts."""
    lines = [_headline(report, text), f"  {text.get('verdict', report.verdict)[1]}", ""]
    lines.append(row(text.label("file"), printable(name)))
    lines += [
        "",
        click.style(text.label("steps"), bold=True),
        *(_step(step, text, report.facts) for step in report.steps),
    ]
    if report.facts.entry is not None and report.verdict != "tampered":
        lines += ["", click.style(text.label("facts"), bold=True), *_facts(report.facts, text)]
    return "\n".join(lines)


def render_short(name: str, report: Report, text: Text) -> str:
    """One line for one of many receipts, and why it is not good."""
    line = f"{_headline(report, text)}  {printable(name)}"
    decisive = [step for step in report.steps if step.status in (Status.BAD, Status.UNDECIDED)]
    gaps = [step for step in report.steps if step.reason == "not_shown"]
    return "\n".join([line, *(_step(step, text, report.facts) for step in decisive + gaps)])


def render_summary(verdicts: Sequence[Verdict], text: Text) -> str:
    """How many files got which verdict."""
    found = Counter(verdicts)
    counts = [f"{text.get('verdict', verdict)[0]} {count}" for verdict, count in sorted(found.items())]
    return text.label("summary", total=len(verdicts), counts=text.label("separator").join(counts))


def printable(value: str) -> str:
    """The text with everything that a terminal might obey, or that hides itself, spelt as an escape."""
    return "".join(
        each if each.isprintable() or each == "\u3000" else each.encode("unicode_escape").decode()
        for each in value
    )


def _headline(report: Report, text: Text) -> str:
    mark = f"{_MARKS[report.exit_code]} {text.get('verdict', report.verdict)[0]}"
    return click.style(mark, fg=_COLOURS[report.exit_code], bold=True)


def _step(step: Step, text: Text, facts: Facts) -> str:
    sign, colour = _SIGNS.get(step.status, ("·", "bright_black"))
    title, fine = text.get("step", step.title_code)
    entry = facts.entry
    if step.title_code == "signatures" and entry is not None and not (entry.signatures or entry.consents):
        fine = text.get("step", "signatures_none")[1]
    sentence = fine if step.status is Status.OK else text.get("reason", step.reason)
    telling = step.status in (Status.BAD, Status.UNDECIDED) or step.reason == "not_shown"
    detail = f" [{printable(step.detail)}]" if step.detail and telling else ""
    return f"  {click.style(sign, fg=colour)} {step.number} {pad(title, 12)}{sentence}{detail}"


def _facts(facts: Facts, text: Text) -> Iterator[str]:
    entry, checkpoint, anchor = facts.entry, facts.checkpoint, facts.anchor
    assert entry is not None
    kind = text.get("type", entry.type)
    what = text.label("what_value", type=kind, event=entry.event, trade=entry.trade, nth=entry.seq + 1)
    yield row(text.label("what"), what)
    known = "who_unknown" if entry.log_name is None else "who_value"
    yield row(
        text.label("who"),
        text.label(known, name=printable(entry.log_name or ""), origin=entry.origin, index=entry.index),
    )
    yield row(text.label("occurred"), text.time(parse_time(entry.occurred) // 1000))
    yield row(text.label("received"), text.time(parse_time(entry.received) // 1000))
    if anchor is not None:
        yield from _anchor(anchor, text)
    if checkpoint is not None:
        state = text.get("promise", facts.promise)
        promise = text.label("promise_value", time=text.time(checkpoint.anchor_by), state=state)
        yield row(text.label("promise"), promise)
    yield row(text.label("leaf"), to_hex(entry.leaf))
    yield from _content(entry, text)


def _anchor(anchor: AnchorFact, text: Text) -> Iterator[str]:
    note = text.label("exists_by_note", block=anchor.block_number)
    yield row(text.label("exists_by"), f"{text.time(anchor.timestamp)}", note)
    if anchor.not_before is not None and anchor.not_before_at_least is not None:
        note = text.label("not_before_note", floor=text.time(anchor.not_before_at_least))
        yield row(text.label("not_before"), text.time(anchor.not_before), note)
    where = text.label("chain_value", chain_id=anchor.chain_id, registry=anchor.registry)
    yield row(text.label("chain"), where)
    yield row(text.label("basis"), text.get("basis", anchor.basis))
    if anchor.via is not None:
        yield row(text.label("via"), text.label("via_value", log=to_hex(anchor.via)))
    else:
        yield row(text.label("append_only"), text.label("append_only_value"))


def _content(entry: EntryFact, text: Text) -> Iterator[str]:
    for role, address in entry.signatures:
        yield row(text.label("signature"), text.label("signature_value", role=role, address=address))
    for consent in entry.consents:
        code = "consent_bad" if consent.problem else "consent_missing" if consent.missing else "consent_ok"
        missing = text.label("join").join(consent.missing)
        values = {"type": printable(consent.type), "address": printable(consent.address), "missing": missing}
        yield row(text.label("consent"), text.label(code, **values))
    claims = [claim for claim in entry.claims if claim[0] != "consent" or not entry.consents]
    for number, (name, value) in enumerate(claims):
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield row(text.label("claims") if number == 0 else "", f"{name} = {printable(shown)}")
    # Every statement carries one decoy, so a single digest without content is nothing withheld.
    withheld = "withheld_value" if entry.withheld > 1 else "withheld_none"
    yield row(text.label("withheld"), text.label(withheld, count=entry.withheld))


def row(label: str, value: str, note: str = "") -> str:
    """A label and its value in columns, with a note below."""
    row = f"  {click.style(pad(label, _LABEL_WIDTH), fg='bright_black')}{value}"
    return row + (f"\n  {' ' * _LABEL_WIDTH}{click.style(note, dim=True)}" if note else "")


def pad(text: str, width: int) -> str:
    """Pad to a number of terminal columns; Chinese characters take two."""
    columns = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
    return text + " " * max(1, width - columns)
