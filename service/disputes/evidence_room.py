"""Evidence as HTTP hands it out: JSON, a bundle, a certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.access.readers import Reader
from service.core.evidence import Evidence
from service.disputes.bundle import formatted, pack
from service.disputes.evidence import EvidenceDesk
from service.disputes.evidence_ports import CertificatePrinter
from service.disputes.ports import CaseLog
from service.disputes.prints import Print, Prints
from service.profiles.giftcard.evidence_findings import findings_of, view_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose evidence of which trade; only the claims `disclosed` are shown (None: all the reader sees).
    `certificate` False: a bundle without it, which takes a tenth of the time.
    """

    log: str
    trade: str
    reader: Reader | None = None
    disclosed: frozenset[str] | None = None
    certificate: bool = True


@dataclass(frozen=True, slots=True)
class EvidenceRoom:
    """Evidence of all open logs. `logs` by name; `trust`: the trust file as the log would write it; `printer`
    None: no certificates; `checker`: the page for browsers that goes into every bundle. Every answer is None
    when there is no such trade for the reader. Blocking.
    """

    logs: Mapping[str, CaseLog]
    desk: EvidenceDesk
    trust: Callable[[CaseLog], bytes]
    prints: Prints
    printer: CertificatePrinter | None = None
    checker: bytes | None = None

    def json(self, wanted: Wanted) -> bytes | None:
        """`evidence.json`."""
        evidence = self._take(wanted)
        return None if evidence is None else formatted(evidence)

    def bundle(self, wanted: Wanted) -> bytes | None:
        """The `.zip`."""
        made = self._printed(wanted) if wanted.certificate else None
        evidence = self._take(wanted) if made is None else made.evidence
        if evidence is None:
            return None
        log = self.logs[wanted.log]
        files = self.desk.attachments
        return pack(
            evidence,
            self.desk.signer,
            lambda digest: None if files is None else files.read(log.identity.log_id, digest),
            None if made is None else made.certificate,
            self.trust(log),
            self.checker,
        )

    def certificate(self, wanted: Wanted) -> bytes | None:
        """The PDF; None too where certificates are not printed."""
        made = self._printed(wanted)
        return None if made is None else made.certificate

    def _take(self, wanted: Wanted) -> Evidence | None:
        return self.desk.take(self.logs[wanted.log], wanted.trade, wanted.reader, wanted.disclosed)

    def _printed(self, wanted: Wanted) -> Print | None:
        log, printer = self.logs[wanted.log], self.printer
        if printer is None:
            return None

        def printed(evidence: Evidence) -> bytes:
            view = view_of(evidence)
            return printer(log, evidence, view, findings_of(evidence, view))

        return self.prints.of(lambda: self._take(wanted), self.trust(log), printed)
