from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.addresses import Target, is_public, parse_url
from service.webhooks.errors import WebhookRefused

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:4136:e378::1", "2001:db8::1",
    "3fff::1", "100::1", "5f00::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "240e::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_mean_something_only_here(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_no_public_address_is_one_that_python_calls_private(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
    assert not is_public(f"::ffff:{address}")
    assert not is_public(str(ipaddress.IPv6Address(0x2002 << 112 | number << 80)))
    assert not is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | number)))


@given(st.integers(0, 2**128 - 1))
def test_no_public_v6_address_is_one_that_python_calls_private(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    if is_public(str(address)):
        assert address.is_global
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target(True, "hooks.example.com", 443, "/")),
        ("https://HOOKS.example.com:8443/a/b?c=d", Target(True, "hooks.example.com", 8443, "/a/b?c=d")),
        ("https://8.8.8.8/x", Target(True, "8.8.8.8", 443, "/x")),
        ("https://[2606:4700::1111]:8443/", Target(True, "2606:4700::1111", 8443, "/")),
        ("https://xn--fsqu00a.xn--0zwm56d/", Target(True, "xn--fsqu00a.xn--0zwm56d", 443, "/")),
    ],
)
def test_urls(url: str, target: Target) -> None:
    assert parse_url(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example.com", "http://hooks.example.com/", "ftp://hooks.example.com/", "https:///x",
        "https://user@hooks.example.com/", "https://hooks.example.com@127.0.0.1/", "https://a.example/#x",
        "https://hooks.example.com:22/", "https://hooks.example.com:0/", "https://hooks.example.com:80/",
        "https://hooks.example.com:99999/", "https://hooks.example.com:x/", "https://127.0.0.1/",
        "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://017700000001/",
        "https://127.0.0.0x1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data", "https://localhost/", "https://a.localhost/",
        "https://metadata.google.internal/", "https://printer.local/", "https://例子.测试/",
        "https://a.example/\r\nx-evil: 1", "https://a.example/ x", "https://a.example\\@b.example/",
        "https://hooks.example.com./", "https://" + "a" * 64 + ".example/", "https://a.example/" + "x" * 2048,
        "https://[::1", "https://-a.example/", "https://a..example/",
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        parse_url(url)
    assert refused.value.pointer == "/url"


def test_development_reaches_this_host_and_no_further() -> None:
    assert parse_url("http://127.0.0.1:80/x", development=True) == Target(False, "127.0.0.1", 80, "/x")
    assert parse_url("http://localhost:1234/", development=True).authority == "localhost:1234"
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[fe80::1]/"):
        with pytest.raises(WebhookRefused):
            parse_url(url, development=True)


@given(st.text())
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        target = parse_url("https://" + text)
    except WebhookRefused:
        return
    assert target.host
    assert target.path.startswith("/")
    assert all("!" <= character <= "~" for character in target.path + target.host)
