"""The README's pictures: a trade that was paid too little, as its user, an arbitrator and the checker see it.

    scripts/screenshots

Starts the real service with its own chain in a temporary folder, posts a trade and a dispute, and photographs
the pages with Chromium. Nothing is drawn or retouched; colours are reduced so that the files stay small.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.pages.conftest import CHROMIUM, FLAGS, LOCALES, SIZES  # noqa: E402
from tests.e2e.pages.disputed import Disputed, disputed, wait_for_proofs  # noqa: E402
from tests.integration.api.service_process import ServiceProcess  # noqa: E402

IMAGES = ROOT / "docs/images"
MOST_BYTES = 200_000
_COLOURS = 96
_SHARPNESS = 1.5


def _keep(page: Any, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = IMAGES / f"{name}.png"
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, (path, path.stat().st_size)
    print(path.relative_to(ROOT), path.stat().st_size)


def _verify(page: Any, service: ServiceProcess, receipt: Path) -> None:
    page.goto(f"{service.url}/verify")
    page.locator("#settings > summary").click()
    page.click("#use-own-node")
    page.locator("#settings > summary").click()
    page.set_input_files("#files", str(receipt))
    page.wait_for_selector("#results [data-verdict=good]")
    page.locator("#results article").evaluate(
        "(node) => scrollTo(0, node.getBoundingClientRect().top + scrollY - 12)"
    )


def _receipt(case: Disputed, folder: Path) -> Path:
    evidence = case.platform.http.get(f"/v1/trades/{case.platform.trade}/evidence.json").json()
    path = folder / "quote.receipt.json"
    path.write_text(json.dumps(evidence["entries"][0]["receipt"]), "utf-8")
    return path


def main() -> None:
    """Start, post, photograph, stop."""
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder) / "data").start()
        try:
            case = disputed(service)
            wait_for_proofs(case)
            receipt = _receipt(case, Path(folder))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for language, locale in LOCALES.items():
                    context = browser.new_context(
                        viewport=SIZES["phone"], locale=locale, device_scale_factor=_SHARPNESS
                    )
                    page = context.new_page()
                    _verify(page, service, receipt)
                    _keep(page, f"verify.{language}")
                    page.goto(case.platform.share["url"])
                    page.wait_for_load_state("networkidle")
                    _keep(page, f"trade.{language}")
                    page.goto(case.url)
                    page.wait_for_selector("#check [data-verdict]")
                    _keep(page, f"case.{language}")
                    context.close()
                browser.close()
        finally:
            service.stop()


if __name__ == "__main__":
    main()
