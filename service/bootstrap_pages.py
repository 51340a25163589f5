"""Pages, wired: what they show beyond the API's services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from service.web.problem_page import error_page
from service.web.site import Site, routers

__all__ = ["error_page", "pages"]


def pages(data: Path, node: str | None) -> Sequence[APIRouter]:
    """All page routers. `node`: the embedded chain's address, which a browser on this machine may ask."""
    return routers(Site(trust=(data / "trust.json").read_bytes, node=node))
