"""The embedded chain for browsers: what a verifier asks of a node, and nothing that changes the chain."""

from __future__ import annotations

import httpx
import orjson
from fastapi import APIRouter, Request, Response

from service.api.media import JSON

PATH = "/node"
_ASKED = frozenset(
    {"eth_chainId", "eth_getBlockByNumber", "eth_getCode", "eth_call", "eth_getProof", "eth_blockNumber"}
)
_MAX_QUESTION = 8 * 1024
_TIMEOUT = 5.0


def router(url: str) -> APIRouter:
    """`POST /node`: one JSON-RPC question, passed on to the chain at `url` if a verifier may ask it."""
    made = APIRouter(include_in_schema=False)
    client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)

    @made.post(PATH)
    async def ask(request: Request) -> Response:
        """The chain's answer; an error of JSON-RPC for any other question."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_QUESTION:
                return _refused(None, "the question is too long")
        try:
            question = orjson.loads(bytes(body))
        except orjson.JSONDecodeError:
            return _refused(None, "not JSON")
        if not isinstance(question, dict) or question.get("method") not in _ASKED:
            return _refused(None, "this node answers what a verifier asks, and nothing else")
        try:
            answer = await client.post(url, content=orjson.dumps(question), headers={"content-type": JSON})
        except httpx.HTTPError:
            return _refused(question.get("id"), "the chain does not answer")
        return Response(answer.content, 200, {"cache-control": "no-store"}, JSON)

    return made


def _refused(number: object, message: str) -> Response:
    body = {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": message}}
    return Response(orjson.dumps(body), 200, {"cache-control": "no-store"}, JSON)
