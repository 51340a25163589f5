"""What the scalar types are; the English texts also serve as the details of problems ("must be …")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Text

SCALARS: Final[Mapping[str, Text]] = {
    "fen": Text(
        "以货币最小单位（分）计的整数金额，0 至 9007199254740991",
        "an amount in minor units (fen): an integer from 0 to 9007199254740991",
    ),
    "signed_fen": Text(
        "以分计的整数金额，可为负数（负数表示优惠）",
        "an amount in minor units (fen): an integer, below zero for an allowance",
    ),
    "basis_points": Text(
        "以万分之一（基点）计的比率，整数，0 至 9007199254740991",
        "a rate in basis points (1/10,000): an integer from 0 to 9007199254740991",
    ),
    "signed_basis_points": Text(
        "以万分之一（基点）计的比率，整数，可为负数",
        "a rate in basis points (1/10,000): an integer, below zero for an allowance",
    ),
    "seconds": Text("秒数，非负整数", "a number of seconds: an integer from 0 to 9007199254740991"),
    "count": Text("非负整数", "an integer from 0 to 9007199254740991"),
    "unix_seconds": Text(
        "Unix 时间（秒），与签名文本中的 uint64 相同",
        "Unix seconds, as in the signed message: an integer from 0 to 9007199254740991",
    ),
    "dig": Text("SHA-256 摘要：0x 加 64 位小写十六进制", "a SHA-256 digest: 0x and 64 lower-case hex digits"),
    "cmt": Text(
        "承诺值：JCS([交易盐, 值]) 的 SHA-256，0x 加 64 位小写十六进制；同一交易内可比对，交易之间不可关联",
        "a commitment, the SHA-256 of JCS([trade salt, value]): 0x and 64 lower-case hex digits",
    ),
    "salt": Text(
        "签名文本中的随机盐：0x 加 64 位小写十六进制",
        "the signed message's salt: 0x and 64 lower-case hex digits",
    ),
    "leaf": Text(
        "条目的叶子哈希：0x 加 64 位小写十六进制", "an entry's leaf hash: 0x and 64 lower-case hex digits"
    ),
    "address": Text("地址：0x 加 40 位小写十六进制", "an address: 0x and 40 lower-case hex digits"),
    "evm_signature": Text(
        "65 字节签名 r、s、v：0x 加 130 位小写十六进制",
        "a signature r, s, v of 65 bytes: 0x and 130 lower-case hex digits",
    ),
    "service_role": Text(
        "签名密钥的角色：小写字母开头，最多 32 个字符",
        "a key's role: a lower-case letter, then up to 31 characters out of a-z 0-9 _ -",
    ),
    "time": Text(
        "UTC 时间，精确到毫秒：YYYY-MM-DDTHH:MM:SS.mmmZ",
        "a UTC time that exists, as YYYY-MM-DDTHH:MM:SS.mmmZ",
    ),
    "date_or_time": Text(
        "日期 YYYY-MM-DD，或 UTC 时间 YYYY-MM-DDTHH:MM:SS.mmmZ",
        "a date YYYY-MM-DD or a UTC time YYYY-MM-DDTHH:MM:SS.mmmZ",
    ),
    "id": Text(
        "标识符：1 至 64 个字符，取自 A-Z a-z 0-9 . _ : -",
        "an id: 1 to 64 characters out of A-Z a-z 0-9 . _ : -",
    ),
    "code": Text(
        "代码：1 至 64 个字符，取自 A-Z a-z 0-9 . _ : -",
        "a code: 1 to 64 characters out of A-Z a-z 0-9 . _ : -",
    ),
    "line": Text(
        "卡片行（或付款分笔）的编号：非负整数或标识符；数字 1 与文本“1”不同",
        "a line: an integer from 0 to 9007199254740991 or 1 to 64 characters out of A-Z a-z 0-9 . _ : -",
    ),
    "currency": Text("ISO 4217 货币代码，三个大写字母", "an ISO 4217 currency code: three capital letters"),
    "name": Text("1 至 256 个字符的文本", "a text of 1 to 256 characters"),
    "prose": Text("1 至 16384 个字符的文本", "a text of 1 to 16384 characters"),
    "condition_code": Text(
        "balance_short、damaged、expired、frozen、duplicate、other，或平台自有的 x-…",
        "one of balance_short, damaged, expired, frozen, duplicate, other, or a platform's own x-…",
    ),
    "disclosure": Text(
        "披露项：base64url，无填充", "a disclosure: base64url without padding, at most 87726 characters"
    ),
    "decoy": Text(
        "诱饵摘要：43 个 base64url 字符（32 字节）", "43 characters base64url, the canonical form of 32 bytes"
    ),
}
