"""Photographs of paper receipts: what a telephone does to them, and what is said when one is missing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from service.cli import verify as verify_command
from service.cli import verify_photo
from service.cli.main import run
from service.core import paper, receipt
from service.disputes.certificate import qr_png
from tests.reference import genuine


@pytest.fixture(autouse=True)
def at_a_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_command.time, "time_ns", lambda: genuine.NOW * 1_000_000)


@pytest.fixture(scope="module")
def codes() -> list[Image.Image]:
    """The three codes of the acceptance's receipt."""
    printed = paper.encode(receipt.parse(genuine.encode(genuine.genuine())))
    assert len(printed.codes) == 3
    return [Image.open(io.BytesIO(data)).convert("L") for data in qr_png(printed, 5)]


class Desk:
    """A folder with photographs and a trust file, and the command over it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        (folder / "trust.json").write_bytes(genuine.encode(genuine.trust()))

    def save(self, name: str, image: Image.Image, **options: Any) -> str:
        path = self.folder / name
        image.save(path, **options)
        return str(path)

    def run(self, *files: str, trust: bool = True, more: tuple[str, ...] = ()) -> int:
        options = ["--trust", str(self.folder / "trust.json")] if trust else []
        return run(["verify", *files, *options, *more])

    def reasons(self, *files: str, trust: bool = True) -> list[tuple[str, str]]:
        """(verdict, reason) of each file reported."""
        self.capsys.readouterr()
        self.run(*files, trust=trust, more=("--json",))
        found = json.loads(self.capsys.readouterr().out)
        return [(each["verdict"], each["reason"]) for each in found["files"]]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def sheet(images: list[Image.Image], gap: int = 60) -> Image.Image:
    """The codes side by side on paper."""
    width = sum(each.width for each in images) + gap * (len(images) + 1)
    paper_ = Image.new("L", (width, max(each.height for each in images) + 2 * gap), 245)
    at = gap
    for each in images:
        paper_.paste(each, (at, gap))
        at += each.width + gap
    return paper_


def leaning(image: Image.Image) -> Image.Image:
    """Seen from below and from the left: the far side is shorter."""
    w, h = image.size
    wanted = [(0.06 * w, 0.04 * h), (0.97 * w, 0.1 * h), (0.9 * w, 0.93 * h), (0.02 * w, 0.98 * h)]
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, _coefficients(wanted, w, h), fillcolor=230
    )


def _coefficients(corners: list[tuple[float, float]], w: int, h: int) -> list[float]:
    """Solve the eight coefficients that map these corners back to the image's (Gauss, no numpy)."""
    source = [(0, 0), (w, 0), (w, h), (0, h)]
    rows = []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for n in range(8):
        pivot = max(range(n, 8), key=lambda k: abs(rows[k][n]))
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [each / rows[n][n] for each in rows[n]]
        for k in range(8):
            if k != n:
                rows[k] = [a - rows[k][n] * b for a, b in zip(rows[k], rows[n], strict=True)]
    return [row[8] for row in rows]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: image,
        lambda image: image.rotate(17, expand=True, fillcolor=200, resample=Image.Resampling.BICUBIC),
        lambda image: image.rotate(90, expand=True),
        lambda image: image.filter(ImageFilter.GaussianBlur(1.3)),
        leaning,
        lambda image: image.point(lambda value: int(70 + value * 0.4)),
    ],
    ids=["as printed", "turned", "on its side", "blurred", "leaning", "dim"],
)
def test_all_codes_on_one_photograph(desk: Desk, codes: list[Image.Image], spoil: Any) -> None:
    photo = desk.save("photo.jpg", spoil(sheet(codes)), quality=60)
    assert desk.reasons(photo) == [("not_anchored_yet", "no_anchors")]


def test_a_photograph_of_each_code_in_any_order(desk: Desk, codes: list[Image.Image]) -> None:
    names = [desk.save(f"{n}.png", sheet([codes[n]])) for n in (2, 0, 1)]
    assert desk.run(*names, more=("--lang", "en")) == 2
    shown = desk.capsys.readouterr().out
    assert "卡卡同盟" in shown and " + " in shown
    assert desk.reasons(*names, names[0]) == [("not_anchored_yet", "no_anchors")]


def test_the_missing_code_is_named(desk: Desk, codes: list[Image.Image]) -> None:
    photo = desk.save("photo.png", sheet([codes[0], codes[2]]))
    assert desk.run(photo, more=("--lang", "zh")) == 3
    shown = desk.capsys.readouterr().out
    assert "2 of 3 codes found: photograph code 2" in shown and "没有拍全" in shown


def test_two_receipts_on_one_photograph(desk: Desk, codes: list[Image.Image]) -> None:
    other = paper.encode(receipt.parse(genuine.encode(genuine.genuine(genuine.QUOTE))))
    more = [Image.open(io.BytesIO(data)).convert("L") for data in qr_png(other, 5)]
    photo = desk.save("photo.png", sheet([*codes, *more]))
    assert desk.reasons(photo) == [("not_anchored_yet", "no_anchors")] * 2


def test_codes_of_other_things_are_passed_over(desk: Desk, codes: list[Image.Image]) -> None:
    from service.disputes.certificate.qr import png_of

    link = Image.open(io.BytesIO(png_of(b"https://evidence.example/", 6))).convert("L")
    both = desk.save("both.png", sheet([link, *codes]))
    alone = desk.save("alone.png", sheet([link]))
    assert desk.reasons(both) == [("not_anchored_yet", "no_anchors")]
    assert desk.reasons(alone) == [("wrong_file", "photo_without_codes")]


def test_without_trust_the_log_is_unknown(desk: Desk, codes: list[Image.Image]) -> None:
    photo = desk.save("photo.png", sheet(codes))
    assert desk.reasons(photo, trust=False) == [("log_not_trusted", "no_trust")]
    stranger = {"format": "tallystick-trust/1", "chains": [], "logs": []}
    (desk.folder / "trust.json").write_bytes(genuine.encode(stranger))
    assert desk.reasons(photo) == [("log_not_trusted", "unknown_log")]


def test_a_changed_receipt_is_tampered(desk: Desk) -> None:
    bent = genuine.genuine()
    bent["entry"] = bent["entry"].replace('"seq":1', '"seq":2')
    printed = paper.encode(receipt.parse(genuine.encode(bent)))
    images = [Image.open(io.BytesIO(data)).convert("L") for data in qr_png(printed, 5)]
    photo = desk.save("photo.png", sheet(images))
    assert desk.reasons(photo)[0][0] == "tampered"


def test_images_that_are_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = desk.folder / "spoilt.png"
    spoilt.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    heic = desk.folder / "photo.heic"
    heic.write_bytes(bytes(4) + b"ftypheic" + bytes(100))
    huge = desk.save("huge.png", Image.new("1", (3000, 3000)))
    monkeypatch.setattr(verify_photo, "MAX_PIXELS", 8_000_000)
    found = desk.reasons(str(spoilt), str(heic), huge)
    assert found == [("wrong_file", "photo_unreadable")] * 3
    desk.run(str(heic))
    assert "save it as JPEG" in desk.capsys.readouterr().out


def test_receipts_and_photographs_together(desk: Desk, codes: list[Image.Image]) -> None:
    file = desk.folder / "quote.json"
    file.write_bytes(genuine.encode(genuine.genuine(genuine.QUOTE)))
    photo = desk.save("photo.png", sheet(codes))
    assert [verdict for verdict, _ in desk.reasons(photo, str(file))] == [
        "anchor_not_checked",
        "not_anchored_yet",
    ]


def test_no_image_library_is_imported_for_receipts(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from service.cli import verify; "
        "assert not {'PIL', 'zxingcpp'} & sys.modules.keys(), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
