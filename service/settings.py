"""The service's settings: the only reader of the environment.

Every setting is a variable `TALLY_…`; command-line options override them. The table in `docs/operations.md`
documents the same list, and a test compares the two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from service.core.errors import TallyError

PLATFORM = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
TEST_SUFFIX = "-test"

VARIABLES: Mapping[str, str] = {
    "TALLY_DATA": "data folder: keys, LastSigned, and with the embedded chain everything else",
    "TALLY_DATABASE_URL": "PostgreSQL instead of SQLite in the data folder: postgresql://user@host/name",
    "TALLY_CHAIN": "chain configuration file (TOML)",
    "TALLY_HOST": "address to listen on",
    "TALLY_PORT": "port to listen on; 0 takes a free one",
    "TALLY_PUBLIC_URL": "the URL users see, when a proxy stands in front",
    "TALLY_PROXIES": "addresses or networks of trusted proxies, whose X-Forwarded-For is believed",
    "TALLY_ORIGIN_PREFIX": "what every log's origin begins with: <prefix>/<platform>",
    "TALLY_PLATFORMS": "platforms to open logs for at the start, separated by commas",
    "TALLY_BODY_BUDGET": "bytes of request bodies in memory at once",
    "TALLY_READ_THREADS": "threads for database reads",
    "TALLY_ANVIL": "the anvil binary of the embedded chain",
    "TALLY_RETENTION": "retention rules (TOML) instead of the profile's",
    "TALLY_RETENTION_INTERVAL": "seconds from one retention run to the next",
    "TALLY_WEBHOOK_DEVELOPMENT": "1 lets webhooks go to http URLs and to this host: never in production",
    "TALLY_LOG_LEVEL": "debug, info, warning or error",
    "TALLY_TSA_URL": "an RFC 3161 time-stamping authority that stamps anchored checkpoints",
    "TALLY_TSA_ROOTS": "PEM file of the authority's root certificates",
    "TALLY_TSA_INTERVAL": "seconds between two time stamps of one log",
    "TALLY_OPERATOR": "who runs the logs, as certificates shall say it",
    "TALLY_OPERATOR_RELATION": "what the operator is to the platforms, as certificates shall say it",
}


class SettingsError(TallyError):
    """A variable or option has a value that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One process's settings. `database_url` None means SQLite in the data folder."""

    data: Path = Path("tally-data")
    database_url: str | None = None
    chain: Path = Path("chain-config/local.toml")
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    origin_prefix: str = "tallystick.local/logs"
    platforms: tuple[str, ...] = ("kaka", "xianka", "bendi")
    body_budget: int = 64 * 1024 * 1024
    read_threads: int = 4
    log_level: str = "info"
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    retention: Path | None = None
    retention_interval: int = 86_400
    webhook_development: bool = False
    tsa_url: str | None = None
    tsa_roots: Path | None = None
    tsa_interval: int = 3600
    operator: str | None = None
    operator_relation: str | None = None


def _number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a number from {low} to {high}")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingsError(f"{name} must be 0 or 1")
    return text == "1"


def _platforms(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not PLATFORM.fullmatch(name) or name.endswith(TEST_SUFFIX):
            raise SettingsError(
                f"TALLY_PLATFORMS: {name!r} is not a platform name (lower-case letters, digits and hyphens, "
                f"at most 32, not ending in {TEST_SUFFIX})"
            )
    if len(set(names)) != len(names):
        raise SettingsError("TALLY_PLATFORMS names a platform twice")
    return names


def _proxies(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError:
        raise SettingsError(
            "TALLY_PROXIES must be addresses or networks such as 10.0.0.0/24, separated by commas"
        ) from None


def _origin_prefix(text: str) -> str:
    # An origin is 1-255 bytes 0x21-0x7e without "+" (the registry refuses others); room is left for
    # "/<platform>-test".
    if not re.fullmatch(r"[!-*,-~]{1,200}", text) or text.endswith("/"):
        raise SettingsError(
            "TALLY_ORIGIN_PREFIX must be 1-200 printable ASCII characters without space or +, not ending in /"
        )
    return text


def _log_level(text: str) -> str:
    if text not in ("debug", "info", "warning", "error"):
        raise SettingsError("TALLY_LOG_LEVEL must be debug, info, warning or error")
    return text


def _authority(given: Mapping[str, str]) -> Mapping[str, Any]:
    """The three settings of a time-stamping authority: its address needs its roots, and the other way."""
    url, roots = given.get("TALLY_TSA_URL"), given.get("TALLY_TSA_ROOTS")
    if (url is None) != (roots is None):
        raise SettingsError("TALLY_TSA_URL and TALLY_TSA_ROOTS are given together or not at all")
    if url is not None and not re.fullmatch(r"https?://[!-~]{1,2000}", url):
        raise SettingsError("TALLY_TSA_URL must be an http or https URL")
    interval = _number("TALLY_TSA_INTERVAL", given.get("TALLY_TSA_INTERVAL", "3600"), 1, 31 * 86400)
    return {"tsa_url": url, "tsa_roots": None if roots is None else Path(roots), "tsa_interval": interval}


def _operator(given: Mapping[str, str]) -> Mapping[str, Any]:
    """Who runs the logs. What a certificate prints must be plain: no control, no invisible characters."""
    read: dict[str, str | None] = {}
    for name, longest in (("TALLY_OPERATOR", 120), ("TALLY_OPERATOR_RELATION", 200)):
        text = given.get(name)
        if text is not None and (len(text) > longest or not text.isprintable() or text != text.strip()):
            raise SettingsError(
                f"{name} must be at most {longest} printable characters, without space around them"
            )
        read[name.removeprefix("TALLY_").lower()] = text
    if read["operator"] is None and read["operator_relation"] is not None:
        raise SettingsError("TALLY_OPERATOR_RELATION needs TALLY_OPERATOR")
    return read


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from a mapping of variables (`os.environ`). SettingsError names what cannot be used.

    An empty variable counts as absent. An unknown TALLY_ variable is refused: a misspelt setting must not
    be silent.
    """
    unknown = sorted(name for name in environment if name.startswith("TALLY_") and name not in VARIABLES)
    unknown = [name for name in unknown if not name.startswith(("TALLY_TEST_", "TALLY_CLIENT_"))]
    if unknown:
        raise SettingsError("unknown settings: " + ", ".join(unknown))
    given = {name: environment[name] for name in VARIABLES if environment.get(name)}
    default = Settings()
    return Settings(
        data=Path(given.get("TALLY_DATA", default.data)),
        database_url=given.get("TALLY_DATABASE_URL"),
        chain=Path(given.get("TALLY_CHAIN", default.chain)),
        host=given.get("TALLY_HOST", default.host),
        port=_number("TALLY_PORT", given.get("TALLY_PORT", str(default.port)), 0, 65535),
        public_url=given.get("TALLY_PUBLIC_URL"),
        proxies=_proxies(given.get("TALLY_PROXIES", "")),
        origin_prefix=_origin_prefix(given.get("TALLY_ORIGIN_PREFIX", default.origin_prefix)),
        platforms=_platforms(given.get("TALLY_PLATFORMS", ",".join(default.platforms))),
        body_budget=_number(
            "TALLY_BODY_BUDGET", given.get("TALLY_BODY_BUDGET", str(default.body_budget)), 16 * 2**20, 2**36
        ),
        read_threads=_number(
            "TALLY_READ_THREADS", given.get("TALLY_READ_THREADS", str(default.read_threads)), 1, 64
        ),
        retention=Path(given["TALLY_RETENTION"]) if "TALLY_RETENTION" in given else None,
        retention_interval=_number(
            "TALLY_RETENTION_INTERVAL",
            given.get("TALLY_RETENTION_INTERVAL", str(default.retention_interval)),
            1,
            86_400 * 31,
        ),
        webhook_development=_switch("TALLY_WEBHOOK_DEVELOPMENT", given.get("TALLY_WEBHOOK_DEVELOPMENT", "0")),
        log_level=_log_level(given.get("TALLY_LOG_LEVEL", default.log_level)),
        **_authority(given),
        **_operator(given),
    )


def from_environment() -> Settings:
    """Settings of this process."""
    return read(os.environ)


def environment() -> Mapping[str, str]:
    """The process's variables, for the `${NAME}` in a chain configuration: secrets of RPC URLs, mostly."""
    return os.environ
