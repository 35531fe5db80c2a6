"""For the MCP Python SDK: its `TokenVerifier`, the settings that go with it, and scopes of single tools."""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mcp import MCPError
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken as McpAccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_NAME_HEADER, decode_header_value
from mcp.types import INVALID_REQUEST

from grantwell.resource.asgi import RequireToken, Scope, headers_of
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

log = logging.getLogger("grantwell.resource")


class McpTokenVerifier:
    """The SDK's `TokenVerifier`: `MCPServer(token_verifier=McpTokenVerifier(resource), ...)`."""

    def __init__(self, resource: ProtectedResource) -> None:
        self._resource = resource

    async def verify_token(self, token: str) -> McpAccessToken | None:
        """What the SDK wants to know of a token; None for one that is no good.

        Raises:
            TokenRefused: nobody can tell now. The answer is 500 then, and the client keeps its token.
        """
        try:
            verified = await self._resource.verify_async(token)
        except TokenRefused as refusal:
            if refusal.status >= 500:
                raise
            log.info("refused: %s", refusal.reason)
            return None
        return McpAccessToken(
            token=token,
            client_id=verified.client_id,
            scopes=sorted(verified.scopes),
            expires_at=verified.expires_at,
            resource=self._resource.rules.resource,
            subject=verified.subject,
            claims=dict(verified.claims),
        )


def auth_settings(resource: ProtectedResource, scopes: Sequence[str] = ()) -> AuthSettings:
    """The SDK's settings for an MCP server whose every request needs these scopes."""
    return AuthSettings.model_validate(
        {
            # As strings: a URL object of pydantic has gained a slash, and clients compare issuers letter by letter.
            "issuer_url": resource.rules.issuer,
            "resource_server_url": resource.rules.resource,
            "required_scopes": list(scopes),
            # Done already, with all the names that the resource has.
            "validate_token_resource": False,
        }
    )


class ToolScopes:
    """Which scopes a request to an MCP server needs: some always, and some for single tools."""

    def __init__(self, always: Collection[str], tools: Mapping[str, Collection[str]]) -> None:
        self._always = tuple(always)
        self._tools = tools

    def needed_by(self, tool: str) -> tuple[str, ...]:
        """All that a call of this tool needs."""
        return (*self._always, *self._tools.get(tool, ()))

    def __call__(self, scope: Scope) -> tuple[str, ...]:
        """What a request needs by its headers, which name the tool since revision 2026-07-28 of MCP."""
        names = headers_of(scope, MCP_NAME_HEADER.encode())
        if headers_of(scope, MCP_METHOD_HEADER.encode()) != ["tools/call"] or len(names) != 1:
            return self._always
        return self.needed_by(decode_header_value(names[0]) or "")

    async def check(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """The SDK's middleware: refuses the call of a tool that its headers did not name, as those of older clients."""
        if ctx.method == "tools/call":
            token = get_access_token()
            needed = self.needed_by(str((ctx.params or {}).get("name")))
            if token is None or not set(needed) <= set(token.scopes):
                raise MCPError(INVALID_REQUEST, f"insufficient_scope: this tool needs {' '.join(needed)}")
        return await call_next(ctx)


def protect(
    server: MCPServer[Any],
    resource: ProtectedResource,
    *,
    scopes: Collection[str] = (),
    tools: Mapping[str, Collection[str]] | None = None,
    **options: Any,
) -> RequireToken:
    """The ASGI application of an MCP server, whose challenges say which scopes a request needs.

    Args:
        server: made with `token_verifier=McpTokenVerifier(resource)` and `auth=auth_settings(resource)`.
        resource: what it is.
        scopes: those that every request needs.
        tools: the scopes that single tools need beside these, by the names of the tools.
        options: passed on to `server.streamable_http_app`.
    """
    needed = ToolScopes(scopes, tools or {})
    server.middleware.append(needed.check)
    return RequireToken(server.streamable_http_app(**options), resource, scopes=needed)
