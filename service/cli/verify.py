"""`tally verify`: check receipts and evidence against a trust file and a view of the chain that the caller
names.

Exit codes: 0 good · 1 tampered, a promise broken or a false consent · 2 undecided, with the reason · 3 no
file of ours, or wrong usage · 4 internal error. Of several files 1 > 4 > 3 > 2 > 0.
"""

from __future__ import annotations

import locale
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import click

from service.cli import verify_photo
from service.cli.verify_files import Checking, Result, check_files
from service.cli.verify_json import encode, to_value
from service.cli.verify_text import LANGUAGES, Text, render, render_short, render_summary
from service.core import trust as trust_files
from service.core.chain_view import ChainView
from service.core.errors import FormatError, TallyError
from service.core.hexs import from_hex
from service.core.trust import Trust
from service.core.verdict import Report

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
@click.option(
    "--tsa-root", "roots", metavar="FILE", multiple=True, help="Roots of time-stamping authorities."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the text; by default your locale's.")
@click.option("-v", "--verbose", is_flag=True, help="The whole account of each of several files.")
def command(
    files: tuple[str, ...],
    trust_path: str | None,
    urls: tuple[str, ...],
    hashes: tuple[str, ...],
    roots: tuple[str, ...],
    as_json: bool,
    lang: str | None,
    verbose: bool,
) -> int:
    """Check receipts, evidence and bundles: signatures, proofs, anchors, completeness, findings. A FILE of -
    is read from standard input; a photograph of a paper receipt's QR codes is a FILE, too. Receipts given
    beside a bundle restore what was erased from it.

    Exit code: 0 good; 1 bad (tampered, a promise broken, a false consent); 2 undecided, with the reason; 3 no
    file of ours or wrong usage; 4 internal error.
    """
    trust, block_hashes = _read_trust(trust_path), _parse_block_hashes(hashes)
    files, photographed = verify_photo.read(files, trust)
    now = time.time_ns() // 1_000_000
    checking = Checking(trust, block_hashes, _open_view(urls), now, _read_roots(roots))
    results = check_files(checking, files, photographed)
    exit_code = most_severe_exit(result.exit_code for result in results)
    if as_json:
        click.echo(encode(to_value(files, results, exit_code)))
        return exit_code
    text = Text(lang or _language())
    whole = verbose or len(files) == 1
    for name, result in zip(files, results, strict=True):
        click.echo(_told(name, result, text, whole))
    if len(files) > 1:
        click.echo(render_summary([result.verdict for result in results], text))
    return exit_code


def _told(name: str, result: Result, text: Text, whole: bool) -> str:
    if isinstance(result, Report):
        return render(name, result, text) + "\n" if whole else render_short(name, result, text)
    from service.cli import verify_evidence_text as told  # only now: it brings the rules of findings

    return told.render_evidence(name, result, text) + "\n"


def most_severe_exit(codes: Iterable[int]) -> int:
    """The exit code for several files: 1 > 4 > 3 > 2 > 0."""
    return min(codes, key=_SEVERITY.index)


def _read_trust(path: str | None) -> Trust | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            return trust_files.parse(file.read(trust_files.MAX_TRUST_BYTES + 1))
    except (OSError, ValueError, TallyError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--trust") from None


def _read_roots(paths: Sequence[str]) -> Sequence[bytes] | None:
    if not paths:
        return None
    from service.cli.verify_stamps import read_roots  # only now: it brings the parsers of certificates

    return read_roots(paths)


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
