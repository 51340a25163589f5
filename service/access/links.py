"""Links that carry a capability, and their QR codes."""

from __future__ import annotations

import io
from collections.abc import Callable
from urllib.parse import urlsplit

SHARE_PATH = "/t/"
GRANT_PATH = "/case/"
_QUIET_MODULES = 4
"""The margin that ISO/IEC 18004 asks for around a code."""


class Links:
    """Links under the service's public URL, which may be known only once the port is."""

    def __init__(self, public_url: Callable[[], str]) -> None:
        self._public_url = public_url

    @property
    def origin(self) -> str:
        """Scheme and host that links begin with (RFC 6454), as browsers send it."""
        parts = urlsplit(self._public_url())
        return f"{parts.scheme}://{parts.netloc}"

    def share(self, token: str) -> str:
        """Where a user sees the shared trade."""
        return self._public_url().rstrip("/") + SHARE_PATH + token

    def grant(self, token: str) -> str:
        """Where an arbitrator sees the dispute."""
        return self._public_url().rstrip("/") + GRANT_PATH + token


def qr_svg(link: str) -> str:
    """The QR code of a link as one SVG element, black on white, level M (15 % may be damaged)."""
    import segno  # 20 ms to import: only a process that makes codes pays

    picture = io.BytesIO()
    segno.make_qr(link, error="m", boost_error=False).save(
        picture, kind="svg", border=_QUIET_MODULES, light="#fff", xmldecl=False, nl=False, omitsize=True
    )
    return picture.getvalue().decode("utf-8")
