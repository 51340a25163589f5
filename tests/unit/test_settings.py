"""Settings: every variable, its bounds, and that the documentation lists the same ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service import settings


def test_defaults() -> None:
    assert settings.read({}) == settings.Settings()


def test_every_variable_is_read() -> None:
    given = settings.read(
        {
            "TALLY_DATA": "/var/lib/tally",
            "TALLY_DATABASE_URL": "postgresql://db/tally",
            "TALLY_CHAIN": "sepolia.toml",
            "TALLY_HOST": "0.0.0.0",
            "TALLY_PORT": "0",
            "TALLY_PUBLIC_URL": "https://logs.example",
            "TALLY_ORIGIN_PREFIX": "logs.example",
            "TALLY_PLATFORMS": "a, b-2",
            "TALLY_BODY_BUDGET": "33554432",
            "TALLY_READ_THREADS": "8",
            "TALLY_LOG_LEVEL": "debug",
            "TALLY_RETENTION": "rules.toml",
            "TALLY_RETENTION_INTERVAL": "60",
            "TALLY_OPERATOR": "符契存证（上海）有限公司",
            "TALLY_OPERATOR_RELATION": "独立第三方",
            "HOME": "/root",
        }
    )
    assert given == settings.Settings(
        Path("/var/lib/tally"),
        "postgresql://db/tally",
        Path("sepolia.toml"),
        "0.0.0.0",
        0,
        "https://logs.example",
        "logs.example",
        ("a", "b-2"),
        33554432,
        8,
        "debug",
        retention=Path("rules.toml"),
        retention_interval=60,
        operator="符契存证（上海）有限公司",
        operator_relation="独立第三方",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TALLY_PORT", "65536"),
        ("TALLY_OPERATOR", "a\nb"),
        ("TALLY_OPERATOR", "a\u202eb"),
        ("TALLY_OPERATOR", " a"),
        ("TALLY_OPERATOR", "符" * 121),
        ("TALLY_OPERATOR_RELATION", "of nobody"),
        ("TALLY_PORT", "-1"),
        ("TALLY_PORT", "８０"),
        ("TALLY_PLATFORMS", "Kaka"),
        ("TALLY_PLATFORMS", "kaka-test"),
        ("TALLY_PLATFORMS", "kaka,kaka"),
        ("TALLY_PLATFORMS", "-kaka"),
        ("TALLY_ORIGIN_PREFIX", "a b"),
        ("TALLY_ORIGIN_PREFIX", "a+b"),
        ("TALLY_ORIGIN_PREFIX", "a/"),
        ("TALLY_BODY_BUDGET", "1"),
        ("TALLY_READ_THREADS", "0"),
        ("TALLY_LOG_LEVEL", "loud"),
        ("TALLY_RETENTION_INTERVAL", "0"),
        ("TALLY_PROXIES", "10.0.0.1/8"),
        ("TALLY_PROXIES", "proxy.example"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.read({name: value})


def test_proxies_are_addresses_or_networks() -> None:
    given = settings.read({"TALLY_PROXIES": "10.0.0.0/8, ::1"}).proxies
    assert [str(each) for each in given] == ["10.0.0.0/8", "::1/128"]


def test_a_misspelt_variable_is_not_silent() -> None:
    with pytest.raises(settings.SettingsError, match=r"TALLY_DATABASE$"):
        settings.read({"TALLY_DATABASE": "postgresql://db/tally"})


def test_the_documentation_lists_every_variable() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(TALLY_[A-Z_]+)`", text, re.MULTILINE)) == set(settings.VARIABLES)
