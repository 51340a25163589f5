"""The typst compiler, kept warm: fonts are read once, and one compilation runs at a time in each compiler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Final, Literal

import orjson
import typst

from service.core.errors import TallyError
from service.disputes.certificate.glyphs import FONTS

TEMPLATES: Final = Path(__file__).parent
_STANDARDS: Final = "a-2b"
_BLANK: Final = "blank.typ"
_GENERATIONS: Final = 3
"""Empty pages set after each certificate. The compiler remembers for eleven compilations what a page was made
of: some 20 MB a certificate, of which the next one needs nothing. Three empty pages take 8 ms and let three
certificates be remembered (180 MB a process) instead of eleven (350 MB).
"""
PRINTERS: Final = 2
"""How many threads set pages at once, and how many compilers are kept a template: beyond two cores' worth,
more threads set no more pages and hold more memory.
"""


class TypesettingFailed(TallyError):
    """The template did not compile: a defect of ours, never of the data."""


def typeset(template: str, data: Mapping[str, Any], created: int) -> bytes:
    """The PDF/A-2b of a template with this data, `created` in Unix seconds. Same input, same bytes."""
    compiled = _compile(template, data, created, "pdf")
    assert isinstance(compiled, bytes)
    _forget()
    return compiled


def draw(template: str, data: Mapping[str, Any], created: int, ppi: float) -> list[bytes]:
    """The same pages as PNG images."""
    compiled = _compile(template, data, created, "png", ppi)
    return [compiled] if isinstance(compiled, bytes) else list(compiled or ())


def _compile(
    template: str,
    data: Mapping[str, Any],
    created: int,
    kind: Literal["pdf", "png"],
    ppi: float | None = None,
) -> bytes | list[bytes] | None:
    with _compiler(template) as compiler:
        try:
            return compiler.compile(
                format=kind,
                ppi=ppi,
                sys_inputs={"data": orjson.dumps(data).decode()},
                pdf_standards=[_STANDARDS] if kind == "pdf" else [],
                timestamp=created,
            )
        except typst.TypstError as error:
            raise TypesettingFailed(f"{template}: {error.message}") from error


def _forget() -> None:
    with _compiler(_BLANK) as compiler:
        for _ in range(_GENERATIONS):
            compiler.compile(format="pdf")


@cache
def _fonts() -> typst.Fonts:
    # System fonts would make the pages depend on the machine; the compiler's own bring the monospaced one.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


@cache
def _idle(template: str) -> LifoQueue[typst.Compiler]:
    return LifoQueue(PRINTERS)


@contextmanager
def _compiler(template: str) -> Iterator[typst.Compiler]:
    """A compiler nobody else uses now; a new one if all are busy."""
    idle = _idle(template)
    try:
        compiler = idle.get_nowait()
    except Empty:
        compiler = typst.Compiler(TEMPLATES / template, root=TEMPLATES, font_paths=_fonts())
    try:
        yield compiler
    finally:
        if not idle.full():
            idle.put(compiler)
