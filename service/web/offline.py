"""The offline checker: /verify in one file, with both languages, that opens from a disk or a bundle."""

from __future__ import annotations

import base64
from hashlib import sha256

from service.web.headers import policy
from service.web.language import LANGUAGES, Language
from service.web.messages import verifier_messages
from service.web.rendering import environment
from service.web.static import FOLDER
from service.web.texts import Texts

NODES = "https: http://127.0.0.1:* http://localhost:*"
"""Where a checker may connect to: nodes, whichever the reader names."""


def render(script: str, script_digest: str) -> str:
    """The file's text. `script` is a classic program, `script_digest` the base64 of its SHA-256."""
    style = (FOLDER / "tally.css").read_text(encoding="utf-8")
    csp = policy(
        script_src=f"'sha256-{script_digest}'",
        style_src=f"'sha256-{base64.b64encode(sha256(style.encode()).digest()).decode()}'",
        connect_src=NODES,
        img_src="data: blob:",
        manifest_src="'none'",
        worker_src="'none'",
    ).replace("; frame-ancestors 'none'", "")  # not heeded in a meta element
    languages = [_page(language) for language in LANGUAGES]
    return environment.get_template("offline.html").render(
        csp=csp, style=style, script=script, languages=languages
    )


def _page(language: Language) -> dict[str, str]:
    texts = Texts("verify", language)
    template = environment.get_template("verify.html")
    values = {"t": texts, "offline": True, "lang": language}
    return {
        "language": language,
        "main": "".join(template.blocks["main"](template.new_context(values))),
        "texts": texts.script("js_"),
        "messages": verifier_messages(language),
    }
