"""Headers of every page: nothing from other hosts, no script but ours, no sink for strings, no referrer."""

from __future__ import annotations

from collections.abc import Mapping

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


def policy(**changed: str) -> str:
    """The Content-Security-Policy, with directives changed (`connect_src="'self' https:"`)."""
    directives = _POLICY | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def page_headers(csp: str, *, private: bool) -> Mapping[str, str]:
    """Headers of an HTML page; `private`: it shows a trade, so no cache keeps it and no index lists it."""
    headers = {
        "content-security-policy": csp,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
        "vary": "Accept, Accept-Language, Cookie",
        "cache-control": "no-store" if private else "no-cache",
    }
    return headers | {"x-robots-tag": "noindex, nofollow"} if private else headers
