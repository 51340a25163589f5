"""What reaches the journal of an error."""

from __future__ import annotations

import json
import logging
import sys

from service.bootstrap.journal import JsonLines


def test_of_an_error_only_class_and_place_are_told() -> None:
    """Its text may quote a row, and so may that of the one it came from."""
    try:
        try:
            raise KeyError("call 13800001111")
        except KeyError as first:
            raise ValueError("[parameters: ('455.00 元', 'tally_share_x')]") from first
    except ValueError:
        record = logging.LogRecord("tally.api", logging.ERROR, "x", 1, "internal error", (), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["error"], line["message"], line["level"]) == ("ValueError", "internal error", "error")
    assert line["stack"][-1].startswith("test_journal.py:")
    for secret in ("13800001111", "455.00", "tally_share"):
        assert secret not in json.dumps(line, ensure_ascii=False)
