"""What an expert needs beside a bundle, copied from the sources by scripts/expert-pack and shipped with the
package: the protocol, the contract, its known code hash, and the digests of the test vectors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "files"


@lru_cache(maxsize=1)
def files() -> Mapping[str, bytes]:
    """The pack's files by path, in order of path."""
    found = sorted(each for each in _FOLDER.rglob("*") if each.is_file())
    return {each.relative_to(_FOLDER).as_posix(): each.read_bytes() for each in found}


def code_hash() -> str:
    """keccak256 of the registry's runtime code, as hex: the same on every chain."""
    value = json.loads(files()["registry.json"])["runtime_code_hash"]
    assert isinstance(value, str)
    return value
