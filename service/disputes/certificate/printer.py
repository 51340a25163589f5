"""Certificates as the service prints them: what is known about log and chain, and the number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from service.core import evidence as evidences
from service.core.evidence import Evidence
from service.core.times import format_time
from service.core.trust import Trust
from service.disputes.certificate.build import certificate_of
from service.disputes.certificate.model import About, LogKey
from service.disputes.certificate.render import render
from service.disputes.ports import CaseLog
from service.profiles.giftcard.findings.model import Finding, TradeView

_CHAINS = {"local": "本机内嵌链 embedded local chain", "sepolia": "Sepolia"}
"""Names of networks as a reader knows them; others are called what their configuration calls them."""


@dataclass(frozen=True, slots=True)
class Printer:
    """The `CertificatePrinter` of a service. `trust`: the trust file as the log would write it; `check_url`:
    the page where anybody can check evidence (None: the service does not know its address); `checker`: the
    SHA-256 of the page that is in every bundle; `operator`: who runs the log (None: nobody said).
    """

    trust: Callable[[CaseLog], Trust]
    chain_name: str
    check_url: str | None = None
    checker: bytes | None = None
    operator: str | None = None

    def __call__(
        self, log: CaseLog, evidence: Evidence, view: TradeView, findings: Sequence[Finding]
    ) -> bytes:
        """The certificate, a PDF; the same input gives the same bytes."""
        about = self._about(log, evidence)
        return render(certificate_of(evidence, about, view=view, findings=findings))

    def _about(self, log: CaseLog, evidence: Evidence) -> About:
        trust = self.trust(log)
        known = trust.log(evidence.log.id)
        chain = trust.chain(evidence.log.chain_id, evidence.log.registry)
        return About(
            number=number_of(evidence),
            issued=evidence.taken,
            platform=known.name if known is not None else log.platform,
            chain_name=_CHAINS.get(self.chain_name, self.chain_name),
            keys=tuple(
                LogKey(each.ed25519, each.address, each.added, each.retired)
                for each in (known.keys if known is not None else ())
            ),
            code_hash=None if chain is None else chain.code_hash,
            opener=None if known is None else known.opener,
            url=self.check_url,
            operator=self.operator,
            test=log.mode == "test",
            checker=self.checker,
        )


def number_of(evidence: Evidence) -> str:
    """The certificate's number: the day (UTC) and 40 bits of the evidence's digest, so that it names exactly
    this evidence.
    """
    day = format_time(evidence.taken)[:10].replace("-", "")
    return f"TS-{day}-{sha256(evidences.format(evidence)).hexdigest()[:10].upper()}"
