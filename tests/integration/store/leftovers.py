"""Looking for erased content in the real bytes of a folder: values, salts, disclosures, digests of guesses.

A disclosure is looked for by every run of 22 of its characters (16 bytes), so a piece of it that is split
over pages is found too. Whoever has no salt can only try digests that need none: those of a guessed value in
any encoding. A guess with a salt is 2^128 guesses as long as no byte of the salt is left.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from service.core import disclosure

_WINDOW = 22
_RUNS = re.compile(rb"[A-Za-z0-9_-]{%d,}" % _WINDOW)
_HEX = re.compile(rb"[0-9a-fx]+")


def files(folder: Path, skip: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below the folder with its bytes; `skip`: names (or folders) left out."""
    left_out = set(skip)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not left_out & set(path.relative_to(folder).parts):
            yield str(path.relative_to(folder)), path.read_bytes()


def found(
    secrets: Mapping[str, str], content: Iterable[tuple[str, bytes]], live: Iterable[str] = ()
) -> dict[str, set[str]]:
    """File → names of the secrets (disclosures) of which anything was found in it. What `live` disclosures
    have in common with them (names of claims, frequent values) proves nothing.
    """
    runs = {run: name for name, text in secrets.items() for run in _runs(text)}
    needles = {needle: name for name, text in secrets.items() for needle in _needles(text)}
    for text in live:
        for known in _runs(text):
            runs.pop(known, None)
        for known in _needles(text):
            needles.pop(known, None)
    hits: dict[str, set[str]] = {}
    for file, data in content:
        names = {name for needle, name in needles.items() if needle in data}
        for text in _RUNS.findall(data):
            if not _HEX.fullmatch(text):  # the chain's; a disclosure has other letters
                names.update(runs[run] for run in _runs(text.decode()) if run in runs)
        if names:
            hits[file] = names
    return hits


def _runs(text: str) -> Iterator[bytes]:
    plain = text.encode()
    return (plain[start : start + _WINDOW] for start in range(len(plain) - _WINDOW + 1))


def _needles(text: str) -> Iterator[bytes]:
    """The salt, and the value as it could stand in plain."""
    opened = disclosure.parse(text)
    yield opened.salt.encode()
    yield urlsafe_b64decode(opened.salt + "==")
    for part in _leaves(opened.value):
        if len(part) >= 8:
            yield part.encode()
            yield part.encode("utf-16-le")
            yield json.dumps(part).encode()[1:-1]


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield str(value)


_HASHES: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: hashlib.sha256(data).digest(),
    lambda data: hashlib.sha1(data).digest(),
    lambda data: hashlib.md5(data).digest(),
    lambda data: hashlib.blake2b(data).digest()[:32],
)


def dictionary(guesses: Iterable[str]) -> dict[bytes, str]:
    """Every unsalted digest of every guess, in the forms in which one would be stored, cut to 16 bytes."""
    table: dict[bytes, str] = {}
    for guess in guesses:
        plain = guess.encode()
        for form in (plain, json.dumps(guess).encode(), b64encode(plain), urlsafe_b64encode(plain)):
            for digest in _HASHES:
                value = digest(form)
                for stored in (value, value.hex().encode(), urlsafe_b64encode(value), b64encode(value)):
                    table[stored[:16]] = guess
    return table


def guessed(table: Mapping[bytes, str], content: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
    """File → guesses of which a digest stands at any place in it."""
    hits: dict[str, set[str]] = {}
    for file, data in content:
        for start in range(len(data) - 15):
            if data[start : start + 16] in table:
                hits.setdefault(file, set()).add(table[data[start : start + 16]])
    return hits
