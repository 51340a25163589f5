"""Authentication of requests: `Authorization: Bearer tally_…` to a principal. The key itself goes no
further.
"""

from __future__ import annotations

from fastapi import Request

from service.access.api_keys import Principal, well_formed
from service.access.errors import NotAuthenticated, NotPermitted
from service.access.readers import Reader
from service.api.services import Services

_LONGEST_HEADER = 128


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or len(token) > _LONGEST_HEADER or not well_formed(token):
        raise NotAuthenticated("an API key is required")
    return token


async def authenticate(request: Request, services: Services) -> Principal:
    """The principal of the request's API key; NotAuthenticated (401) without a valid one."""
    token = _token(request)
    principal = services.api_keys.cached(token)
    if principal is None:
        principal = await services.off_loop(lambda: services.api_keys.authenticate(token))
    return principal


async def platform(request: Request, services: Services) -> Principal:
    """The principal of a platform's key; 403 for the operator's, which belongs to no log."""
    principal = await authenticate(request, services)
    if principal.role != "platform":
        raise NotPermitted("this needs a platform's API key")
    return principal


async def admin(request: Request, services: Services) -> Principal:
    """The operator's principal; 403 for a platform's key."""
    principal = await authenticate(request, services)
    if principal.role != "admin":
        raise NotPermitted("this needs the operator's API key")
    return principal


async def reader(request: Request, services: Services) -> Reader:
    """Who reads: the holder of a platform's key. Every route that shows content starts here."""
    principal = await platform(request, services)
    return Reader("platform", principal.key_id, principal.platform, principal.mode)
