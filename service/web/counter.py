"""`/counter`: a shop's counter as an installable page that works without a network."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import orjson
from fastapi import APIRouter, Request, Response

import service
from service.web import static
from service.web.headers import policy
from service.web.language import LANGUAGES, Language, language_of
from service.web.rendering import page
from service.web.texts import FOLDER, Texts

PATH = "/counter"
WORKER = f"{PATH}/sw.js"
MANIFEST = f"{PATH}/manifest.webmanifest"
_SCRIPT = FOLDER.parent / "js" / "counter" / "worker.js"
_ASSETS = ("tally.css", "counter.css", "counter_page.js", "scanner.js", "icon.svg")
_ICONS = {"counter-192.png": "192x192", "counter-512.png": "512x512"}
_ASK_AGAIN = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}


def router() -> APIRouter:
    """The page, its service worker and its manifest."""
    made = APIRouter(include_in_schema=False)

    @made.get(PATH)
    async def get_counter(request: Request) -> Response:
        """The counter; everything that it shows is made on the device."""
        offered = {"scanner": static.address("scanner.js"), "version": service.__version__}
        values = {"site": orjson.dumps(offered).decode().replace("<", "\\u003c"), "manifest": MANIFEST}
        # One policy, which names one address: a service worker's script is a sink of Trusted Types.
        return page(request, "counter", values, private=False, csp=policy(trusted_types="tally-counter"))

    @made.get(WORKER)
    async def get_worker() -> Response:
        """The service worker, with the list of what it keeps."""
        allowed = {"service-worker-allowed": PATH, "content-security-policy": "default-src 'self'"}
        headers = {**_ASK_AGAIN, **allowed}
        return Response(worker(), 200, headers, "text/javascript; charset=utf-8")

    @made.get(MANIFEST)
    async def get_manifest(request: Request) -> Response:
        """What an installed page is called, and its icons."""
        return Response(manifest(language_of(request)), 200, _ASK_AGAIN, "application/manifest+json")

    return made


@lru_cache(maxsize=1)
def worker() -> bytes:
    """The worker's script; its first line names the shell by the digest of everything in it."""
    pages = {language: f"{PATH}?lang={language}" for language in LANGUAGES}
    assets = [
        *(static.address(name) for name in (*_ASSETS, *_ICONS)),
        *(f"{MANIFEST}?lang={language}" for language in LANGUAGES),
    ]
    script = _SCRIPT.read_bytes()
    digest = sha256(script)
    for name in ("base.html", "counter.html"):
        digest.update((FOLDER.parent / "templates" / name).read_bytes())
    for language in LANGUAGES:
        digest.update(orjson.dumps(dict(Texts("counter", language).all), option=orjson.OPT_SORT_KEYS))
    digest.update(orjson.dumps([service.__version__, *assets]))
    shell = {"version": digest.hexdigest()[:16], "pages": pages, "assets": assets}
    return b"const SHELL = " + orjson.dumps(shell) + b";\n" + script


@lru_cache(maxsize=2)
def manifest(language: Language) -> bytes:
    """The web manifest in one language."""
    t = Texts("counter", language)
    icons: list[dict[str, str]] = [
        {"src": static.address(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes in _ICONS.items()
        for purpose in ("any", "maskable")
    ]
    return orjson.dumps(
        {
            "id": PATH,
            "name": t("app_name"),
            "short_name": t("app_short"),
            "description": t("lead"),
            "lang": "zh-CN" if language == "zh" else "en",
            "start_url": PATH,
            "scope": PATH,
            "display": "standalone",
            "background_color": "#fbf9f6",
            "theme_color": "#9c2b22",
            "icons": icons,
        }
    )
