"""Network files: the shipped ones load, and every mistake is refused by its member's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.chain.config import ChainConfigError, load

CONFIGS = Path(__file__).parents[3] / "chain-config"
SEPOLIA = (CONFIGS / "sepolia.toml").read_text("utf-8")
ENVIRONMENT = {"SEPOLIA_RPC_URL": "https://node.example/v1/secret"}


def refused(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> str:
    """The message with which a file is refused."""
    path = tmp_path / "net.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ChainConfigError) as caught:
        load(path, ENVIRONMENT if environment is None else environment)
    return str(caught.value)


def test_the_embedded_chain() -> None:
    config = load(CONFIGS / "local.toml", {})
    assert config.embedded
    assert (config.anchoring.interval, config.anchoring.promise, config.anchoring.max_delay) == (
        5,
        3600,
        3600,
    )
    assert config.finality.confirmations is None
    assert config.fees.min_priority == 10**6


def test_the_pattern_of_a_real_network() -> None:
    config = load(CONFIGS / "sepolia.toml", ENVIRONMENT)
    assert config.node is not None
    assert config.node.chain_id == 11155111
    assert config.node.rpc == ("https://node.example/v1/secret",)
    assert config.node.deployment == CONFIGS / "deployments/sepolia.json"
    assert config.fees.budget == 10**16


def test_a_block_explorer_may_be_left_out(tmp_path: Path) -> None:
    line = next(line for line in SEPOLIA.splitlines() if line.startswith("explorer"))
    assert load(CONFIGS / "sepolia.toml", ENVIRONMENT).explorer == "https://sepolia.etherscan.io"
    path = tmp_path / "net.toml"
    path.write_text(SEPOLIA.replace(line, ""), "utf-8")
    assert load(path, ENVIRONMENT).explorer is None
    for wrong in (
        "http://a.example",
        "javascript:alert(1)",
        "https://a.example/?q=",
        'https://a.example/\\"',
    ):
        assert "explorer" in refused(tmp_path, SEPOLIA.replace(line, f'explorer = "{wrong}"'))


def test_a_number_of_confirmations(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(
        SEPOLIA.replace('rule = "finalized" ', 'rule = "confirmations"\nconfirmations = 64'), "utf-8"
    )
    assert load(path, ENVIRONMENT).finality.confirmations == 64


@pytest.mark.parametrize(
    ("old", "new", "member"),
    [
        ("chain_id = 11155111", 'chain_id = "11155111"', "chain_id"),
        ("chain_id = 11155111", "chain_id = true", "chain_id"),
        ("chain_id = 11155111", "", "chain_id: missing"),
        ('kind = "node"', 'kind = "nodes"', "kind"),
        ('["${SEPOLIA_RPC_URL}"]', "[]", "rpc"),
        ('["${SEPOLIA_RPC_URL}"]', '["ftp://x"]', "rpc"),
        ("interval_seconds = 600", "interval_seconds = 0", "anchoring.interval_seconds"),
        ("interval_seconds = 600", "interval_second = 600", "anchoring.interval_seconds: missing"),
        ("interval_seconds = 600", "extra = 1\ninterval_seconds = 600", "anchoring.extra: unknown"),
        ("promise_seconds = 3600", "promise_seconds = 7201", "anchoring.promise_seconds"),
        ("expected_seconds = 120", "expected_seconds = 2000", "anchoring.promise_seconds"),
        ("bump_percent = 15", "bump_percent = 9", "fees.bump_percent"),
        ("max_fee_gwei = 60", "max_fee_gwei = nan", "fees.max_fee_gwei"),
        ("max_fee_gwei = 60", "max_fee_gwei = 1e10", "fees.max_fee_gwei"),
        ("max_fee_gwei = 60", "max_fee_gwei = 0.0000000001", "fees.max_fee_gwei"),
        ("max_fee_gwei = 60", "max_fee_gwei = 1", "fees"),
        ("challenge_deposit_ether = 0.01", "challenge_deposit_ether = 0.06", "challenge_deposit_ether"),
        ('rule = "finalized" ', 'rule = "safe" ', "finality.rule"),
        ('rule = "finalized" ', 'rule = "finalized"\nconfirmations = 3', "finality.confirmations"),
        ('rule = "finalized" ', 'rule = "confirmations"', "finality.confirmations: missing"),
        ('"deployments/sepolia.json"', '"/etc/passwd"', "deployment"),
        ('name = "sepolia"', 'name = "Sepolia net"', "name"),
        ('name = "sepolia"', 'name = "sepolia', "not TOML"),
        ('name = "sepolia"', 'name = "sepolia"\nsecret = "x"', "secret: unknown"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, member: str) -> None:
    assert old in SEPOLIA
    assert member in refused(tmp_path, SEPOLIA.replace(old, new))


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    assert "SEPOLIA_RPC_URL is not set" in refused(tmp_path, SEPOLIA, {})


def test_a_refusal_does_not_show_the_secret(tmp_path: Path) -> None:
    message = refused(tmp_path, SEPOLIA, {"SEPOLIA_RPC_URL": "htp://node.example/v1/secret"})
    assert "secret" not in message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ChainConfigError, match="No such file"):
        load(tmp_path / "none.toml", {})
