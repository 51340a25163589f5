"""A time-stamping authority over HTTP (RFC 3161 §3.4)."""

from __future__ import annotations

import httpx
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from service.anchoring.timestamping import AuthorityUnavailable
from service.core.timestamp import MAX_RESPONSE_BYTES

_TIMEOUT = 20.0


class HttpAuthority:
    """POSTs a query with a random nonce, asks for the signer's certificate. Redirects are not followed."""

    def __init__(self, url: str) -> None:
        self._url = url

    def stamp(self, message: bytes) -> bytes:
        """A response to a query of SHA-256(message), with the query's nonce. Errors: AuthorityUnavailable."""
        query = (
            TimestampRequestBuilder()
            .data(message)
            .hash_algorithm(HashAlgorithm.SHA256)
            .nonce(nonce=True)
            .cert_request(cert_request=True)
            .build()
        )
        response = self._ask(query.as_bytes())
        try:
            nonce = decode_timestamp_response(response).tst_info.nonce
        except Exception:
            # A foreign parser on bytes from outside; whatever it raises, there is no stamp in them.
            raise AuthorityUnavailable("the authority's answer is not a time stamp") from None
        if nonce != query.nonce:
            raise AuthorityUnavailable("the authority answered another query (its nonce differs)")
        return response

    def _ask(self, query: bytes) -> bytes:
        headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
        body = bytearray()
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client,
                client.stream("POST", self._url, content=query, headers=headers) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise AuthorityUnavailable(f"the authority answered with status {answer.status_code}")
                for chunk in answer.iter_bytes(8192):
                    body += chunk
                    if len(body) > MAX_RESPONSE_BYTES:
                        raise AuthorityUnavailable("the authority's answer is too long")
        except httpx.HTTPError as error:
            raise AuthorityUnavailable(f"the authority cannot be reached ({type(error).__name__})") from None
        return bytes(body)
