"""Canonical JSON vectors: accepted texts with RFC 8785 bytes (by the rfc8785 package), and refused texts."""

from __future__ import annotations

import json
from typing import Any

import rfc8785

ACCEPTED = {
    "literals": " [ null , true , false ] ",
    "integers": "[0, -1, 1, 9007199254740991, -9007199254740991]",
    "a scalar alone": ' "text" ',
    "an empty object": "{ }",
    "an empty array in an object": '{"a": [ ]}',
    "names are sorted": '{"b":1,"a":2,"B":3,"10":4,"9":5,"":6,"_":7,"aa":8}',
    "names sort by code unit, not by length": '{"a.b":1,"a":2,"a-":3,"a b":4}',
    "control characters": '["\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\u007f\\u0080"]',
    "quote, reverse solidus, solidus": '["\\"\\\\\\/"]',
    "escapes that need none": '["\\u0041\\u00e9\\u20ac\\u4e00"]',
    "a surrogate pair": '["\\ud83d\\ude02"]',
    "U+2028 and U+2029 stay": '["\\u2028\\u2029"]',
    "no normalisation": '["A\\u030a", "\\u00c5"]',
    "escaped name": '{"\\u0061":1}',
    "white space": '\r\n\t {\t"b" :\r\n1 , "a" : [ 2 ] }\n',
    "depth 16": "[" * 16 + "]" * 16,
    "Chinese": '{"brand": "\u4eac\u4e1cE\u5361", "claims": {"net": 8850}}',
}

# name: (text, pointer to the refused place)
REFUSED: dict[str, tuple[str, str]] = {
    "a duplicate name": ('{"a":1,"a":1}', "/a"),
    "a duplicate name, spelt otherwise": ('{"a":1,"\\u0061":2}', "/a"),
    "a duplicate name inside": ('{"x":[0,{"b":1,"c":2,"b":3}]}', "/x/1/b"),
    "a fraction": ('{"net":1.5}', "/net"),
    "a fraction of zero": ("[1.0]", "/0"),
    "an exponent": ("[0,1e2]", "/1"),
    "an exponent, upper case": ("1E2", ""),
    "minus zero": ('{"a":[-0]}', "/a/0"),
    "minus zero, fraction": ("-0.0", ""),
    "NaN": ("[NaN]", "/0"),
    "Infinity": ('{"a":Infinity}', "/a"),
    "-Infinity": ("-Infinity", ""),
    "2^53": ("9007199254740992", ""),
    "-2^53": ("[-9007199254740992]", "/0"),
    "2^64": ('{"a":18446744073709551616}', "/a"),
    "a hundred digits": ("[" + "9" * 100 + "]", "/0"),
    "five thousand digits": ("9" * 5000, ""),
    "a leading zero": ("01", ""),
    "a leading plus": ("+1", ""),
    "hexadecimal": ("0x10", ""),
    "fullwidth digits": ("\uff14\uff12", ""),
    "a lone high surrogate": ('["\\ud800"]', "/0"),
    "a lone low surrogate": ('{"a":"\\udc00"}', "/a"),
    "surrogates in the wrong order": ('["\\ude02\\ud83d"]', "/0"),
    "a lone surrogate in a name": ('{"\\ud800":1}', ""),
    "a name that is not ASCII": ('{"a":{"\u00e9":1}}', "/a"),
    "an escaped name that is not ASCII": ('{"\\u00e9":1}', ""),
    "a byte order mark": ("\ufeff{}", ""),
    "bytes after the value": ("{}{}", ""),
    "a comma after the value": ("1,", ""),
    "a trailing comma in an array": ("[1,]", ""),
    "a trailing comma in an object": ('{"a":1,}', ""),
    "a comment": ("[1 /* one */]", ""),
    "single quotes": ("{'a':1}", ""),
    "a bare name": ("{a:1}", ""),
    "a control character in a string": ('["\t"]', ""),
    "an unknown escape": ('["\\x41"]', ""),
    "a no-break space around": ("\u00a01", ""),
    "nothing": ("", ""),
    "white space only": (" ", ""),
    "an unclosed array": ("[[]", ""),
    "a closing bracket too many": ("[]]", ""),
    "depth 17": ("[" * 17 + "]" * 17, "/0" * 16),
    "depth 17 in objects": ('{"a":' * 17 + "0" + "}" * 17, "/a" * 16),
    "a name that needs escaping in the pointer": ('{"a/b~c":[1.5]}', "/a~1b~0c/0"),
}

REFUSED_BYTES = {
    "invalid UTF-8": "ff",
    "a UTF-8 surrogate": "22eda08022",
    "an overlong encoding": "22c08022",
    "a truncated character": "22e4b8",
    "beyond U+10FFFF": "22f490808022",
    "UTF-16": "fffe31003200",
    "a null byte": "00",
    "a null byte after the value": "3100",
}


def build() -> dict[str, Any]:
    """The content of canonical.json."""
    return {
        "about": "accepted: RFC 8785 bytes by the rfc8785 package; refused: what and where (RFC 6901)",
        "accepted": [
            {"name": name, "text": text, "canonical": rfc8785.dumps(json.loads(text)).decode()}
            for name, text in ACCEPTED.items()
        ],
        "refused": [
            {"name": name, "text": text, "pointer": pointer} for name, (text, pointer) in REFUSED.items()
        ],
        "refused_bytes": [{"name": name, "hex": "0x" + data} for name, data in REFUSED_BYTES.items()],
    }
