"""Verification of a bundle's files: the manifest and its signature, and every file against it.

Steps 9 and 10 of docs/protocol.md §17. `files` are the archive's by path; None for one that is damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from service.core import evidence_manifest as manifests
from service.core import receipt as receipts
from service.core.checkpoint import LogIdentity
from service.core.errors import TallyError
from service.core.evidence import Evidence
from service.core.evidence_manifest import MANIFEST, SIGNATURE, Manifest, digest_of
from service.core.evidence_report import EVIDENCE_STEPS, EvidenceReport, Problem
from service.core.trust import Trust
from service.core.verdict import Status, Step, StepUndecided, Verdict, most_severe
from service.core.verify_checkpoint import in_use_at, trusted_log

Files = Mapping[str, bytes | None]

EVIDENCE = "evidence.json"
_RECEIPTS, _ATTACHMENTS = "receipts/", "attachments/"


def verify_files(report: EvidenceReport, files: Files, trust: Trust | None) -> EvidenceReport:
    """The report on a bundle's evidence, with steps 9 and 10 for the bundle's files."""
    manifest, manifest_step, problems, objections = _manifest(report.evidence, files, trust)
    found = [*_listed(manifest, files), *_contents(report.evidence, files)]
    problems += found
    first = found[0] if found else None
    files_step = Step(10, EVIDENCE_STEPS[9], Status.OK, "ok")
    if first is not None:
        files_step = Step(10, EVIDENCE_STEPS[9], Status.BAD, first.reason, first.detail)
    if problems:
        objections.append(Verdict.TAMPERED)
    return replace(
        report,
        verdict=most_severe([report.verdict, *objections]),
        steps=(*report.steps, manifest_step, files_step),
        problems=(*report.problems, *problems),
    )


def _manifest(
    evidence: Evidence | None, files: Files, trust: Trust | None
) -> tuple[Manifest | None, Step, list[Problem], list[Verdict]]:
    title = EVIDENCE_STEPS[8]
    manifest = None
    try:
        data, note = files.get(MANIFEST), files.get(SIGNATURE)
        if data is None or note is None:
            raise TallyError(f"{MANIFEST} or {SIGNATURE} is not there, or damaged")
        manifest = manifests.parse(data)
        _check_same(manifest, evidence)
        _check_signed(manifest, data, note, trust)
    except StepUndecided as undecided:
        step = Step(9, title, Status.UNDECIDED, undecided.reason, undecided.detail)
        return manifest, step, [], [undecided.verdict]
    except TallyError as error:
        problem = Problem("manifest_wrong", str(error))
        return manifest, Step(9, title, Status.BAD, problem.reason, problem.detail), [problem], []
    return manifest, Step(9, title, Status.OK, "ok"), [], []


def _check_same(manifest: Manifest, evidence: Evidence | None) -> None:
    if evidence is None:
        return  # step 1 says so
    told = (evidence.log, evidence.trade, evidence.taken)
    if (manifest.log, manifest.trade, manifest.taken) != told:
        raise TallyError(f"the manifest is of other evidence, of trade {manifest.trade}")


def _check_signed(manifest: Manifest, data: bytes, note: bytes, trust: Trust | None) -> None:
    """Signed by a key of the log that was in use when the evidence was taken."""
    known = trust.log(manifest.log.id) if trust else None
    signers = manifests.verify_note(note, manifest, data, () if known is None else known.keys)
    log = trusted_log(trust, _identity(manifest))
    if not signers:
        raise TallyError("the manifest is signed by a key that the trust file does not list")
    if not any(in_use_at(key, manifest.taken) for key in signers):
        raise StepUndecided(Verdict.LOG_NOT_TRUSTED, "key_not_active", f"of {log.origin}")


def _identity(manifest: Manifest) -> LogIdentity:
    log = manifest.log
    return LogIdentity(log.origin, log.id, log.chain_id, log.registry)


def _listed(manifest: Manifest | None, files: Files) -> Iterator[Problem]:
    """Every file listed is there and unchanged, and no other is there."""
    if manifest is None:
        return
    listed = {each.path: each for each in manifest.files}
    if len(listed) != len(manifest.files):
        yield Problem("manifest_wrong", "a file is listed twice")
    for path, line in listed.items():
        content = files.get(path)
        if path not in files:
            yield Problem("file_missing", path)
        elif content is None or digest_of(path, content) != line:
            yield Problem("file_altered", path)
    for path in files:
        if path not in listed and path not in (MANIFEST, SIGNATURE):
            yield Problem("file_unlisted", path)


def _contents(evidence: Evidence | None, files: Files) -> Iterator[Problem]:
    """Receipts and attachments are those of the evidence, whatever the manifest says."""
    if evidence is None:
        return
    own = {_formatted(each) for each in evidence.receipts}
    for path, content in files.items():
        if path.startswith(_RECEIPTS) and content not in own:
            yield Problem("receipt_file_differs", f"{path} is no receipt of the evidence")
    known = {each.digest.hex() for each in evidence.attachments}
    for path, content in files.items():
        if path.startswith(_ATTACHMENTS):
            digest = path.removeprefix(_ATTACHMENTS)
            if digest not in known:
                yield Problem("attachment_unknown", f"{path} is no attachment of the evidence")
            elif content is None or sha256(content).hexdigest() != digest:
                yield Problem("attachment_altered", path)


def _formatted(receipt: receipts.Receipt) -> bytes | None:
    try:
        return receipts.format(receipt)
    except TallyError:
        return None
