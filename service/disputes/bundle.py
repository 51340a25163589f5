"""The evidence bundle: one `.zip` with everything about a trade, listed in a manifest that the log signs.

The same evidence gives the same bytes: files in a fixed order, of a fixed date, stored (not deflated, whose
output differs from one zlib to the next; and nothing that is stored can blow up when it is unpacked).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping

from service import expert
from service.core import evidence_manifest as manifests
from service.core import receipt as receipts
from service.core.entry import parse as parse_entry
from service.core.errors import CanonicalizationError
from service.core.evidence import Evidence
from service.core.evidence import format as format_evidence
from service.core.evidence_manifest import MANIFEST, SIGNATURE, Manifest, digest_of
from service.disputes.errors import EvidenceTooLarge
from service.disputes.evidence_ports import EvidenceSigner
from service.disputes.verify_text import verify_text

MAX_ATTACHMENTS_BYTES = 128 * 1024 * 1024
CHECKER = "verify.html"
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16


def pack(
    evidence: Evidence,
    signer: EvidenceSigner,
    read: Callable[[bytes], bytes | None],
    certificate: bytes | None,
    trust: bytes | None = None,
    checker: bytes | None = None,
) -> bytes:
    """The bundle. `read`: an attachment's content by digest, None when it is gone; `trust`: the trust file as
    the log itself would write it; `checker`: the page that checks bundles in a browser, without a network.
    Raises EvidenceTooLarge.
    """
    files = dict(_files(evidence, read, certificate, trust))
    if checker is not None:
        files[CHECKER] = checker
    manifest = Manifest(
        log=evidence.log,
        trade=evidence.trade,
        taken=evidence.taken,
        files=tuple(digest_of(path, content) for path, content in files.items()),
    )
    listed = manifests.format(manifest)
    note = signer.manifest(evidence.identity, manifests.note_body(manifest, listed))
    return _zip({MANIFEST: listed, SIGNATURE: note.encode(), **files})


def receipt_path(seq: int, event: str) -> str:
    """Where a receipt stands in the bundle. A colon is not allowed in file names everywhere."""
    return f"receipts/{seq:03}-{event.replace(':', '_')}.receipt.json"


def formatted(evidence: Evidence) -> bytes:
    """`evidence.json`. Raises EvidenceTooLarge."""
    try:
        return format_evidence(evidence)
    except CanonicalizationError:
        raise EvidenceTooLarge("the evidence is more than 32 MiB: disclose fewer claims") from None


def _files(
    evidence: Evidence,
    read: Callable[[bytes], bytes | None],
    certificate: bytes | None,
    trust: bytes | None,
) -> Iterator[tuple[str, bytes]]:
    yield "VERIFY.txt", verify_text(evidence, expert.code_hash()).encode()
    if certificate is not None:
        yield "certificate.pdf", certificate
    yield "evidence.json", formatted(evidence)
    for receipt in evidence.receipts:
        entry = parse_entry(receipt.entry)
        yield receipt_path(entry.seq, entry.statement.event), receipts.format(receipt)
    yield from _attachments(evidence, read)
    for path, content in expert.files().items():
        yield f"expert/{path}", content
    yield "expert/version.txt", f"{evidence.generator}\n".encode()
    if trust is not None:
        yield "expert/trust-as-claimed.json", trust


def _attachments(evidence: Evidence, read: Callable[[bytes], bytes | None]) -> Iterator[tuple[str, bytes]]:
    total = sum(each.size for each in evidence.attachments)
    if total > MAX_ATTACHMENTS_BYTES:
        raise EvidenceTooLarge(
            f"{total} bytes of attachments: take the evidence as JSON and the files one by one"
        )
    for each in evidence.attachments:
        content = read(each.digest)
        if content is not None:
            yield f"attachments/{each.digest.hex()}", content


def _zip(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, _DATE)
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(info, content)
    return target.getvalue()
