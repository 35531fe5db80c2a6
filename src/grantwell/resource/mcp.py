"""For the MCP Python SDK: its `TokenVerifier`, and the settings that go with it."""

import logging
from collections.abc import Sequence

from mcp.server.auth.provider import AccessToken as McpAccessToken
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

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
    return AuthSettings(
        issuer_url=AnyHttpUrl(resource.rules.issuer),
        resource_server_url=AnyHttpUrl(resource.rules.resource),
        required_scopes=list(scopes),
        # Done already, with all the names that the resource has.
        validate_token_resource=False,
    )
