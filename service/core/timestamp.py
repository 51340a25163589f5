"""RFC 3161 time stamps of checkpoints: a third party's word that a signed note existed at a time.

The message that is stamped is the signed note, byte for byte (UTF-8), under SHA-256 or stronger. An anchor
already bounds the time; a time stamp says the same under a clock that courts know. Which authorities count is
the caller's decision: without a root the token is read, not trusted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client import VerificationError as TokenError

from service.core.errors import FormatError, VerificationError

MAX_RESPONSE_BYTES = 64 * 1024
MAX_ROOTS = 64
_GRANTED = 0
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What a token says: `time` ± `accuracy` in Unix ms (accuracy None: not stated), by whom, under which
    policy (an object identifier), with which serial number.
    """

    time: int
    accuracy: int | None
    authority: str
    policy: str
    serial: int


def read(response: bytes) -> TimeStamp:
    """What a DER TimeStampResp (RFC 3161 §2.4.2) says, without trusting it. Errors: FormatError."""
    return _described(_decode(response))


def verify(response: bytes, message: bytes, roots: Sequence[bytes]) -> TimeStamp:
    """The time stamp, if it is of `message` and its signer descends from one of `roots` (DER certificates).

    The certificates have to be valid at the token's time, not now. Errors: FormatError for bytes that are no
    response, VerificationError for everything that a genuine token of a trusted authority is not.
    """
    decoded = _decode(response)
    builder = VerifierBuilder()
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(_certificate(root))
    try:
        builder.build().verify_message(decoded, message)
    except (TokenError, ValueError, KeyError, TypeError) as error:
        raise VerificationError(f"the time stamp does not verify: {error}") from None
    return _described(decoded)


def is_of(response: bytes, message: bytes) -> bool:
    """Whether a response's imprint is of this message; no signature is checked. Errors: FormatError."""
    imprint = _decode(response).tst_info.message_imprint
    for oid, algorithm in _DIGESTS.items():
        if imprint.hash_algorithm.dotted_string == oid:
            return hashlib.new(algorithm, message).digest() == bytes(imprint.message)
    return False


def read_roots(data: bytes) -> list[bytes]:
    """The certificates of a PEM or DER file, as DER. Errors: FormatError."""
    try:
        if data.lstrip().startswith(b"-----"):
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise FormatError(f"not a certificate: {error}") from None
    if len(found) > MAX_ROOTS:
        raise FormatError(f"more than {MAX_ROOTS} certificates")
    return [each.public_bytes(Encoding.DER) for each in found]


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise FormatError(f"not a certificate: {error}") from None


def _decode(response: bytes) -> TimeStampResponse:
    if len(response) > MAX_RESPONSE_BYTES:
        raise FormatError(f"a time-stamp response has at most {MAX_RESPONSE_BYTES} bytes")
    try:
        decoded = decode_timestamp_response(response)
        # Further parts are decoded when they are first asked for, and may turn out malformed only then.
        if decoded.status == _GRANTED:
            _described(decoded)
    except Exception as error:
        # The parsers below raise whatever their languages have (KeyError for an unknown name attribute), and
        # these bytes are from outside: none of it may pass for a bug of the verifier.
        raise FormatError(f"not a time-stamp response: {error}") from None
    if decoded.status != _GRANTED:
        raise FormatError(f"the authority refused (status {decoded.status})")
    return decoded


def _described(decoded: TimeStampResponse) -> TimeStamp:
    info = decoded.tst_info
    accuracy = info.accuracy
    return TimeStamp(
        time=_milliseconds(info.gen_time),
        accuracy=None
        if accuracy is None
        else accuracy.seconds * 1000 + (accuracy.millis or 0) + (1 if accuracy.micros else 0),
        authority=_signer(decoded),
        policy=info.policy.dotted_string,
        serial=info.serial_number,
    )


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _signer(decoded: TimeStampResponse) -> str:
    """The signing certificate's subject (RFC 4514), or its issuer and number where the token has none."""
    infos = list(decoded.signed_data.signer_infos)
    if len(infos) != 1:
        raise ValueError("a time-stamp token has exactly one signer")
    signer = infos[0]
    for der in decoded.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return certificate.subject.rfc4514_string()
    return f"{signer.issuer.rfc4514_string()} #{signer.serial_number}"
