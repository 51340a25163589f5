"""`tally verify`: check receipts against a trust file and a view of the chain that the caller names.

Exit codes: 0 good · 1 tampered or a promise broken · 2 undecided, with the reason · 3 not a receipt, or
wrong usage · 4 internal error. Of several files 1 > 4 > 3 > 2 > 0.
"""

from __future__ import annotations

import locale
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import click
import orjson

from service.cli import verify_photo
from service.cli.verify_json import to_value
from service.cli.verify_text import LANGUAGES, Text, render, render_short, render_summary
from service.core import trust as trust_files
from service.core.chain_view import ChainView
from service.core.errors import FormatError, TallyError
from service.core.hexs import from_hex
from service.core.receipt import MAX_RECEIPT_BYTES
from service.core.trust import Trust
from service.core.verdict import STEP_TITLES, Facts, Report, Status, Step, Verdict
from service.core.verify import join_trades, verify_receipt

_SEVERITY = (1, 4, 3, 2, 0)


@click.command("verify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--trust", "trust_path", metavar="FILE", help="The logs, keys and contracts that you trust.")
@click.option(
    "--rpc", "urls", metavar="URL", multiple=True, help="A node to check against; several must agree."
)
@click.option(
    "--block-hash", "hashes", metavar="CHAINID:HASH", multiple=True, help="A block you know is final."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the text; by default your locale's.")
@click.option("-v", "--verbose", is_flag=True, help="The whole account of each of several files.")
def command(
    files: tuple[str, ...],
    trust_path: str | None,
    urls: tuple[str, ...],
    hashes: tuple[str, ...],
    as_json: bool,
    lang: str | None,
    verbose: bool,
) -> int:
    """Check receipts: signatures, proofs, anchors. A FILE of - is read from standard input; a photograph of
    a paper receipt's QR codes is a FILE, too.

    Exit code: 0 good; 1 bad (tampered, or a promise broken); 2 undecided, with the reason; 3 not a receipt
    or wrong usage; 4 internal error.
    """
    trust, block_hashes = _read_trust(trust_path), _parse_block_hashes(hashes)
    files, photographed = verify_photo.read(files, trust)
    reports = _verify(files, trust, block_hashes, _open_view(urls), photographed)
    exit_code = most_severe_exit(report.exit_code for report in reports)
    if as_json:
        click.echo(orjson.dumps(to_value(files, reports, exit_code), option=orjson.OPT_INDENT_2))
        return exit_code
    text = Text(lang or _language())
    whole = verbose or len(files) == 1
    for name, report in zip(files, reports, strict=True):
        click.echo(render(name, report, text) + "\n" if whole else render_short(name, report, text))
    if len(files) > 1:
        click.echo(render_summary(reports, text))
    return exit_code


def most_severe_exit(codes: Iterable[int]) -> int:
    """The exit code for several files: 1 > 4 > 3 > 2 > 0."""
    return min(codes, key=_SEVERITY.index)


def _verify(
    files: Sequence[str],
    trust: Trust | None,
    block_hashes: Mapping[int, Collection[bytes]],
    view: ChainView | None,
    photographed: Mapping[str, verify_photo.Photographed],
) -> tuple[Report, ...]:
    now = time.time_ns() // 1_000_000

    def check(name: str) -> Report:
        shown = photographed.get(name)
        if isinstance(shown, Report):
            return shown
        try:
            data = _read(name) if shown is None else shown
        except (OSError, ValueError) as error:
            step = Step(1, STEP_TITLES[0], Status.BAD, "file_unreadable", str(error))
            return Report(Verdict.WRONG_FILE, (step,), Facts())
        try:
            return verify_receipt(data, trust=trust, block_hashes=block_hashes, view=view, now=now)
        except Exception:  # a bug of ours with one file must not hide what is wrong with another
            import traceback

            traceback.print_exc()
            return Report(Verdict.INTERNAL_ERROR, (), Facts())

    return join_trades([check(name) for name in files])


def _read(name: str) -> bytes:
    """A file's bytes, at most one more than the limit: then it is refused as too long."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_RECEIPT_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_RECEIPT_BYTES + 1)


def _read_trust(path: str | None) -> Trust | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            return trust_files.parse(file.read(trust_files.MAX_TRUST_BYTES + 1))
    except (OSError, ValueError, TallyError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--trust") from None


def _parse_block_hashes(given: Sequence[str]) -> Mapping[int, Collection[bytes]]:
    found: dict[int, set[bytes]] = {}
    for text in ",".join(given).split(",") if given else ():
        chain_id, colon, digits = text.partition(":")
        if not colon or not chain_id.isascii() or not chain_id.isdecimal() or len(chain_id) > 16:
            raise click.BadParameter(f"{text!r} is not CHAINID:HASH", param_hint="--block-hash")
        try:
            found.setdefault(int(chain_id), set()).add(from_hex(digits.lower(), 32))
        except FormatError as error:
            raise click.BadParameter(f"{text!r}: {error}", param_hint="--block-hash") from None
    return found


def _open_view(urls: Sequence[str]) -> ChainView | None:
    if not urls:
        return None
    from service.cli.rpc_view import RpcView  # only now: it brings http and ssl

    try:
        return RpcView(urls)
    except FormatError as error:
        raise click.BadParameter(str(error), param_hint="--rpc") from None


def _language() -> str:
    return "zh" if (locale.getlocale(locale.LC_CTYPE)[0] or "").startswith("zh") else "en"
