"""Authentication of requests: `Authorization: Bearer tally_…` to a principal or a reader. The token itself
goes no further.
"""

from __future__ import annotations

from fastapi import Request

from service.access.api_keys import Principal, well_formed
from service.access.capabilities import kind_of
from service.access.errors import CapabilityUnknown, NotAuthenticated, NotPermitted
from service.access.readers import Reader
from service.api.services import Services

READER = "tally.reader"
"""Where a request's scope names the share or grant that reads: `discretion` records what it was shown."""
SIGNED_IN = "tally.signed_in"
"""Where the scope of a request that a page makes in the process names the principal who signed in. Nothing
that a client sends gets there.
"""
_LONGEST_HEADER = 128


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or len(token) > _LONGEST_HEADER:
        raise NotAuthenticated("an API key is required")
    return token


async def _principal(token: str, services: Services) -> Principal:
    principal = services.api_keys.cached(token)
    if principal is None:
        principal = await services.off_loop(lambda: services.api_keys.authenticate(token))
    return principal


def _of_platform(principal: Principal) -> Principal:
    if principal.role != "platform":
        raise NotPermitted("this needs a platform's API key")
    return principal


async def authenticate(request: Request, services: Services) -> Principal:
    """The principal of the request's API key; NotAuthenticated (401) without a valid one, NotPermitted (403)
    for a share or grant.
    """
    known: Principal | None = request.scope.get(SIGNED_IN)
    if known is not None:
        return known
    token = _bearer(request)
    if not well_formed(token):
        if kind_of(token) is not None:
            await _holder(services, token)
            raise NotPermitted("this needs an API key")
        raise NotAuthenticated("an API key is required")
    return await _principal(token, services)


async def platform(request: Request, services: Services) -> Principal:
    """The principal of a platform's key; 403 for the operator's, which belongs to no log."""
    return _of_platform(await authenticate(request, services))


async def admin(request: Request, services: Services) -> Principal:
    """The operator's principal; 403 for a platform's key."""
    principal = await authenticate(request, services)
    if principal.role != "admin":
        raise NotPermitted("this needs the operator's API key")
    return principal


async def reader(request: Request, services: Services) -> Reader:
    """Who reads: the holder of a platform's key, of a share or of a grant. Every route that shows content
    starts here, asks `may_read` about the trade, and `access.sight.sight_of` about each entry.

    What a share or grant is shown is recorded by itself (see `discretion`).
    """
    known: Principal | None = request.scope.get(SIGNED_IN)
    if known is not None:
        return _platform_reader(known)
    token = _bearer(request)
    if well_formed(token):
        return _platform_reader(await _principal(token, services))
    return _known(request, services, await _holder(services, token))


def _platform_reader(principal: Principal) -> Reader:
    principal = _of_platform(principal)
    return Reader("platform", principal.key_id, principal.platform, principal.mode)


async def path_reader(request: Request, services: Services, token: str) -> Reader:
    """The reader of a token in the path; CapabilityUnknown (404) for one that opens nothing."""
    if len(token) > _LONGEST_HEADER:
        raise CapabilityUnknown("the token opens nothing")
    return _known(request, services, await _lookup(services, token))


def _known(request: Request, services: Services, holder: Reader) -> Reader:
    services.access.records.check()
    request.scope[READER] = holder
    return holder


async def _holder(services: Services, token: str) -> Reader:
    try:
        return await _lookup(services, token)
    except CapabilityUnknown:
        raise NotAuthenticated("the token is not valid") from None


async def _lookup(services: Services, token: str) -> Reader:
    found = services.access.holders.cached(token)
    if found is None:
        found = await services.off_loop(lambda: services.access.holders.reader(token))
    return found
