"""The reference for single requests: a bare FastAPI echo on the server that the service runs on."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response


def create() -> FastAPI:
    """POST /echo gives the body back, GET /echo a short one."""
    app = FastAPI(openapi_url=None)

    @app.post("/echo")
    async def post(request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    @app.get("/echo")
    async def get() -> Response:
        return Response(b"{}", media_type="application/json")

    return app


class _Announcing(uvicorn.Server):
    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        port = self.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"ready http://127.0.0.1:{port}\n")
        sys.stdout.flush()


def main() -> None:
    """Serve on a free port and say which."""
    config = uvicorn.Config(
        create(), port=0, loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
    _Announcing(config).run()


if __name__ == "__main__":
    main()
