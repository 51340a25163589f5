"""The counter's shell: what its service worker keeps, what it is called, and how much of it there is."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import orjson
import pytest

from service.web import counter, static
from service.web.language import LANGUAGES
from service.web.texts import Texts

_FIRST_LOAD = ("tally.css", "counter.css", "counter_page.js", "icon.svg")


@pytest.fixture(autouse=True)
def _fresh() -> None:
    counter.worker.cache_clear()


def shell() -> dict[str, object]:
    first = counter.worker().split(b"\n", 1)[0]
    found: dict[str, object] = orjson.loads(first.removeprefix(b"const SHELL = ").removesuffix(b";"))
    return found


def test_the_worker_keeps_everything_the_page_loads() -> None:
    kept = shell()
    assert kept["pages"] == {"zh": "/counter?lang=zh", "en": "/counter?lang=en"}
    page = (static.FOLDER.parent / "templates/counter.html").read_text(encoding="utf-8")
    base = (static.FOLDER.parent / "templates/base.html").read_text(encoding="utf-8")
    named = set(re.findall(r"asset\('([^']+)'\)", page + base))
    assets = kept["assets"]
    assert isinstance(assets, list)
    assert {static.address(name) for name in named & set(static.files())} <= set(assets)
    assert not [each for each in assets if each.startswith("/v1") or "//" in each]


def test_another_content_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shell()["version"]
    counter.worker.cache_clear()
    assert shell()["version"] == before
    for name in ("address", "texts"):
        counter.worker.cache_clear()
        with monkeypatch.context() as changed:
            if name == "address":
                changed.setattr(static, "address", lambda each: f"/static/{each}?v=other")
            else:
                changed.setattr(Texts, "all", {"title": "other"}, raising=False)
                changed.setattr(Texts, "__init__", lambda *_: None)
            assert shell()["version"] != before, name


def test_the_manifest_names_icons_that_are_there() -> None:
    for language in LANGUAGES:
        document = orjson.loads(counter.manifest(language))
        assert document["short_name"] == {"zh": "柜台", "en": "Counter"}[language]
        for icon in document["icons"]:
            assert Path(icon["src"].split("?")[0]).name in static.files()


def test_a_page_is_below_150_kb() -> None:
    size = sum(len(gzip.compress(static.files()[name][0], 9)) for name in _FIRST_LOAD)
    texts = len(gzip.compress(orjson.dumps(dict(Texts("counter", "zh").all)), 9))
    assert size + texts < 150_000
