"""A certificate as PDF/A-2b."""

from __future__ import annotations

from service.disputes.certificate.document import document
from service.disputes.certificate.model import Certificate
from service.disputes.certificate.typesetting import draw, typeset

_TEMPLATE = "certificate.typ"


def render(certificate: Certificate) -> bytes:
    """The PDF. Same certificate, same bytes. Some 100 to 300 ms of one core: call it off the event loop."""
    return typeset(_TEMPLATE, document(certificate), certificate.about.issued // 1000)


def preview(certificate: Certificate, ppi: float = 100) -> list[bytes]:
    """The pages as PNG images, to be looked at."""
    return draw(_TEMPLATE, document(certificate), certificate.about.issued // 1000, ppi)
