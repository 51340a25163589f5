"""The verifier's sentences for scripts: the same catalogue that `tally verify` speaks from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from service.web.language import Language

_FOLDER = Path(__file__).parents[1] / "cli" / "messages"


@lru_cache(maxsize=2)
def verifier_messages(language: Language) -> str:
    """Verdicts, steps and reasons as JSON, safe inside a script element."""
    return (_FOLDER / f"{language}.json").read_text(encoding="utf-8").replace("<", "\\u003c")
