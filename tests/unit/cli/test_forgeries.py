"""Forgeries by hand: `tally verify` gives each the verdict and the named cause that it deserves."""

from __future__ import annotations

import pytest

from service.cli.verify_files import Checking, check_files
from service.core import trust as trust_files
from service.core.errors import FormatError
from service.core.hexs import from_hex
from service.core.verdict import Report
from tests.unit.cli.forgeries import Forgery, forgeries

ROWS = list(forgeries())


def judged(row: Forgery) -> tuple[str, str]:
    """(verdict, reason) of the row's last file."""
    try:
        trust = trust_files.parse(row.trust)
    except FormatError as error:
        return "tampered", error.pointer
    blocks = {int(chain): {from_hex(each) for each in hashes} for chain, hashes in row.blocks}
    names = [str(number) for number in range(len(row.files))]
    given = dict(zip(names, row.files, strict=True))
    last = check_files(Checking(trust, blocks, None, row.now), names, given)[-1]
    report = last if isinstance(last, Report) else last.report
    return str(report.verdict), report.reason


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_forgery_is_named(row: Forgery) -> None:
    assert judged(row) == (row.verdict, row.reason)
