"""The certificate: one trade's evidence as pages for a court, and the slip with a paper receipt."""

from __future__ import annotations

from service.disputes.certificate.build import certificate_of
from service.disputes.certificate.model import About, Amounts, Certificate, LogKey, Stamp
from service.disputes.certificate.printer import Printer, number_of
from service.disputes.certificate.render import render
from service.disputes.certificate.slip import qr_png, qr_svg, render_slip
from service.disputes.certificate.typesetting import PRINTERS

__all__ = [
    "PRINTERS",
    "About",
    "Amounts",
    "Certificate",
    "LogKey",
    "Printer",
    "Stamp",
    "certificate_of",
    "number_of",
    "qr_png",
    "qr_svg",
    "render",
    "render_slip",
]
