"""What `tally verify` says of evidence to a person: verdict, steps, the trade's entries, the findings."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from service.cli.verify_evidence import EvidenceCheck
from service.cli.verify_text import Text, pad, printable, row
from service.core.entry import parse as parse_entry
from service.core.errors import TallyError
from service.core.evidence import Evidence, SealedEntry
from service.core.evidence_report import EvidenceReport
from service.core.hexs import to_hex
from service.core.times import parse_time
from service.core.verdict import EntryFact, Report, Status, Step, Verdict
from service.profiles.giftcard.findings import proved
from service.profiles.giftcard.findings.model import Finding, Truth

_SIGNS = {Status.OK: ("✓", "green"), Status.BAD: ("✗", "red"), Status.UNDECIDED: ("?", "yellow")}
_COLOURS = {0: "green", 1: "red", 2: "yellow", 3: "magenta", 4: "magenta"}
_MARKS = {0: "✓", 1: "✗", 2: "?", 3: "–", 4: "!"}


def render_evidence(name: str, check: EvidenceCheck, text: Text) -> str:
    """The whole account of one evidence file or bundle."""
    report, evidence = check.report, check.report.evidence
    headline, sentence = text.get("evidence_verdict", report.verdict)
    lines = [_headline(check, headline), f"  {sentence}", "", row(text.label("file"), printable(name))]
    lines += ["", click.style(text.label("steps"), bold=True), *_steps(report, text)]
    if evidence is not None and report.verdict is not Verdict.TAMPERED:
        lines += ["", click.style(text.label("evidence"), bold=True), *_facts(check, evidence, text)]
    if check.findings is not None:
        lines += ["", click.style(text.label("findings"), bold=True), *_findings(check.findings, text)]
    return "\n".join(lines)


def _headline(check: EvidenceCheck, headline: str) -> str:
    code = check.exit_code
    return click.style(f"{_MARKS[code]} {headline}", fg=_COLOURS[code], bold=True)


def _steps(report: EvidenceReport, text: Text) -> Iterator[str]:
    """Each step, and under a bad one everything that is wrong (its own line tells the first)."""
    told = 0
    for step in report.steps:
        yield _step(step, text)
        if step.status is Status.BAD and told < len(report.problems):
            first = next((n for n, each in enumerate(report.problems) if each.detail == step.detail), None)
            if first is None:
                continue
            told = first + 1
            while told < len(report.problems) and not _begins_a_step(report, told):
                problem = report.problems[told]
                yield f"      · {text.get('reason', problem.reason)} [{printable(problem.detail)}]"
                told += 1


def _begins_a_step(report: EvidenceReport, number: int) -> bool:
    problem = report.problems[number]
    return any((each.reason, each.detail) == (problem.reason, problem.detail) for each in report.steps)


def _step(step: Step, text: Text) -> str:
    sign, colour = _SIGNS.get(step.status, ("·", "bright_black"))
    title, fine = text.get("step", step.title_code)
    sentence = fine if step.status is Status.OK else text.get("reason", step.reason)
    telling = step.status in (Status.BAD, Status.UNDECIDED)
    detail = f" [{printable(step.detail)}]" if step.detail and telling else ""
    number = f"{step.number:>2}"
    return f"  {click.style(sign, fg=colour)} {number} {pad(title, 12)}{sentence}{detail}"


def _facts(check: EvidenceCheck, evidence: Evidence, text: Text) -> Iterator[str]:
    report = check.report
    log = evidence.log
    yield row(text.label("who"), printable(log.origin))
    code = "trade_count" if report.head is not None else "trade_count_unproven"
    counted = text.label(code, trade=printable(evidence.trade), count=evidence.head.count)
    yield row(text.label("trade"), counted)
    if report.head is not None and report.checkpoint is not None:
        yield row(text.label("as_of"), text.time(report.checkpoint.signed_at), text.label("as_of_note"))
    is_signed = any(step.title_code == "evidence_manifest" for step in report.steps)
    note = text.label("taken_note" if is_signed else "bare_note")
    yield row(text.label("taken"), text.time(evidence.taken // 1000), note)
    where = text.label("chain_value", chain_id=log.chain_id, registry=log.registry)
    yield row(text.label("chain"), where)
    anchors = [each.facts.anchor for each in report.receipts if each.facts.anchor is not None]
    if len(anchors) == len(report.receipts) and anchors:
        latest = max(anchors, key=lambda each: each.timestamp)
        note = text.label("exists_by_note", block=latest.block_number)
        yield row(text.label("all_exist_by"), text.time(latest.timestamp), note)
    for stamp in check.stamps:
        trust = {None: "stamp_unasked", False: "stamp_untrusted", True: "stamp_trusted"}[stamp.trusted]
        told = f"{text.time(stamp.told.time // 1000)}  {printable(stamp.told.authority)}"
        yield row(text.label("stamp"), told, text.label(trust))
    yield from _entries(check, evidence, text)
    yield from _restored(check, text)
    if evidence.attachments:
        count = len(evidence.attachments)
        yield row(text.label("attachments"), text.label("attachments_value", count=count))


def _entries(check: EvidenceCheck, evidence: Evidence, text: Text) -> Iterator[str]:
    """One line an entry, in order of seq; with what is shown of it below."""
    reports = iter(check.report.receipts)
    yield ""
    for element in evidence.entries:
        if isinstance(element.shown, SealedEntry):
            sealed = text.label("sealed", index=element.shown.index, leaf=to_hex(element.shown.leaf))
            yield f"  {element.shown.seq + 1:>3}  {click.style(sealed, dim=True)}"
            continue
        report = next(reports)
        try:
            entry = parse_entry(element.shown.entry)
        except TallyError:
            continue
        at = text.time(parse_time(entry.received) // 1000)
        kind = text.get("type", entry.statement.type)
        state = "" if report.exit_code == 0 else f"  ({text.get('verdict', report.verdict)[0]})"
        yield f"  {entry.seq + 1:>3}  {pad(kind, 16)}{at}  {entry.statement.event}{state}"
        if report.facts.entry is not None:
            yield from _content(report, report.facts.entry, text)


def _content(report: Report, entry: EntryFact, text: Text) -> Iterator[str]:
    for name, value in entry.claims:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 160 else shown[:160] + " …"
        yield click.style(f"         {name} = {printable(shown)}", dim=True)
    if entry.withheld > 1:
        yield click.style(f"         {text.label('not_shown_claims', count=entry.withheld - 1)}", dim=True)


def _restored(check: EvidenceCheck, text: Text) -> Iterator[str]:
    for seq, names in check.restored:
        told = text.label("restored_value", nth=seq + 1, names=text.label("join").join(names))
        yield row(text.label("restored"), printable(told))


def _findings(findings: tuple[Finding, ...], text: Text) -> Iterator[str]:
    """What is proved, in words; of the rest, how many."""
    found = proved(findings)
    for each in found:
        sentence = each.zh if text.is_chinese else each.en
        yield f"  {click.style('●', fg='red' if each.kind == 'breach' else 'yellow')} {printable(sentence)}"
    if not found:
        yield f"  {text.label('nothing_proved')}"
    unknown = sum(each.truth is Truth.INSUFFICIENT for each in findings)
    yield f"  {text.label('findings_rest', unknown=unknown, total=len({each.code for each in findings}))}"
