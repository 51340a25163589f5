"""Files that pages load: ours only, addressed by their content so that browsers keep them for ever."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.api.problems import not_found

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".html": "text/html; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
router = APIRouter(include_in_schema=False)


@lru_cache(maxsize=1)
def files() -> dict[str, tuple[bytes, str, str]]:
    """Every file by name: bytes, media type, and a tag of its content."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in _TYPES:
            data = path.read_bytes()
            found[path.name] = (data, _TYPES[path.suffix], sha256(data).hexdigest()[:16])
    return found


def address(name: str) -> str:
    """The URL of a file. KeyError when there is none: a page that asks for it is a bug."""
    return f"/static/{name}?v={files()[name][2]}"


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
async def get_static(request: Request, name: str) -> Response:
    """One file; for ever when it was asked for by its content, else to be asked for again."""
    if name not in files():
        raise not_found()
    data, media_type, tag = files()[name]
    kept = request.query_params.get("v") == tag
    headers = {
        "etag": f'"{tag}"',
        "cache-control": "public, max-age=31536000, immutable" if kept else "no-cache",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    if name.endswith(".html"):
        headers["content-disposition"] = f'attachment; filename="{name}"'
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, 200, headers, media_type)
